"""Cells that hold other Cells: SequentialCell, CellList and CellDict.

Children live in the Cell's own table under "0", "1", ... or their keys, so that a
Parameter is named by its place: ``layers.0.weight``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from cellnet.nn import _guests
from cellnet.nn.cell import Cell
from cellnet.tensor import touched


class _Container(Cell):
    """Naming of children that are added one by one."""

    def _check_cell(self, value: Any) -> Cell:
        if isinstance(value, Cell):
            return value
        if _guests.is_network(value):
            return _guests.as_cell(value)
        raise TypeError(
            f"{self.cls_name}: every item must be a Cell, got {type(value).__name__}"
        )

    def _outer_prefix(self) -> str:
        """What stands before "0.weight" in the names of the Parameters here.

        A list that is filled after it became an attribute learns its own path from
        the Parameters that it already holds, as in MindSpore.
        """
        path, parameter = next(self.parameters_and_names(), ("", None))
        if parameter is not None and parameter.name.endswith(f".{path}"):
            return parameter.name.removesuffix(path)
        return ""

    def _put(self, key: str, cell: Cell) -> None:
        prefix = self._outer_prefix()
        self._cells[key] = cell
        if self._auto_prefix:
            cell._name_parameters(f"{prefix}{key}")
        touched()

    def __len__(self) -> int:
        return len(self._cells)

    def construct(self, *inputs: Any) -> Any:
        """Not defined: call the Cells inside.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            f"{self.cls_name} holds Cells and has no construct; call its items, as in "
            "`for cell in cells: x = cell(x)`"
        )


class _Sequence(_Container):
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
        self._set_items(self._cells.items(), prefix="")

    def _sliced(self, items: list[tuple[str, Cell]]) -> SequentialCell:
        part = SequentialCell()
        part._cells.update(items)
        return part

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
        part = CellList()
        part._cells.update(self._renumbered(cell for _, cell in items))
        return part

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


class CellDict(_Container):
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
            raise TypeError(f"CellDict: expected one mapping, got {len(args)} arguments")
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
