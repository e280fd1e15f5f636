"""One line of a terminal that is written again and again, other output above it."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

from tqdm import tqdm

_CLEAR = "\r\x1b[K"
_FALLBACK_COLUMNS = 80
_BAR_COLUMNS = 6
_ANY = 1000  # columns: nothing is cut
# of a line: tqdm's own, and those for narrow terminals
_LAYOUTS = (
    "{l_bar}{bar}{r_bar}",
    "{l_bar}{bar}| {n_fmt}/{total_fmt} [{remaining}{postfix}]",
    "{desc}: {n_fmt}/{total_fmt}{postfix}",
)


def is_terminal(stream: Any) -> bool:
    """Whether ``stream`` is a terminal that a line can be redrawn on."""
    try:
        return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):  # no stream, or a closed one
        return False


def fitted(columns: int, ascii: bool, facts: list[str], fields: dict[str, Any]) -> str:
    """A line with a bar that is no longer than ``columns``.

    Args:
        columns: the width.
        ascii: whether the bar is drawn with ASCII characters.
        facts: what comes last, the most important first; those that leave no room for a
            bar are left out.
        fields: what ``tqdm.format_meter`` takes, but for the width.
    """
    fields, room = dict(fields), 0
    for layout in _LAYOUTS:
        fields["bar_format"] = layout
        bare = {**fields, "bar_format": layout.replace("{bar}", "")}
        room = columns - len(tqdm.format_meter(ncols=_ANY, postfix=" ", **bare))
        if room >= len("".join(facts[:1])) + _BAR_COLUMNS:
            break
    facts = list(facts)
    while len(facts) > 1 and len(", ".join(facts)) + _BAR_COLUMNS > room:
        facts.pop()
    text = tqdm.format_meter(
        ncols=columns, ascii=ascii, postfix=", ".join(facts), **fields
    )
    return text[:columns]


class Line:
    """The last line of a terminal.

    While it is open, what is written to ``sys.stdout`` and ``sys.stderr`` appears above
    it, line by line, so far as they are terminals; else they are left alone.

    Args:
        stream: a terminal.
        lock: held while something is written.
    """

    def __init__(self, stream: TextIO, lock: Any) -> None:
        self._stream = stream
        self._lock = lock
        self._shown = ""
        self._ascii = "utf" not in (getattr(stream, "encoding", None) or "").lower()
        self._replaced: dict[str, tuple[Any, _Above]] = {}

    def open(self) -> None:
        """Let other output go above the line."""
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if is_terminal(stream):
                self._replaced[name] = stream, _Above(stream, self)
                setattr(sys, name, self._replaced[name][1])

    def close(self) -> None:
        """Leave the line as it is, and other output alone."""
        self.keep()
        for name, (stream, above) in self._replaced.items():
            above.finish()
            if getattr(sys, name) is above:  # else somebody else's by now
                setattr(sys, name, stream)
        self._replaced.clear()

    def show(self, *, facts: list[str], **fields: Any) -> None:
        """Draw the line: see :func:`fitted`."""
        # the last column stays free: some terminals would go to the next line
        text = fitted(self._columns() - 1, self._ascii, facts, fields)
        with self._lock:
            self._shown = text
            self._write(_CLEAR + self._shown)

    def keep(self) -> None:
        """End the line; the next one begins below it."""
        with self._lock:
            if self._shown:
                self._shown = ""
                self._write("\n")

    def print_above(self, stream: TextIO, text: str) -> None:
        """Write whole lines of other output."""
        with self._lock:
            if self._shown:
                self._write(_CLEAR)
            stream.write(text)
            stream.flush()
            if self._shown:
                self._write(self._shown)

    def _columns(self) -> int:
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError, AttributeError):
            columns = 0
        return columns or _FALLBACK_COLUMNS

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class _Above:
    """Stands for a stream while a line is open; hands on whole lines.

    Args:
        stream: the stream itself.
        line: the line to write above of.
    """

    def __init__(self, stream: TextIO, line: Line) -> None:
        self._stream = stream
        self._line = line
        self._rest = ""
        self._process = os.getpid()

    def write(self, text: str) -> int:
        if os.getpid() != self._process:  # forked, maybe while the lock was held
            return self._stream.write(text)
        whole, newline, rest = (self._rest + text).rpartition("\n")
        self._rest = rest
        if newline:
            self._line.print_above(self._stream, whole + newline)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def finish(self) -> None:
        """Write what is left of an unfinished line."""
        if self._rest:
            self._stream.write(self._rest)
            self._rest = ""
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
