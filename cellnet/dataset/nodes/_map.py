"""map, project and rename: verbs that change the columns of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .._checks import check_known, check_names
from .._draws import drawing_from
from .._passes import Pass
from ..transforms._base import Transform
from ..transforms._compose import flatten
from ._lanes import ANYWHERE, Hands, hands_for
from ._node import Node, Row
from ._stage import Stage

Sample = tuple[Pass, int, Any]  # the pass, its place there, the item before


class StageNode(Node):
    """One row in, one row out: a stage, then the columns to keep, in order."""

    def __init__(
        self,
        upstream: Node,
        stage: Stage,
        column_names: tuple[str, ...],
        text: str,
        hands: Hands = ANYWHERE,
    ) -> None:
        super().__init__((upstream,), column_names)
        self.hands = hands
        self.stage = stage
        self._text = text

    def items(self, current: Pass) -> Iterator[Sample]:
        items = self.upstream[0].items(current)
        return ((current, place, item) for place, item in enumerate(items))

    def make(self, item: Sample) -> Row:
        current, place, before = item
        row = self.upstream[0].make(before)
        if self.stage.operations:
            with drawing_from(current, self.number, place):
                row = self.stage.apply(row, _Where(self, item))
        elif self.stage.input_columns:
            row = self.stage.apply(row, "")
        return {name: row[name] for name in self.column_names}

    def origin(self, item: Sample) -> str:
        return self.upstream[0].origin(item[2])

    def size(self) -> int:
        return self.upstream[0].size()

    def __repr__(self) -> str:
        return self._text


class _Where:
    """A sample's place and file, put into words only when something is wrong there."""

    __slots__ = ("_item", "_node")

    def __init__(self, node: StageNode, item: Sample) -> None:
        self._node, self._item = node, item

    def __str__(self) -> str:
        file = self._node.origin(self._item)
        return f"sample {self._item[1]}" + (f", {file}" if file else "")


def map_node(
    upstream: Node,
    operations: Any,
    input_columns: Sequence[str] | str | None,
    output_columns: Sequence[str] | str | None,
    column_order: Sequence[str] | str | None,
    workers: int | None = None,
    processes: bool = False,
) -> StageNode:
    """The node of `Dataset.map`."""
    checked = flatten("map", _as_list(operations))
    columns = upstream.column_names
    inputs = columns[:1]
    if input_columns is not None and len(input_columns):
        inputs = check_names("map", "input_columns", input_columns)
    check_known("map", "input_columns", inputs, columns)
    outputs = inputs
    if output_columns is not None and len(output_columns):
        outputs = check_names("map", "output_columns", output_columns)
    names = _columns_after(columns, inputs, outputs)
    if column_order is not None:
        order = check_names("map", "column_order", column_order)
        check_known("map", "column_order", order, names)
        names = order
    _check_one_to_one(checked, inputs)
    stage = Stage(inputs, outputs, checked)
    text = f"map(input_columns={list(inputs)})"
    hands = hands_for(checked, workers, processes)
    return StageNode(upstream, stage, names, text, hands)


def project_node(upstream: Node, columns: Sequence[str] | str) -> StageNode:
    names = check_names("project", "columns", columns)
    check_known("project", "columns", names, upstream.column_names)
    return StageNode(upstream, Stage((), (), ()), names, f"project({list(names)})")


def rename_node(
    upstream: Node,
    input_columns: Sequence[str] | str,
    output_columns: Sequence[str] | str,
) -> StageNode:
    inputs = check_names("rename", "input_columns", input_columns)
    outputs = check_names("rename", "output_columns", output_columns)
    if len(inputs) != len(outputs):
        raise ValueError(
            f"rename: {len(inputs)} input_columns but {len(outputs)} output_columns: "
            f"{list(inputs)} to {list(outputs)}."
        )
    check_known("rename", "input_columns", inputs, upstream.column_names)
    names = _columns_after(upstream.column_names, inputs, outputs, "rename")
    text = f"rename({list(inputs)}, {list(outputs)})"
    return StageNode(upstream, Stage(inputs, outputs, ()), names, text)


def _as_list(operations: Any) -> list[Any]:
    return list(operations) if isinstance(operations, list | tuple) else [operations]


def _columns_after(
    columns: tuple[str, ...],
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    owner: str = "map",
) -> tuple[str, ...]:
    """Outputs take their inputs' places if as many, else they come first."""
    rest = [name for name in columns if name not in inputs]
    clash = [name for name in outputs if name in rest]
    if clash:
        raise RuntimeError(
            f"{owner}: output_columns {clash} exist already, the columns here are "
            f"{list(columns)}."
        )
    if len(inputs) != len(outputs):
        return (*outputs, *rest)
    new_name = dict(zip(inputs, outputs, strict=True))
    return tuple(new_name.get(name, name) for name in columns)


def _check_one_to_one(
    operations: tuple[Callable[..., Any], ...], inputs: tuple[str, ...]
) -> None:
    first = operations[0] if operations else None
    if isinstance(first, Transform) and len(inputs) != first.num_columns:
        count = first.num_columns
        raise RuntimeError(
            f"map: {first!r} takes {'one column' if count == 1 else count}, "
            f"input_columns names {list(inputs)}. Map each column by itself."
        )
