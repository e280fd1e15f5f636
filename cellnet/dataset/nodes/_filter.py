"""filter: keep the rows that a predicate approves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from .._checks import check_known, check_names
from .._passes import Pass
from ._lanes import IN_ORDER
from ._node import Node, Row
from ._segment import read


class FilterNode(Node):
    """Rows for which predicate(*columns) is true."""

    looks_into_rows = True

    def __init__(
        self,
        upstream: Node,
        predicate: Callable[..., Any],
        input_columns: Sequence[str] | str | None,
    ) -> None:
        if not callable(predicate):
            raise TypeError(f"filter: predicate must be callable, got {predicate!r}.")
        super().__init__((upstream,), upstream.column_names)
        self.hands = IN_ORDER
        self.predicate = predicate
        self.input_columns = self.column_names
        if input_columns is not None:
            self.input_columns = check_names("filter", "input_columns", input_columns)
            check_known(
                "filter", "input_columns", self.input_columns, self.column_names
            )

    def items(self, current: Pass) -> Iterator[Row]:
        for place, row in enumerate(self.upstream[0].rows(current)):
            if self._keeps(row, place):
                yield row

    def _keeps(self, row: Row, place: int) -> bool:
        try:
            return bool(self.predicate(*(row[name] for name in self.input_columns)))
        except Exception as error:
            raise RuntimeError(
                f"filter: predicate failed on column(s) {list(self.input_columns)} of "
                f"sample {place}: {type(error).__name__}: {error}"
            ) from error

    def size(self) -> int:
        return self._counted

    @cached_property
    def _counted(self) -> int:
        return sum(1 for _ in read(self, Pass(seed=0, number=0)))

    def __repr__(self) -> str:
        return "filter(...)"
