"""What Cells that hold other Cells share: naming of children that come one by one.

Children live in the Cell's own table under "0", "1", ... or their keys, so that a
Parameter is named by its place: ``layers.0.weight``.
"""

from __future__ import annotations

from typing import Any

from cellnet.nn import _guests
from cellnet.nn.cell import Cell
from cellnet.tensor import touched


class Container(Cell):
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
