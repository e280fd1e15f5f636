"""Data that fits stays on the device as columns; a step's data is a row of indices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.dataset.plan_view import IndexedPlan, Rows
from cellnet.graph.guards import Range
from cellnet.sink.ahead import Ahead, sinks_ahead
from cellnet.sink.feed import (
    MAX_STEPS,
    Chunk,
    Feed,
    Gather,
    Padded,
    Reader,
    Spec,
    canonical,
    pad_rows,
    unpad_rows,
)
from cellnet.sink.passes import Group, Groups, Passes, State, even
from cellnet.sink.plan import Placement
from cellnet.sink.steps import Steps

# rows transformed together when a data set is prepared
_PREPARE_ROWS = 256
# rows whose values are looked at together
_CHECK_ROWS = 4096


class Resident(Feed):
    """Columns on the device; a step's slice is a row of indices.

    Args:
        plan: the pipeline.
        reader: passes over it.
        placement: "prepared" or "raw".
        columns: what :func:`columns_on_device` made for them.
    """

    def __init__(
        self,
        plan: IndexedPlan,
        reader: Reader,
        placement: Placement,
        columns: dict[str, Any],
    ) -> None:
        self._plan = plan
        self._reader = reader
        self._placement = placement
        self._columns = columns
        self.batch = self.plain_batch = Gather(plan.output_columns, placement.each)
        self._specs: dict[tuple[int, ...], Spec] = {}
        self._in_range: set[tuple[int, Range]] = set()

    def chunks(
        self, sizes: Iterator[int | None], most: int | None
    ) -> Iterator[Iterator[Chunk]]:
        produce = partial(self._sinks, sizes, most or MAX_STEPS)
        if self._placement.each is None:
            return produce(None)
        return sinks_ahead(produce)  # drawing takes the host some time

    def _sinks(
        self, sizes: Iterator[int | None], most: int, ahead: Ahead | None
    ) -> Iterator[Iterator[Chunk]]:
        batches, grouped = Passes(self._open_pass, self._reader.state), Groups()
        for size in sizes:
            length = even(size or self._plan.num_batches, most)
            wanted = batches.take(size)
            if ahead is not None:
                wanted = takewhile(ahead.goes_on, wanted)
            groups = grouped(wanted, lambda _, length=length: length)
            yield (self._chunk(group, ahead and ahead.slot()) for group in groups)

    def short_batch(self) -> tuple[Spec, Spec] | None:
        plan = self._plan
        if plan.batch_size is None or not plan.short_batch or plan.num_batches < 2:
            return None
        return self._spec((plan.batch_size,)), self._spec((plan.short_batch,))

    def pad_short_batches(self) -> None:
        assert isinstance(self.plain_batch, Gather)
        self.batch = Padded(self.plain_batch)

    def _open_pass(self) -> Iterator[Any]:
        """(row numbers, parameters) of each batch; (padded ones, whether full)."""
        rows = map(self._scanned, self._reader.rows())
        if not isinstance(self.batch, Padded):
            return rows
        assert self._plan.batch_size is not None
        return map(partial(pad_rows, size=self._plan.batch_size), rows)

    def _scanned(self, rows: Rows) -> Any:
        parameters = self._plan.parameters(rows)
        if not rows.indices.ndim:
            parameters = jax.tree.map(lambda p: p[0], parameters)
        return rows.indices, parameters

    def _chunk(self, group: Group, release: Callable[[], None] | None) -> Chunk:
        rows = jax.tree.map(lambda *parts: np.stack(parts), *group.columns)
        state = group.state
        if not isinstance(self.batch, Padded):
            return self._plain_chunk(rows, state, release)
        short = self._plan.short_batch
        # no device named: JAX would compile the loop again for results tied to one
        return Chunk(
            *(len(group), self._columns, jax.device_put(rows)),
            *(self._spec(rows[0][0].shape[1:]), state, release),
            short=self._spec((short,)),
            unpadded=lambda: (
                self._plain_chunk(part, state) for part in unpad_rows(rows, short)
            ),
        )

    def _plain_chunk(
        self, rows: Any, state: State, release: Callable[[], None] | None = None
    ) -> Chunk:
        indices, _ = rows
        scanned, spec = jax.device_put(rows), self._spec(indices.shape[1:])
        return Chunk(len(indices), self._columns, scanned, spec, state, release)

    def _spec(self, key: tuple[int, ...]) -> Spec:
        """Shapes and dtypes of a batch of so many rows."""
        if key not in self._specs:
            rows = self._scanned(self._plan.blank(np.zeros(key, np.int32)))
            spec = jax.eval_shape(self.plain_batch, self._columns, rows)
            self._specs[key] = tuple(spec)
        return self._specs[key]

    def check_range(self, chunk: Chunk, index: int, limits: Range) -> None:
        steps = self._placement.steps
        assert steps is not None
        if self._plan.output_columns[index] in steps.by_chance:
            self._check_chunk(chunk, index, limits)
        elif (index, limits) not in self._in_range:
            self._check_all(index, limits)
            self._in_range.add((index, limits))

    def _check_chunk(self, chunk: Chunk, index: int, limits: Range) -> None:
        one = lambda scanned: self.batch(chunk.fixed, scanned)[index]  # noqa: E731
        limits.check(np.asarray(jax.vmap(one)(chunk.scanned)), "batch", "row")

    def _check_all(self, index: int, limits: Range) -> None:
        if self._placement.each is None:  # as it is there, it is what steps get
            column = self._columns[self._plan.output_columns[index]]
            limits.check(np.asarray(column), "row")
            return
        rows = len(next(iter(self._columns.values())))
        for start in range(0, rows, _CHECK_ROWS):
            part = np.arange(start, min(start + _CHECK_ROWS, rows), dtype=np.int32)
            scanned = self._scanned(self._plan.blank(part))
            values = np.asarray(self.plain_batch(self._columns, scanned)[index])
            limits.check(values, "row", start=start)


def columns_on_device(plan: IndexedPlan, placement: Placement) -> dict[str, Any]:
    """The columns of a pipeline on the device, transformed if they are to be."""
    assert placement.steps is not None
    columns = {
        name: jnp.asarray(canonical(plan.columns[name]))
        for name in sorted(placement.steps.whole.sources())
    }
    once = placement.once
    if once is None or not once.steps:
        outputs = [(n, n) for n in columns] if once is None else once.outputs
        return {name: columns[value] for name, value in outputs}
    return _prepare(once, columns)


@partial(jax.jit, static_argnums=0)
def _prepare(once: Steps, columns: dict[str, Any]) -> dict[str, Any]:
    """Transform every row, some at a time so that intermediates stay small."""
    return jax.lax.map(once, columns, batch_size=_PREPARE_ROWS)
