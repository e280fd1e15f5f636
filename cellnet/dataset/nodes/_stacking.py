"""Rows stacked along a new leading axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from ._node import Row

LARGE_BYTES = 32 * 1024  # what the first cache holds


def stack_rows(rows: Iterable[Row], number: int, count: int) -> Row:
    """`count` rows, 1 or more, as batch `number`.

    A large array is copied as soon as it is made: it is in the processor's cache then,
    and its memory serves the next one.
    """
    rows = iter(rows)
    first = next(rows)
    large = {
        name: _Column(name, number, count)
        for name, value in first.items()
        if value.nbytes >= LARGE_BYTES
    }
    if not large:
        listed = [first, *rows]
        return {n: stack_values(n, [r[n] for r in listed], number) for n in first}
    small: dict[str, list[np.ndarray]] = {name: [] for name in first}
    for row in chain([first], rows):
        for name, array in row.items():
            (large.get(name) or small[name]).append(array)
    return {
        name: large[name].array()
        if name in large
        else stack_values(name, small[name], number)
        for name in first
    }


def stack_values(name: str, values: Sequence[Any], number: int) -> np.ndarray:
    """One column of batch `number`, from a value for each row."""
    arrays = [np.asarray(value) for value in values]
    for place, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            raise _unlike(name, number, place, array.shape, arrays[0].shape)
    return np.stack(arrays)


class _Column:
    """One column of a batch that is being filled."""

    def __init__(self, name: str, number: int, count: int) -> None:
        self._name, self._number, self._count = name, number, count
        self._filled: np.ndarray | None = None
        self._place = 0
        self._others: list[np.ndarray] = []  # from the first of another dtype on

    def append(self, array: np.ndarray) -> None:
        if self._filled is None:
            self._filled = np.empty((self._count, *array.shape), array.dtype)
        shape = self._filled.shape[1:]
        if array.shape != shape:
            place = self._place + len(self._others)
            raise _unlike(self._name, self._number, place, array.shape, shape)
        if self._others or array.dtype != self._filled.dtype:
            self._others.append(array)
        else:
            self._filled[self._place] = array
            self._place += 1

    def array(self) -> np.ndarray:
        assert self._filled is not None
        if not self._others:
            return self._filled
        # np.stack finds a dtype for all.
        return np.stack([*self._filled[: self._place], *self._others])


def _unlike(
    name: str, number: int, place: int, shape: tuple[int, ...], first: tuple[int, ...]
) -> RuntimeError:
    return RuntimeError(
        f"batch: column '{name}' of batch {number}: row {place} has shape {shape}, row "
        f"0 has {first}. Rows of one batch need one shape: bring them to it by a map "
        f"before batch."
    )
