"""Data that fits stays on the device as columns; a step's data is a row of indices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.dataset.plan_view import IndexedPlan
from cellnet.graph.guards import Range
from cellnet.sink.feed import (
    MAX_STEPS,
    Chunk,
    Feed,
    Gather,
    Padded,
    Reader,
    Spec,
    canonical,
)
from cellnet.sink.passes import Batch, Groups, Passes, State, even
from cellnet.sink.plan import Placement, needed_columns

# rows transformed together when a data set is prepared
_PREPARE_ROWS = 256


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
        self._prepared = placement.where == "prepared"
        self._columns = columns
        transform = None if self._prepared else placement.transform
        self.batch = self.plain_batch = Gather(plan.output_columns, transform)
        self._specs: dict[tuple[int, ...], Spec] = {}
        self._in_range: set[tuple[int, Range]] = set()

    def chunks(
        self, sizes: Iterator[int | None], most: int | None
    ) -> Iterator[Iterator[Chunk]]:
        open_pass = self._reader.indices
        if isinstance(self.batch, Padded):
            open_pass = self._padded_pass
        batches, grouped = Passes(open_pass, self._reader.state), Groups()
        for size in sizes:
            length = even(size or self._plan.num_batches, most or MAX_STEPS)
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
        for indices in self._reader.indices():
            missing = self._plan.batch_size - len(indices)
            # a row that there is: no value comes in that the data does not have
            yield np.pad(indices, (0, missing), constant_values=~indices[0])

    def _chunk(self, group: list[Batch]) -> Chunk:
        order, state = np.stack([b.columns for b in group]), group[-1].state
        if not isinstance(self.batch, Padded):
            return self._plain_chunk(order, state)
        added = order < 0
        # no device named: JAX would compile the loop again for results tied to one
        scanned = jax.device_put((np.where(added, ~order, order), ~added.any(1)))
        return Chunk(
            *(len(order), self._columns, scanned, self._spec(order.shape[1:]), state),
            unpadded=lambda: (
                self._plain_chunk(row[row >= 0][None], state) for row in order
            ),
        )

    def _plain_chunk(self, order: np.ndarray, state: State) -> Chunk:
        spec = self._spec(order.shape[1:])
        scanned = jax.device_put(order)
        return Chunk(len(order), self._columns, scanned, spec, state)

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
