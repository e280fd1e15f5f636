"""Rows stacked along a new leading axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ._node import Row


def stack_rows(rows: Iterable[Row], count: int, number: int) -> Row:
    """`count` rows as batch `number`.

    Each is copied as soon as it is made: it is in the processor's cache then, and its
    memory serves the next one.
    """
    batch: dict[str, _Column] = {}
    for place, row in enumerate(rows):
        for name, value in row.items():
            if place == 0:
                batch[name] = _Column(name, number, count)
            batch[name].put(place, np.asarray(value))
    return {name: column.array() for name, column in batch.items()}


def stack_values(name: str, values: Sequence[Any], number: int) -> np.ndarray:
    """One column of batch `number`, from a value for each row."""
    column = _Column(name, number, len(values))
    for place, value in enumerate(values):
        column.put(place, np.asarray(value))
    return column.array()


class _Column:
    """One column of a batch that is being filled."""

    def __init__(self, name: str, number: int, count: int) -> None:
        self._name, self._number, self._count = name, number, count
        self._filled: np.ndarray = np.empty(0)
        self._others: list[np.ndarray] = []  # from the first of another dtype on

    def put(self, place: int, array: np.ndarray) -> None:
        if place == 0:
            self._filled = np.empty((self._count, *array.shape), array.dtype)
        elif array.shape != self._filled.shape[1:]:
            raise RuntimeError(
                f"batch: column '{self._name}' of batch {self._number}: row {place} "
                f"has shape {array.shape}, row 0 has {self._filled.shape[1:]}. Rows of "
                f"one batch need one shape: bring them to it by a map before batch."
            )
        if self._others or array.dtype != self._filled.dtype:
            self._others.append(array)
        else:
            self._filled[place] = array

    def array(self) -> np.ndarray:
        if not self._others:
            return self._filled
        # np.stack finds a dtype for all, as for the lengths of strings.
        same = self._filled[: self._count - len(self._others)]
        return np.stack([*same, *self._others])
