"""Errors that pass through Cells say where they happened, in the user's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellnet.graph import where

if TYPE_CHECKING:
    from cellnet.nn.cell import Cell


class Place:
    """Where an error happened: the path of Cells, inside out, and the user's line."""

    def __init__(self, error: Exception, cell: Cell) -> None:
        self.text = error.args[0]
        self.line = where.line_of(error.__traceback__)
        self.cell = cell
        self.path: list[str] = []

    def leave(self, cell: Cell) -> None:
        """The error passes from ``self.cell`` out to ``cell``."""
        names = (name for name, child in cell._cells.items() if child is self.cell)
        self.path.insert(0, next(names, type(self.cell).__name__))
        self.cell = cell

    def __str__(self) -> str:
        path = ".".join([type(self.cell).__name__, *self.path])
        return f"\n  in cell {path}" + (f"\n  at {self.line}" if self.line else "")


def explain(error: Exception, cell: Cell) -> None:
    """Add the Cell's path and the user's line to an error that passes through."""
    place: Place | None = getattr(error, "cellnet_place", None)
    if place is None:
        if len(error.args) != 1 or not isinstance(error.args[0], str):
            return
        place = Place(error, cell)
        error.cellnet_place = place  # type: ignore[attr-defined]
    elif place.cell is not cell:
        place.leave(cell)
        place.line = place.line or where.line_of(error.__traceback__)
    error.args = (place.text + str(place),)
