"""Which line of the user's program an error or a warning is about."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = str(Path(__file__).resolve().parents[1])
_LIBRARIES = ("site-packages", "dist-packages", "lib/python", "<frozen", "<string>")


def is_users(filename: str) -> bool:
    """Whether a file is neither cellnet's nor an installed library's."""
    return not filename.startswith(_PACKAGE) and not any(
        part in filename for part in _LIBRARIES
    )


def line_of(traceback: types.TracebackType | None) -> str | None:
    """``file:line: code`` of the innermost user's frame in a traceback."""
    found = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_users(code.co_filename):
            found = _describe(code.co_filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found


def calling_line() -> str | None:
    """``file:line: code`` of the user's frame that called into cellnet."""
    for frame in _callers():
        if is_users(frame.f_code.co_filename):
            return _describe(frame.f_code.co_filename, frame.f_lineno)
    return None


def stack_level() -> int:
    """``stacklevel`` for ``warnings.warn`` that points at the user's line."""
    for level, frame in enumerate(_callers(), start=1):
        if is_users(frame.f_code.co_filename):
            return level
    return 2


def _callers() -> Iterator[types.FrameType]:
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _describe(filename: str, line: int) -> str:
    text = linecache.getline(filename, line).strip()
    return f"{filename}:{line}" + (f": {text}" if text else "")
