"""What create_dict_iterator and create_tuple_iterator give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import cellnet.dataset as package  # holds the hook that makes Tensors

from ._checks import check_bool, check_int
from .nodes import Row


class Texts(np.ndarray):
    """Texts, which no Tensor can hold, with the method that programs call."""

    def asnumpy(self) -> np.ndarray:
        """The texts as a plain array."""
        return self.view(np.ndarray)


class _PassIterator:
    """Pass after pass: each `for` over it reads the next one.

    Args: open_pass: opens the dataset's next pass.
        num_epochs: passes it may give; -1 for no limit.
        output_numpy: give arrays, not Tensors.
    """

    def __init__(
        self,
        open_pass: Callable[[], Iterator[Row]],
        num_epochs: int,
        output_numpy: bool,
    ) -> None:
        self._open_pass = open_pass
        self._passes_left = check_int("iterator", "num_epochs", num_epochs, -1)
        if num_epochs == 0:
            raise ValueError("iterator: num_epochs must be -1 or positive, got 0.")
        self._output_numpy = check_bool("iterator", "output_numpy", output_numpy)
        self._rows: Iterator[Row] | None = None

    def __iter__(self) -> Any:
        return self

    def _next_row(self) -> Row:
        if self._rows is None:
            if self._passes_left == 0:
                raise RuntimeError(
                    "iterator: all of its num_epochs passes are read. Give a larger "
                    "num_epochs, or make another iterator."
                )
            self._rows = self._open_pass()
            self._passes_left -= self._passes_left > 0
        try:
            return next(self._rows)
        except StopIteration:
            self._rows = None
            raise

    def _out(self, array: np.ndarray) -> Any:
        if self._output_numpy:
            return array
        if array.dtype.kind in "US":
            return array.view(Texts)
        return package._tensor_hook(array)


class DictIterator(_PassIterator):
    """Rows as {column: value}."""

    def __next__(self) -> dict[str, Any]:
        row = self._next_row()
        return {name: self._out(array) for name, array in row.items()}


class TupleIterator(_PassIterator):
    """Rows as [value, ...] in the order of `columns`."""

    def __init__(self, columns: tuple[str, ...], *args: Any) -> None:
        super().__init__(*args)
        self._columns = columns

    def __next__(self) -> list[Any]:
        row = self._next_row()
        return [self._out(row[name]) for name in self._columns]
