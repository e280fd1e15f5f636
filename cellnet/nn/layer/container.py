"""Cells that hold other Cells: SequentialCell, CellList and CellDict."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

from cellnet.nn.cell import Cell
from cellnet.nn.layer._cell_dict import CellDict
from cellnet.nn.layer._container import Container
from cellnet.tensor import touched

__all__ = ["CellDict", "CellList", "SequentialCell"]


class _Sequence(Container):
    """Children by position."""

    def _position(self, index: Any, *, end: int = 0) -> int:
        """``index`` counted from the front; ``end`` is 1 where len() is allowed."""
        if isinstance(index, bool) or not isinstance(index, int):
            raise TypeError(
                f"{self.cls_name}: the index must be an int or a slice, got "
                f"{type(index).__name__}"
            )
        size = len(self)
        if not -size <= index < size + end:
            raise IndexError(
                f"{self.cls_name}: the index {index} is out of range for {size} Cells"
            )
        return index % size if index < 0 else index

    def _set_items(self, items: Iterable[tuple[str, Cell]], prefix: str) -> None:
        """Replace all children; their Parameters are named by the new keys."""
        items = list(items)
        self._cells.clear()
        for key, cell in items:
            self._cells[key] = cell
            if self._auto_prefix:
                cell._name_parameters(f"{prefix}{key}")
        touched()

    def _renumbered(self, cells: Iterable[Cell]) -> Iterator[tuple[str, Cell]]:
        return ((str(index), cell) for index, cell in enumerate(cells))

    def __iter__(self) -> Iterator[Cell]:
        return iter(tuple(self._cells.values()))

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self._sliced(list(self._cells.items())[index])
        return list(self._cells.values())[self._position(index)]

    def __setitem__(self, index: int, cell: Cell) -> None:
        key = list(self._cells)[self._position(index)]
        self._put(key, self._check_cell(cell))

    def __delitem__(self, index: int | slice) -> None:
        items = list(self._cells.items())
        del items[index if isinstance(index, slice) else self._position(index)]
        if all(key.isdecimal() for key in self._cells):
            items = list(self._renumbered(cell for _, cell in items))
        self._set_items(items, self._outer_prefix())

    def _sliced(self, items: list[tuple[str, Cell]]) -> Any:
        """A container of ``items``; the Parameters keep the names they have."""
        raise NotImplementedError

    def append(self, cell: Cell) -> Any:
        """Add a Cell at the end and return this container.

        Raises:
            TypeError: no Cell.
        """
        index = len(self)
        while str(index) in self._cells:  # a slice keeps its keys
            index += 1
        self._put(str(index), self._check_cell(cell))
        return self


class SequentialCell(_Sequence):
    """Cells that run one after the other (mindspore.nn.SequentialCell).

    y = f_n(... f_2(f_1(x)))

    Args:
        *args: Cells, or one list of Cells, or one OrderedDict of names to Cells.

    Inputs: x, what the first Cell takes.

    Outputs: what the last Cell gives; x itself if there is none.

    Raises:
        TypeError: something that is no Cell.
        IndexError: an index out of range.

    Example:
        >>> from cellnet import nn
        >>> net = nn.SequentialCell(nn.Dense(3, 2), nn.ReLU())
        >>> [name for name, _ in net.parameters_and_names()]
        ['0.weight', '0.bias']

    Differs: a slice leaves the names of the Parameters alone.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        items: Any = args
        if len(args) == 1 and isinstance(args[0], list | OrderedDict):
            items = args[0]
        if not isinstance(items, OrderedDict):
            items = OrderedDict(self._renumbered(items))
        for key, cell in items.items():
            self.insert_child_to_cell(key, self._check_cell(cell))
        if items:
            self._set_items(self._cells.items(), prefix="")

    def _sliced(self, items: list[tuple[str, Cell]]) -> SequentialCell:
        return _filled(SequentialCell(), items)

    @property
    def cell_list(self) -> tuple[Cell, ...]:
        """The Cells in order."""
        return tuple(self)

    def construct(self, x: Any) -> Any:
        """Run the Cells in order."""
        for cell in self:
            x = cell(x)
        return x


class CellList(_Sequence):
    """A list of Cells whose Parameters are registered (mindspore.nn.CellList).

    Args:
        *args: one list of Cells, or nothing.
        auto_prefix: whether Parameters are named by their place in the list.

    Raises:
        TypeError: something that is no list of Cells.
        IndexError: an index out of range.

    Example:
        >>> from cellnet import nn
        >>> cells = nn.CellList([nn.Dense(3, 3)])
        >>> cells.append(nn.Dense(3, 2))[-1].weight.name
        '1.weight'

    Differs: a slice leaves the names of the Parameters alone; more than one argument
    raises instead of being ignored.
    """

    def __init__(self, *args: Any, auto_prefix: bool = True) -> None:
        super().__init__(auto_prefix)
        if len(args) > 1:
            raise TypeError(
                f"CellList: expected one list of Cells, got {len(args)} arguments; "
                "put the Cells into a list"
            )
        if args:
            self.extend(args[0])

    def insert(self, index: int, cell: Cell) -> None:
        """Put a Cell before position ``index``; later ones move up and are renamed.

        Raises:
            TypeError: no Cell, or the index is no int.
            IndexError: an index out of range.
        """
        cells = list(self)
        cells.insert(self._position(index, end=1), self._check_cell(cell))
        self._set_items(self._renumbered(cells), self._outer_prefix())

    def _sliced(self, items: list[tuple[str, Cell]]) -> CellList:
        cells = (cell for _, cell in items)
        return _filled(CellList(), self._renumbered(cells))

    def extend(self, cells: list[Cell] | CellList) -> CellList:
        """Add Cells at the end and return this list.

        Raises:
            TypeError: no list of Cells.
        """
        if not isinstance(cells, list | CellList):
            raise TypeError(
                f"CellList: expected a list of Cells, got {type(cells).__name__}"
            )
        for cell in [self._check_cell(cell) for cell in cells]:
            self.append(cell)
        return self

    def __iadd__(self, cells: list[Cell]) -> CellList:
        return self.extend(cells)


def _filled(container: Any, items: Iterable[tuple[str, Cell]]) -> Any:
    # not through the attribute: a trace, which may slice, would record an empty table
    container.__dict__["_cells"].update(items)
    return container
