"""Bringing batches to the device.

A feed gives *chunks*: ``fixed`` arrays that every step may read, and ``scanned`` arrays
with one slice a step.  ``feed.batch(fixed, slice)`` makes the step's inputs of them,
inside the compiled program.
"""

from __future__ import annotations

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.dataset.plan_view import IndexedPlan
from cellnet.graph.guards import Range
from cellnet.sink.plan import (
    Placement,
    SampleFn,
    chunk_bytes,
    needed_columns,
)

# a scan longer than this keeps Ctrl-C waiting for too long
_MAX_STEPS = 10_000
# lengths of chunks that are taken as they come, before they are cut evenly
_ODD_LENGTHS = 4
# rows transformed together when a data set is prepared
_PREPARE_ROWS = 256


Spec = tuple[jax.ShapeDtypeStruct, ...]


@dataclass(frozen=True)
class Chunk:
    """Some training steps' data.

    Attributes:
        steps: how many steps, the length of ``scanned`` along axis 0.
        fixed: arrays that all steps share.
        scanned: arrays, one slice a step.
        spec: shapes and dtypes of one batch.
        release: to be called when the steps are done; room for another chunk.
        unpadded: where short batches are padded, the same steps as chunks of batches
            that are as they are.
    """

    steps: int
    fixed: Any
    scanned: Any
    spec: Spec
    release: Callable[[], None] | None = None
    unpadded: Callable[[], Iterator[Chunk]] | None = None


@dataclass(frozen=True)
class Gather:
    """Makes a batch of columns on the device and a row of indices.

    Equal ones make equal programs, so a loop compiled for one serves the other.

    Attributes:
        columns: output columns, in order.
        transform: what is still to be done to each sample, or None.
    """

    columns: tuple[str, ...]
    transform: SampleFn | None

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        rows = {name: column[scanned] for name, column in fixed.items()}
        if self.transform is not None:
            apply = self.transform
            rows = jax.vmap(apply)(rows) if scanned.ndim else apply(rows)
        return [rows[name] for name in self.columns]


@dataclass(frozen=True)
class Padded:
    """Makes a batch of a row of indices, and says whether it is full.

    Attributes:
        gather: for the indices.
    """

    gather: Gather

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        indices, full = scanned
        return [*self.gather(fixed, indices), full]


@dataclass(frozen=True)
class Stacked:
    """Takes a batch as the host made it."""

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        del fixed
        return list(scanned)


class Feed(ABC):
    """Where chunks come from.

    Attributes:
        batch: makes the inputs of one step of ``(fixed, slice)``; traced in the loop.
        plain_batch: the same for chunks whose batches are not padded.
    """

    batch: Gather | Padded | Stacked
    plain_batch: Gather | Stacked

    def short_batch(self) -> tuple[Spec, Spec] | None:
        """Shapes of a full batch and of the short one, if short ones can be padded."""
        return None

    def pad_short_batches(self) -> None:
        """From now on pad short batches; ``batch`` then also says what is full."""
        raise NotImplementedError

    @abstractmethod
    def chunks(
        self, sizes: Iterator[int | None], most: int | None
    ) -> Iterator[Iterator[Chunk]]:
        """For each size, the chunks that hold so many steps (None: one pass).

        The data goes on where the last size stopped, pass after pass.  The chunks of
        one size must all be taken before the next.

        Args:
            sizes: steps.
            most: steps in a chunk, or None for as many as fit.
        """

    @abstractmethod
    def check_range(self, chunk: Chunk, index: int, limits: Range) -> None:
        """Refuse data with a value of column ``index`` outside ``limits``.

        Looks at all of it where that is at hand, else at ``chunk``.

        Raises:
            ValueError: there is one; says which row and value.
        """


class Resident(Feed):
    """Columns on the device; a step's slice is a row of indices.

    Args:
        plan: the pipeline.
        placement: "prepared" or "raw".
        columns: what :func:`columns_on_device` made for them.
    """

    def __init__(
        self, plan: IndexedPlan, placement: Placement, columns: dict[str, Any]
    ) -> None:
        self._plan = plan
        self._prepared = placement.where == "prepared"
        self._columns = columns
        transform = None if self._prepared else placement.transform
        self.batch = self.plain_batch = Gather(plan.output_columns, transform)
        self._specs: dict[tuple[int, ...], Spec] = {}
        self._in_range: set[tuple[int, Range]] = set()

    def chunks(
        self, sizes: Iterator[int | None], most: int | None
    ) -> Iterator[Iterator[Chunk]]:
        passes: Callable[[], Iterator[np.ndarray]] = self._plan.epoch_indices
        if isinstance(self.batch, Padded):
            passes = self._padded_pass
        batches, grouped = Passes(passes), _Groups()
        for size in sizes:
            length = _even(size or self._plan.num_batches, most or _MAX_STEPS)
            groups = grouped(batches.take(size), lambda _, length=length: length)
            yield map(self._chunk, groups)

    def short_batch(self) -> tuple[Spec, Spec] | None:
        plan = self._plan
        if plan.batch_size is None or not plan.short_batch or plan.num_batches < 2:
            return None
        return self._spec((plan.batch_size,)), self._spec((plan.short_batch,))

    def pad_short_batches(self) -> None:
        self.batch = Padded(self.plain_batch)

    def _padded_pass(self) -> Iterator[np.ndarray]:
        """Rows of indices of one length; what is added to a short one is negative."""
        assert self._plan.batch_size is not None
        for indices in self._plan.epoch_indices():
            missing = self._plan.batch_size - len(indices)
            # a row that there is: no value comes in that the data does not have
            yield np.pad(indices, (0, missing), constant_values=~indices[0])

    def _chunk(self, indices: list[np.ndarray]) -> Chunk:
        if not isinstance(self.batch, Padded):
            return self._plain_chunk(np.stack(indices))
        order = np.stack(indices)
        added = order < 0
        # no device named: JAX would compile the loop again for results tied to one
        scanned = jax.device_put((np.where(added, ~order, order), ~added.any(1)))
        return Chunk(
            *(len(order), self._columns, scanned, self._spec(order.shape[1:])),
            unpadded=lambda: (self._plain_chunk(row[row >= 0][None]) for row in order),
        )

    def _plain_chunk(self, order: np.ndarray) -> Chunk:
        spec = self._spec(order.shape[1:])
        return Chunk(len(order), self._columns, jax.device_put(order), spec)

    def _spec(self, key: tuple[int, ...]) -> Spec:
        """Shapes and dtypes of a batch of so many rows."""
        if key not in self._specs:
            one = jax.ShapeDtypeStruct(key, np.int32)
            spec = jax.eval_shape(self.plain_batch, self._columns, one)
            self._specs[key] = tuple(spec)
        return self._specs[key]

    def check_range(self, chunk: Chunk, index: int, limits: Range) -> None:
        del chunk
        if (index, limits) in self._in_range:
            return
        self._check_all(index, limits)
        self._in_range.add((index, limits))

    def _check_all(self, index: int, limits: Range) -> None:
        if self._prepared:
            values = np.asarray(self._columns[self._plan.output_columns[index]])
            limits.check(values, "row")
            return
        rows = len(next(iter(self._columns.values())))
        for start in range(0, rows, _PREPARE_ROWS * 16):
            part = jnp.arange(start, min(start + _PREPARE_ROWS * 16, rows))
            values = np.asarray(self.plain_batch(self._columns, part)[index])
            limits.check(values, "row", start=start)


def columns_on_device(plan: IndexedPlan, placement: Placement) -> dict[str, Any]:
    """The columns of a pipeline on the device, transformed if they are to be."""
    columns = {
        name: jnp.asarray(canonical(column))
        for name, column in needed_columns(plan).items()
    }
    if placement.where == "prepared" and plan.stages:
        return _prepare(placement.transform, columns)
    return columns


@partial(jax.jit, static_argnums=0)
def _prepare(transform: Any, columns: dict[str, Any]) -> dict[str, Any]:
    """Transform every row, some at a time so that intermediates stay small."""
    return jax.lax.map(transform, columns, batch_size=_PREPARE_ROWS)


class Staged(Feed):
    """Batches of the host, stacked and sent while the chunk before is computed.

    Args:
        open_pass: gives one pass over the data, a tuple of arrays for each batch.
        placement: for the budget.
    """

    def __init__(
        self,
        open_pass: Callable[[], Iterator[tuple[np.ndarray, ...]]],
        placement: Placement,
    ) -> None:
        self._open_pass = open_pass
        self._limit_bytes = chunk_bytes(placement)
        self.batch = self.plain_batch = Stacked()

    def check_range(self, chunk: Chunk, index: int, limits: Range) -> None:
        limits.check(np.asarray(chunk.scanned[index]), "staged batch", "row")

    def chunks(
        self, sizes: Iterator[int | None], most: int | None
    ) -> Iterator[Iterator[Chunk]]:
        ahead = Ahead(partial(self._produce, sizes, most or _MAX_STEPS))
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
        batches, grouped = Passes(self._open_pass), _Groups()
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
            return _even(size or _MAX_STEPS, min(max(1, fit), most))

        return limit

    def _chunk(
        self, group: list[tuple[np.ndarray, ...]], release: Callable[[], None]
    ) -> Chunk:
        columns = [np.stack(column) for column in zip(*group, strict=True)]
        scanned = [jax.device_put(canonical(c)) for c in columns]
        spec = tuple(jax.ShapeDtypeStruct(c.shape[1:], c.dtype) for c in scanned)
        return Chunk(len(group), (), scanned, spec, release)


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


class Passes:
    """Batches of pass after pass over a data set.

    Args:
        open_pass: starts the next pass.
    """

    def __init__(self, open_pass: Callable[[], Iterator[Any]]) -> None:
        self._open_pass = open_pass
        self._current: Iterator[Any] | None = None

    def take(self, count: int | None) -> Iterator[Any]:
        """The next ``count`` batches, or those of one whole pass if None.

        Raises:
            RuntimeError: a pass gives no batch at all.
        """
        if count is None:
            yield from self._nonempty(self._open_pass())
            return
        for _ in range(count):
            if self._current is None:
                self._current = self._nonempty(self._open_pass())
            try:
                yield next(self._current)
            except StopIteration:
                self._current = self._nonempty(self._open_pass())
                yield next(self._current)

    @staticmethod
    def _nonempty(batches: Iterator[Any]) -> Iterator[Any]:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise RuntimeError(
                "the data set gave no batch in a pass: it is empty, smaller than one "
                "batch with drop_remainder=True, or an iterator that was used up"
            )


class _Groups:
    """Cuts batches into the groups that become chunks: of one shape, of few lengths.

    Every length is a loop of its own to compile, so after some odd ones (where a pass
    ends in the middle of a sink) a group is cut into powers of two.
    """

    def __init__(self) -> None:
        self._lengths: dict[Any, set[int]] = {}

    def __call__(
        self, batches: Iterator[Any], limit: Callable[[Any], int]
    ) -> Iterator[list]:
        """Groups of at most ``limit(batch)``; state is kept from sink to sink."""
        group: list[Any] = []
        for batch in batches:
            if group and _shape(batch) != _shape(group[0]):
                yield from self._cut(group)
                group = []
            group.append(batch)
            if len(group) >= limit(group[0]):  # before the next batch is waited for
                yield from self._cut(group)
                group = []
        yield from self._cut(group)

    def _cut(self, group: list[Any]) -> Iterator[list]:
        while group:
            lengths = self._lengths.setdefault(_shape(group[0]), set())
            length = len(group)
            if length not in lengths and len(lengths) >= _ODD_LENGTHS:
                length = 1 << (length.bit_length() - 1)
            lengths.add(length)
            yield group[:length]
            group = group[length:]


def _shape(batch: Any) -> Any:
    if isinstance(batch, np.ndarray | np.generic):
        return batch.shape, batch.dtype
    return tuple((column.shape, column.dtype) for column in batch)


def _even(size: int, most: int) -> int:
    """Length of chunks such that ``size`` steps need as few lengths as can be."""
    count = -(-size // most)
    return -(-size // count)


def canonical(column: np.ndarray) -> np.ndarray:
    """``column`` in the dtype that JAX will hold it in.

    Raises:
        ValueError: a 64-bit whole number that 32 bits do not hold.
    """
    target = jax.dtypes.canonicalize_dtype(column.dtype)
    if target == column.dtype:
        return column
    if column.dtype.kind in "iu" and column.size:
        info = np.iinfo(target)
        if column.min() < info.min or column.max() > info.max:
            raise ValueError(
                f"data of {column.dtype} has values outside {target}; set "
                "jax_enable_x64 or map TypeCast"
            )
    return column.astype(target)
