"""Data of the host comes in chunks, stacked by a thread one step ahead."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from typing import Any

import jax
import numpy as np

from cellnet.graph.guards import Range
from cellnet.sink.feed import MAX_STEPS, Chunk, Feed, Reader, Stacked, canonical
from cellnet.sink.passes import Batch, Groups, Passes, even
from cellnet.sink.plan import Placement, chunk_bytes


class Staged(Feed):
    """Batches of the host, stacked and sent while the chunk before is computed.

    Args:
        reader: passes over the data.
        placement: for the budget.
    """

    def __init__(self, reader: Reader, placement: Placement) -> None:
        self._reader = reader
        self._limit_bytes = chunk_bytes(placement)
        self.batch = self.plain_batch = Stacked()

    def check_range(self, chunk: Chunk, index: int, limits: Range) -> None:
        limits.check(np.asarray(chunk.scanned[index]), "staged batch", "row")

    def chunks(
        self, sizes: Iterator[int | None], most: int | None
    ) -> Iterator[Iterator[Chunk]]:
        ahead = Ahead(partial(self._produce, sizes, most or MAX_STEPS))
        try:
            for _ in ahead:  # the mark that opens a sink
                yield iter(partial(next, ahead), _END)
        finally:
            ahead.close()

    def _produce(
        self,
        sizes: Iterator[int | None],
        most: int,
        slots: threading.Semaphore,
        closed: threading.Event,
    ) -> Iterator[Any]:
        batches, grouped = Passes(self._reader.batches, self._reader.state), Groups()
        for size in sizes:
            yield _BEGIN
            wanted = takewhile(lambda _: not closed.is_set(), batches.take(size))
            for group in grouped(wanted, self._limit(size, most)):
                slots.acquire()
                yield self._chunk(group, slots.release)
            yield _END

    def _limit(
        self, size: int | None, most: int
    ) -> Callable[[tuple[np.ndarray, ...]], int]:
        def limit(batch: tuple[np.ndarray, ...]) -> int:
            fit = self._limit_bytes // max(1, sum(column.nbytes for column in batch))
            return even(size or MAX_STEPS, min(max(1, fit), most))

        return limit

    def _chunk(self, group: list[Batch], release: Callable[[], None]) -> Chunk:
        batches = zip(*(batch.columns for batch in group), strict=True)
        columns = [np.stack(column) for column in batches]
        scanned = [jax.device_put(canonical(c)) for c in columns]
        spec = tuple(jax.ShapeDtypeStruct(c.shape[1:], c.dtype) for c in scanned)
        return Chunk(len(group), (), scanned, spec, group[-1].state, release)


_BEGIN, _END = object(), object()
# chunks that may be on the device at a time: one computed, one staged
_SLOTS = 2
_Produce = Callable[[threading.Semaphore, threading.Event], Iterator[Any]]


class Ahead:
    """Runs a generator one step ahead in a thread of its own, once iterated over.

    Args:
        produce: makes the generator; gets a semaphore with a slot for each chunk that
            may be on the device, to be acquired before a chunk is made, and an event
            after which nothing more is wanted.
    """

    def __init__(self, produce: _Produce) -> None:
        self._slots = threading.Semaphore(_SLOTS)
        self._items: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._closed = threading.Event()
        self._ended = False
        self._thread = threading.Thread(
            target=self._work, args=(produce,), name="cellnet-stage", daemon=True
        )

    def _work(self, produce: _Produce) -> None:
        try:
            for item in produce(self._slots, self._closed):
                if self._closed.is_set():
                    return
                self._items.put(("item", item))
        except BaseException as error:  # handed to the thread that waits for chunks
            self._items.put(("error", error))
        else:
            self._items.put(("end", None))

    def __iter__(self) -> Iterator[Any]:
        # not in __init__: an interrupt while it starts must find someone to close it
        self._thread.start()
        return self

    def __next__(self) -> Any:
        if self._ended:
            raise StopIteration
        kind, item = self._items.get()
        if kind == "item":
            return item
        self._ended = True
        if kind == "error":
            raise item
        raise StopIteration

    def close(self) -> None:
        """Stop the thread at its next batch."""
        self._ended = True
        self._closed.set()
        for _ in range(_SLOTS):
            self._slots.release()  # it may be waiting for one
