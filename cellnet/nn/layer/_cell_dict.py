"""CellDict: Cells by name."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from cellnet.nn.cell import Cell
from cellnet.nn.layer._container import Container
from cellnet.tensor import touched


class CellDict(Container):
    """Cells by name (mindspore.nn.CellDict).

    Args:
        cells: a mapping, or (name, Cell) pairs; nothing makes an empty one.
        auto_prefix: whether Parameters are named by their key.

    Raises:
        TypeError: a key that is no str, an item that is no Cell, or no such iterable.
        KeyError: an empty key, one with a dot, or the name of a Cell's own attribute.

    Example:
        >>> from cellnet import nn
        >>> list(nn.CellDict({"head": nn.Dense(3, 2)}).keys())
        ['head']
    """

    def __init__(self, *args: Any, auto_prefix: bool = True) -> None:
        super().__init__(auto_prefix)
        if len(args) > 1:
            raise TypeError(
                f"CellDict: expected one mapping, got {len(args)} arguments"
            )
        if args:
            self.update(args[0])

    def _check_key(self, key: Any) -> str:
        if not isinstance(key, str):
            raise TypeError(f"CellDict: a key must be a str, got {type(key).__name__}")
        if not key or "." in key or (key not in self._cells and hasattr(self, key)):
            raise KeyError(
                f"CellDict: the key {key!r} is empty, has a dot, or is the name of an "
                "attribute of the CellDict; choose another"
            )
        return key

    def __getitem__(self, key: str) -> Cell:
        return self._cells[key]

    def __setitem__(self, key: str, cell: Cell) -> None:
        self._put(self._check_key(key), self._check_cell(cell))

    def __delitem__(self, key: str) -> None:
        del self._cells[key]
        touched()

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._cells))

    def __contains__(self, key: object) -> bool:
        return key in self._cells

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._cells.keys()

    def values(self) -> ValuesView[Cell]:
        """The Cells."""
        return self._cells.values()

    def items(self) -> ItemsView[str, Cell]:
        """(name, Cell) pairs."""
        return self._cells.items()

    def pop(self, key: str) -> Cell:
        """Take the Cell of that name out and return it.

        Raises:
            KeyError: no such name.
        """
        cell = self._cells.pop(key)
        touched()
        return cell

    def clear(self) -> None:
        """Take all Cells out."""
        self._cells.clear()
        touched()

    def update(self, cells: Mapping[str, Cell] | CellDict | Iterable[Any]) -> None:
        """Add Cells from a mapping or from (name, Cell) pairs.

        Raises:
            TypeError: neither of the two.
        """
        if isinstance(cells, Mapping | CellDict):
            cells = cells.items()
        elif not isinstance(cells, Iterable):
            raise TypeError(
                "CellDict: expected a mapping or (name, Cell) pairs, got "
                f"{type(cells).__name__}"
            )
        for key, cell in cells:
            self[key] = cell
