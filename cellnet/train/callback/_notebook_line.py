"""Lines of a notebook's output, of which the last is written again and again."""

from __future__ import annotations

import sys
from typing import Any

from cellnet.train.callback._progress_line import fitted

_COLUMNS = 100


class NotebookLine:
    """As ``Line``, for a notebook: an output of the cell, of all lines that are kept.

    What the cell prints stands below it, as outputs of its own.
    """

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._shown = ""
        self._output: Any = None

    def open(self) -> None:
        """Make the output, where the cell has come to."""
        display = sys.modules["IPython"].display.display
        self._output = display(self._content(), raw=True, display_id=True)

    def close(self) -> None:
        """Leave the last line as it is."""
        self.keep()

    def show(self, *, facts: list[str], **fields: Any) -> None:
        """Draw the line; see ``Line.show``."""
        self._shown = fitted(_COLUMNS, False, facts, fields)
        self._output.update(self._content(), raw=True)

    def keep(self) -> None:
        """End the line; the next one begins below it."""
        if self._shown:
            self._kept.append(self._shown)
            self._shown = ""

    def _content(self) -> dict[str, str]:
        return {"text/plain": "\n".join([*self._kept, self._shown])}
