"""Data of the host comes in chunks, stacked by a thread one step ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from typing import Any

import jax
import numpy as np

from cellnet.graph.guards import Range
from cellnet.sink.ahead import Ahead, sinks_ahead
from cellnet.sink.feed import (
    MAX_STEPS,
    Chunk,
    Feed,
    PaddedStacked,
    Reader,
    Spec,
    Stacked,
    canonical,
    pad_rows,
    unpad_rows,
)
from cellnet.sink.passes import Group, Groups, Passes, even
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
        self._sizes = reader.batch_sizes()
        self.batch, self.plain_batch = PaddedStacked(), Stacked()

    def check_range(self, chunk: Chunk, index: int, limits: Range) -> None:
        columns = chunk.scanned if chunk.short is None else chunk.scanned[0]
        limits.check(np.asarray(columns[index]), "staged batch", "row")

    def chunks(
        self, sizes: Iterator[int | None], most: int | None
    ) -> Iterator[Iterator[Chunk]]:
        return sinks_ahead(partial(self._sinks, sizes, most or MAX_STEPS))

    def _sinks(
        self, sizes: Iterator[int | None], most: int, ahead: Ahead
    ) -> Iterator[Iterator[Chunk]]:
        batches, grouped = Passes(self._open_pass, self._reader.state), Groups()
        for size in sizes:
            wanted = takewhile(ahead.goes_on, batches.take(size))
            groups = grouped(wanted, self._limit(size, most))
            yield (self._chunk(group, ahead.slot()) for group in groups)

    def _open_pass(self) -> Iterator[Any]:
        """Each batch's columns; (padded ones, whether full) if the last one is short.

        Padded before anybody knows whether the step's program allows it: what is
        stacked with the full batches needs no loop of its own.
        """
        batches = self._reader.batches()
        if self._sizes is None:
            return batches
        full, short = self._sizes
        return (
            pad_rows(columns, full) if _rows(columns) in (full, short) else columns
            for columns in batches
        )

    def _limit(self, size: int | None, most: int) -> Callable[[Any], int]:
        def limit(columns: Any) -> int:
            nbytes = sum(column.nbytes for column in jax.tree.leaves(columns))
            fit = self._limit_bytes // max(1, nbytes)
            return even(size or MAX_STEPS, min(max(1, fit), most))

        return limit

    def _chunk(self, group: Group, release: Callable[[], None]) -> Chunk:
        stacked = jax.tree.map(
            lambda *parts: jax.device_put(canonical(np.stack(parts))),
            *group.columns,
        )
        padded = len(stacked) == 2 and isinstance(stacked[0], tuple)
        spec = _spec(stacked[0] if padded else stacked)
        common = len(group), (), stacked, spec, group.state, release
        if not padded:
            return Chunk(*common)
        assert self._sizes is not None
        short = self._sizes[1]
        full = np.array([columns[1] for columns in group.columns])
        return Chunk(
            *common,
            short=tuple(
                jax.ShapeDtypeStruct((short, *s.shape[1:]), s.dtype) for s in spec
            ),
            unpadded=lambda: (
                Chunk(len(part[0]), (), part, _spec(part), group.state)
                for part in unpad_rows((stacked[0], full), short)
            ),
        )


def _spec(columns: Any) -> Spec:
    """Shapes and dtypes of one batch of stacked ones."""
    return tuple(jax.ShapeDtypeStruct(c.shape[1:], c.dtype) for c in columns)


def _rows(columns: tuple[np.ndarray, ...]) -> int | None:
    """Rows of a batch, None if its columns differ in them."""
    counts = {column.shape[:1] for column in columns}
    return max(counts)[0] if len(counts) == 1 and () not in counts else None
