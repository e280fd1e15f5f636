"""A stage: operations applied one after the other to some columns of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .._draws import uniforms
from ..transforms._base import RandomBatchTransform, Transform, draws_of, name_of
from ._node import Row


@dataclass(frozen=True)
class Stage:
    """Columns in, operations in order, columns out (no operation: a renaming)."""

    input_columns: tuple[str, ...]
    output_columns: tuple[str, ...]
    operations: tuple[Callable[..., Any], ...]

    @cached_property
    def num_draws(self) -> int:
        """Uniform numbers that the operations take for a sample, together."""
        return sum(draws_of(operation) for operation in self.operations)

    @property
    def mixes(self) -> bool:
        """Whether it is one operation on a batch, with chance, that may be known."""
        first = self.operations[0] if len(self.operations) == 1 else None
        widths = {len(self.input_columns), len(self.output_columns)}
        known = isinstance(first, RandomBatchTransform)
        return known and widths == {first.num_columns}

    def with_draws(
        self, draws: np.ndarray | None, operations: Sequence[Any] | None = None
    ) -> Iterator[tuple[Any, Any]]:
        """Each operation and its part of the draws; None for one that takes none."""
        start = 0
        for operation in self.operations if operations is None else operations:
            end = start + draws_of(operation)
            yield (
                operation,
                None if draws is None or start == end else draws[..., start:end],
            )
            start = end

    def apply(self, row: Row, where: object, draws: np.ndarray | None = None) -> Row:
        """One row; str(where) says which in an error ("sample 17").

        draws: (num_draws,); by default those of the sample that is computed now.
        """
        if draws is None and self.num_draws:
            draws = uniforms(self.num_draws)
        values: tuple[Any, ...] = tuple(row[name] for name in self.input_columns)
        for operation, part in self.with_draws(draws, self._joined):
            try:
                if part is None:
                    result = operation(*values)
                else:
                    result = operation.drawn(*values, part)
            except Exception as error:
                raise RuntimeError(
                    f"map: {name_of(operation)} failed on column(s) "
                    f"{list(self.input_columns)} of {where}: "
                    f"{type(error).__name__}: {error}"
                ) from error
            values = result if isinstance(result, tuple) else (result,)
        return self._bind(row, [self._array(value, where) for value in values])

    @cached_property
    def _joined(self) -> list[Callable[..., Any]]:
        """The operations, those as one that have a faster way together."""
        joined: list[Callable[..., Any]] = []
        for operation in self.operations:
            last = joined[-1] if joined else None
            both = last.then(operation) if isinstance(last, Transform) else None
            if both is None:
                joined.append(operation)
            else:
                joined[-1] = both
        return joined

    def one_by_one(self) -> list[Stage]:
        """Stages of at most one operation each that together do the same."""
        if len(self.operations) < 2:
            return [self]
        first, *rest = self.operations
        return [
            Stage(self.input_columns, self.output_columns, (first,)),
            *(Stage(self.output_columns, self.output_columns, (op,)) for op in rest),
        ]

    def apply_batch(
        self, rows: Row, indices: np.ndarray, draws: np.ndarray | None = None
    ) -> Row:
        """Rows with a leading batch axis: what `apply` gives for each, stacked.

        draws: (B, num_draws), where the operations take some.
        """
        (name,) = self.input_columns  # plan_view admits one column only
        value = rows[name]
        try:
            for operation, parts in self.with_draws(draws):
                if parts is None:
                    value = operation.batch(value)
                else:
                    pairs = zip(value, parts, strict=True)
                    value = np.stack([operation.drawn(*pair) for pair in pairs])
        except Exception:
            # One by one, to name the sample. If none fails alone, raise as it was.
            for place, index in enumerate(indices.tolist()):
                part = None if draws is None else draws[place]
                self.apply({name: rows[name][place]}, f"source row {index}", part)
            raise
        return self._bind(rows, [value])

    def _bind(self, row: Row, values: list[np.ndarray]) -> Row:
        if len(values) != len(self.output_columns):
            raise RuntimeError(
                f"map: {[name_of(op) for op in self.operations]} gave {len(values)} "
                f"value(s), but output_columns names {len(self.output_columns)}: "
                f"{list(self.output_columns)}."
            )
        kept = {n: v for n, v in row.items() if n not in self.input_columns}
        return {**kept, **dict(zip(self.output_columns, values, strict=True))}

    def _array(self, value: Any, where: object) -> np.ndarray:
        array = np.asarray(value)
        if array.dtype == object:
            raise RuntimeError(
                f"map: {name_of(self.operations[-1])} gave {type(value).__name__} for "
                f"{where}, expected an array or a number for each of "
                f"{list(self.output_columns)}."
            )
        return array
