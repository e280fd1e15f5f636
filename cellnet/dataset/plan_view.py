"""A pipeline as row numbers: what the sink executor needs to run it on the device.

`describe` sees whether all that a pipeline does is to choose rows of arrays in memory
and to apply known transforms. If so, a pass is a sequence of row numbers and of what
chance wants for each row, and the transforms may be computed anywhere. The plain
iterators read such a pipeline through its plan too, the order of rows comes from the
nodes' own `reorder`, and the draws from the tables that `map` on the host takes them
from: there is one mechanism, so both ways see the same samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count as count_from
from itertools import islice
from typing import Any

import numpy as np

from ._draws import BLOCK, drawing_from, table
from ._passes import ItemsOf, Pass
from .nodes import ArraySource, BatchNode, Node, OrderNode, Row, Stage, StageNode
from .transforms import RandomTransform, Transform
from .transforms._base import name_of

NUMERIC_KINDS = "biuf"

Place = tuple[Pass, int, int]  # a pass, a node, the place of a batch there


@dataclass(frozen=True)
class Rows:
    """What a batch (or a single row) is made of.

    indices: row numbers, int32 (B,), or () for a row.
    draws: for each stage with `num_draws`, in order, the uniform numbers of each row,
        float64 (B, its num_draws), or (num_draws,).
    places: for each stage that mixes a batch, in order, the arguments of
        `drawing_from`.
    """

    indices: np.ndarray
    draws: tuple[np.ndarray, ...] = ()
    places: tuple[Place, ...] = ()


OpenPass = Callable[[ItemsOf[Rows]], Iterator[Rows]]


@dataclass(frozen=True)
class IndexedPlan:
    """A pipeline over whole arrays.

    Attributes:
        columns: the source's raw columns, each with rows along axis 0; read-only.
        stages: what to do to each sample, in order: `operations` take the one input
            column and give the one output column; a stage without operations renames
            its input columns. Columns that are not an input stay. Those that chance has
            a part in have `num_draws`.
        output_columns: the columns to give, in order.
        batch_size: samples in a batch; None when rows are given one by one.
        drop_remainder: whether a short last batch is left out.
        short_batch: samples of the last batch where that is short, else 0.
        num_batches: batches (or rows) in a pass; of one round if the pass is endless.
        endless: a pass never ends (repeat without a count).
    """

    columns: dict[str, np.ndarray]
    stages: tuple[Stage, ...]
    output_columns: tuple[str, ...]
    batch_size: int | None
    drop_remainder: bool
    short_batch: int
    num_batches: int
    endless: bool
    _items_of: Callable[[Pass], Iterator[Any]] = field(repr=False)
    _open_pass: OpenPass = field(repr=False)

    def epoch_indices(self) -> Iterator[np.ndarray]:
        """The next pass as row numbers of each batch: int32 (B,), or () when unbatched.

        Counts as reading that pass of the dataset.
        """
        return (rows.indices for rows in self.epoch_rows())

    def epoch_rows(self) -> Iterator[Rows]:
        """The next pass as what each batch is made of; counts as reading it."""
        return self._open_pass(self.rows_of)

    def rows_of(self, current: Pass, start: int = 0) -> Iterator[Rows]:
        """A pass as what each batch is made of, from batch `start` on."""
        return map(_as_rows, islice(self._items_of(current), start, None))

    def read(self, rows: Rows) -> Row:
        """One batch, or one row, with all stages applied on the host."""
        draws, places = iter(rows.draws), iter(rows.places)
        indices = rows.indices
        if indices.ndim:
            values = {name: array[indices] for name, array in self.columns.items()}
            for stage in self.stages:
                if stage.mixes:
                    place = next(places)
                    with drawing_from(*place):
                        values = stage.apply(values, f"batch {place[2]}")
                elif stage.operations:
                    part = next(draws) if stage.num_draws else None
                    values = stage.apply_batch(values, indices, part)
                else:
                    values = stage.apply(values, "")
        else:
            # Copies, which the user may change in place.
            values = {n: np.array(array[indices]) for n, array in self.columns.items()}
            for stage in self.stages:
                part = next(draws) if stage.num_draws else None
                values = stage.apply(values, f"source row {indices}", part)
        return {name: values[name] for name in self.output_columns}

    def blank(self, indices: np.ndarray) -> Rows:
        """Rows for which chance draws zeros."""
        counts = [stage.num_draws for stage in self.stages if stage.num_draws]
        draws = (np.zeros((*indices.shape, count)) for count in counts)
        mixing = sum(stage.mixes for stage in self.stages)
        return Rows(indices, tuple(draws), ((Pass(0, 0), 0, 0),) * mixing)

    def parameters(self, rows: Rows) -> tuple[tuple[Any, ...], ...]:
        """What the draws say: the `parameters` of each random operation, in order.

        (B, ...) each; (1, ...) for a single row.
        """
        if not rows.draws and not rows.places:
            return ()  # the usual case, once a step
        draws, places = iter(rows.draws), iter(rows.places)
        shapes, found = iter(self._shapes), []
        for stage in self.stages:
            if stage.mixes:
                (operation,), (current, *key) = stage.operations, next(places)
                shape = (*rows.indices.shape, *next(shapes))
                found.append(operation.parameters(current.generator(*key), shape))
            elif stage.num_draws:
                found += [
                    operation.parameters(np.atleast_2d(part), next(shapes))
                    for operation, part in stage.with_draws(next(draws))
                    if part is not None
                ]
        return tuple(found)

    def chosen(self, current: Pass) -> Iterator[tuple[np.ndarray, Any]]:
        """Row numbers and parameters of each batch of a pass."""
        return ((rows.indices, self.parameters(rows)) for rows in self.rows_of(current))

    @cached_property
    def _shapes(self) -> list[tuple[int, ...]]:
        """The shape that each random operation finds: the first row's, as all's."""
        shapes = []
        row = {name: np.array(array[0]) for name, array in self.columns.items()}
        for stage in self.stages:
            for part in stage.one_by_one():
                if part.mixes or part.num_draws:
                    shapes.append(np.shape(row[part.input_columns[0]]))
                if part.mixes:
                    batch = {name: value[None] for name, value in row.items()}
                    batch = part.apply(batch, "a batch of source row 0")
                    row = {name: value[0] for name, value in batch.items()}
                else:
                    row = part.apply(row, "source row 0", np.zeros(part.num_draws))
        return shapes


def plan_of(node: Node, open_pass: OpenPass) -> IndexedPlan | None:
    """The plan of the pipeline that ends in `node`, or None if it needs the host."""
    if host_reasons(node):
        return None
    chain = _chain(node)
    source = chain[0]
    assert isinstance(source, ArraySource)
    batches = [step for step in chain if isinstance(step, BatchNode)]
    stages = [
        step.stage
        for step in chain
        if isinstance(step, StageNode) and step.stage.input_columns
    ]
    return IndexedPlan(
        columns=dict(source.columns),
        stages=tuple(stages),
        output_columns=node.column_names,
        batch_size=batches[0].batch_size if batches else None,
        drop_remainder=bool(batches) and batches[0].drop_remainder,
        short_batch=batches[0].rest() if batches else 0,
        num_batches=node.size(),
        endless=node.endless,
        _items_of=lambda current: _items(node, current),
        _open_pass=open_pass,
    )


def _chain(node: Node) -> list[Node]:
    """Nodes from the source to `node`, or from the last join on."""
    chain = [node]
    while len(chain[-1].upstream) == 1:
        chain.append(chain[-1].upstream[0])
    return chain[::-1]


def batch_sizes(node: Node) -> tuple[int, int] | None:
    """Rows of a full batch and of the short last one, where a pass has both."""
    while isinstance(node, OrderNode):
        (node,) = node.upstream
    if not isinstance(node, BatchNode) or node.per_batch_map or node.sizes.size_of:
        return None
    if node.size() < 2:
        return None
    rest = node.rest()
    return (node.batch_size, rest) if rest else None


def host_reasons(node: Node) -> dict[Node, str]:
    """The nodes of a pipeline that only the host can run, and why; none: a plan."""
    reasons, batched = {}, False
    for step in _chain(node):
        reason = _host_reason(step, batched)
        if reason is not None:
            reasons[step] = reason
        batched = batched or isinstance(step, BatchNode)
    return reasons


def _host_reason(node: Node, batched: bool) -> str | None:
    if isinstance(node, ArraySource):
        kinds = {array.dtype.kind for array in node.columns.values()}
        return None if kinds <= set(NUMERIC_KINDS) else "its columns are not numbers"
    if not node.upstream:
        return "its rows are not whole arrays in memory"
    if len(node.upstream) > 1:
        return "it joins data sets"
    if isinstance(node, OrderNode):
        return None
    if isinstance(node, BatchNode):
        if batched:
            return "a batch of batches"
        if node.sizes.size_of:
            return "its size is said by a Python function"
        return "per_batch_map is a Python function" if node.per_batch_map else None
    if isinstance(node, StageNode):
        return _stage_reason(node.stage, batched)
    return "it needs the rows' values"


def _stage_reason(stage: Stage, batched: bool) -> str | None:
    if not stage.operations or (batched and stage.mixes):
        return None
    for operation in stage.operations:
        if not isinstance(operation, Transform):
            return f"{name_of(operation)} is a Python function"
        if not (operation.deterministic or isinstance(operation, RandomTransform)):
            return f"{name_of(operation)} draws on the host"
        if batched and not operation.elementwise:
            return f"{name_of(operation)} stands behind batch"
    if len(stage.input_columns) == len(stage.output_columns) == 1:
        return None
    return "it takes or gives several columns"


def _items(node: Node, current: Pass) -> Iterator:
    """What stands for rows, through the same nodes: then lists of it.

    A row number; behind a stage that chance has a part in, a tuple of it and of the
    row's draws in each such stage.
    """
    if isinstance(node, ArraySource):
        return iter(node.order(current).tolist())
    (upstream,) = node.upstream
    if isinstance(node, OrderNode):
        return node.reorder(lambda inner: _items(upstream, inner), current)
    items = _items(upstream, current)
    if isinstance(node, BatchNode):
        return node.groups(items)
    if isinstance(node, StageNode) and node.stage.num_draws:
        return _with_draws(items, current, node.number, node.stage.num_draws)
    if isinstance(node, StageNode) and node.stage.mixes:
        return (
            _Placed(item, (current, node.number, place))
            for place, item in enumerate(items)
        )
    return items


class _Placed(list):
    """The items of a batch, and its places in the stages that mix it."""

    def __init__(self, items: list, place: Place) -> None:
        super().__init__(items)
        before = items.places if isinstance(items, _Placed) else ()
        self.places: tuple[Place, ...] = (*before, place)


def _with_draws(
    items: Iterator, current: Pass, number: int, count: int
) -> Iterator[tuple]:
    for block in count_from():
        group = list(islice(items, BLOCK))
        draws = table(current, number, block, count)
        for item, part in zip(group, draws, strict=False):
            yield *(item if isinstance(item, tuple) else (item,)), part
        if len(group) < BLOCK:
            return


def _as_rows(item: Any) -> Rows:
    """Of a row's item, or of a list of them."""
    first = item[0] if isinstance(item, list) else item
    places = item.places if isinstance(item, _Placed) else ()
    if not isinstance(first, tuple):
        return Rows(np.array(item, np.int32), (), places)
    if first is item:
        return Rows(np.array(item[0], np.int32), item[1:])
    indices, *draws = zip(*item, strict=True)
    return Rows(np.array(indices, np.int32), tuple(map(np.array, draws)), places)
