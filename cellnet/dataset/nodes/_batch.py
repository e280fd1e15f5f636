"""batch: rows stacked along a new leading axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .._checks import check_bool, check_known, check_names
from .._passes import Pass
from ._batch_size import BatchInfo, BatchSize
from ._lanes import hands_for_own
from ._node import Item, Node, Row
from ._stacking import stack_rows, stack_values

PerBatchMap = Callable[..., Any]


class BatchNode(Node):
    """`batch_size` rows as one; a short last batch is kept unless drop_remainder."""

    def __init__(
        self,
        upstream: Node,
        batch_size: int | Callable[[BatchInfo], int],
        drop_remainder: bool,
        per_batch_map: PerBatchMap | None = None,
        input_columns: Sequence[str] | str | None = None,
        output_columns: Sequence[str] | str | None = None,
        workers: int | None = None,
        processes: bool = False,
    ) -> None:
        self.sizes = BatchSize("batch", batch_size)
        self.batch_size = self.sizes.fixed  # -1 where a function says it
        self.drop_remainder = check_bool("batch", "drop_remainder", drop_remainder)
        self.per_batch_map = per_batch_map
        self.map_inputs, self.map_outputs = _map_columns(
            upstream.column_names, per_batch_map, input_columns, output_columns
        )
        rest = [c for c in upstream.column_names if c not in self.map_inputs]
        same = self.map_inputs == self.map_outputs
        columns = upstream.column_names if same else (*self.map_outputs, *rest)
        super().__init__((upstream,), columns)
        if per_batch_map is not None:
            self.hands = hands_for_own(workers, processes)

    def groups(self, items: Iterator[Item], epoch: int = 0) -> Iterator[list[Item]]:
        """The items in lists of batch_size."""
        return self.sizes.groups(items, self.drop_remainder, epoch)

    def items(self, current: Pass) -> Iterator[tuple[BatchInfo, list[Any]]]:
        groups = self.groups(iter(self.upstream[0].items(current)), current.epoch)
        for number, group in enumerate(groups):
            yield BatchInfo(number, current.epoch), group

    def make(self, item: tuple[BatchInfo, list[Any]]) -> Row:
        info, group = item
        number = info.get_batch_num()
        rows = map(self.upstream[0].make, group)
        if self.per_batch_map is None:
            return stack_rows(rows, number, len(group))
        mapped = self._map(list(rows), self.per_batch_map, info)
        return {name: stack_values(name, mapped[name], number) for name in mapped}

    def _map(
        self, group: list[Row], per_batch_map: PerBatchMap, info: BatchInfo
    ) -> dict[str, Sequence[Any]]:
        names = self.upstream[0].column_names
        columns: dict[str, Any] = {n: [row[n] for row in group] for n in names}
        values = [columns.pop(name) for name in self.map_inputs]
        try:
            result = per_batch_map(*values, info)
        except Exception as error:
            raise RuntimeError(
                f"batch: per_batch_map failed on batch {info.get_batch_num()}, columns "
                f"{list(self.map_inputs)}: {type(error).__name__}: {error}"
            ) from error
        result = result if isinstance(result, tuple) else (result,)
        if len(result) != len(self.map_outputs):
            raise RuntimeError(
                f"batch: per_batch_map gave {len(result)} column(s), expected "
                f"{len(self.map_outputs)}: {list(self.map_outputs)}."
            )
        columns.update(zip(self.map_outputs, result, strict=True))
        return {name: columns[name] for name in self.column_names}

    def size(self) -> int:
        return self.sizes.batches(self.upstream[0].size(), self.drop_remainder)

    def rest(self) -> int:
        """Rows of the last batch where that is short, else 0."""
        if self.drop_remainder:
            return 0
        return self.upstream[0].size() % self.batch_size

    def __repr__(self) -> str:
        drop = ", drop_remainder=True" if self.drop_remainder else ""
        return f"batch({self.sizes}{drop})"

    def why_empty(self) -> str:
        return (
            f"{self} makes no batch of the {self.upstream[0].size()} rows before it. "
            f"Lower batch_size or set drop_remainder=False"
        )


def _map_columns(
    columns: tuple[str, ...],
    per_batch_map: PerBatchMap | None,
    input_columns: Sequence[str] | str | None,
    output_columns: Sequence[str] | str | None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if per_batch_map is None:
        if input_columns is not None or output_columns is not None:
            raise ValueError(
                "batch: input_columns and output_columns belong to per_batch_map, "
                "which is not given."
            )
        return (), ()
    if not callable(per_batch_map):
        raise TypeError(f"batch: per_batch_map must be callable: {per_batch_map!r}.")
    inputs = columns
    if input_columns is not None:
        inputs = check_names("batch", "input_columns", input_columns)
    check_known("batch", "input_columns", inputs, columns)
    if output_columns is None:
        return inputs, inputs
    return inputs, check_names("batch", "output_columns", output_columns)
