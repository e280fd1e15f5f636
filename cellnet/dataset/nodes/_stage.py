"""A stage: operations applied one after the other to some columns of a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..transforms._base import Transform, name_of
from ._node import Row


@dataclass(frozen=True)
class Stage:
    """Columns in, operations in order, columns out (no operation: a renaming)."""

    input_columns: tuple[str, ...]
    output_columns: tuple[str, ...]
    operations: tuple[Callable[..., Any], ...]

    def apply(self, row: Row, where: object) -> Row:
        """One row; str(where) says which in an error ("sample 17")."""
        values: tuple[Any, ...] = tuple(row[name] for name in self.input_columns)
        for operation in self._joined:
            try:
                result = operation(*values)
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

    def apply_batch(self, rows: Row, indices: np.ndarray) -> Row:
        """Rows with a leading batch axis: what `apply` gives for each, stacked."""
        (name,) = self.input_columns  # plan_view admits one column only
        value = rows[name]
        try:
            for operation in self.operations:
                assert isinstance(operation, Transform)
                value = operation.batch(value)
        except Exception:
            # One by one, to name the sample. If none fails alone, raise as it was.
            for place, index in enumerate(indices.tolist()):
                self.apply({name: rows[name][place]}, f"source row {index}")
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
