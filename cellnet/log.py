"""Logging: cellnet's own lines, and MindSpore's log functions (mindspore.log).

The logger "cellnet" speaks for the library, "cellnet.program" for the program's own
calls of ``log.info`` and the like.  Both are ordinary loggers of the standard library:
configure them, or the root logger, and cellnet adds nothing of its own.

Environment: CELLNET_LOG (debug, info, warning, error, critical or off) is the level of
cellnet's lines, default info.  GLOG_v (0 debug ... 4 critical) is the program's level,
default 2 as in MindSpore, and cellnet's too where CELLNET_LOG is not set.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, TextIO

_LEVELS = {
    "0": logging.DEBUG,
    "1": logging.INFO,
    "2": logging.WARNING,
    "3": logging.ERROR,
    "4": logging.CRITICAL,
}
_NAMED = {
    **{logging.getLevelName(level).lower(): level for level in _LEVELS.values()},
    "off": logging.CRITICAL + 1,
}
_GLOG = "GLOG_v"  # MindSpore's spelling
_library = logging.getLogger("cellnet")
_program = logging.getLogger("cellnet.program")


def debug(msg: object, *args: Any, **kwargs: Any) -> None:
    """Log ``msg % args`` at level DEBUG."""
    _program.debug(msg, *args, **_from_caller(kwargs))


def info(msg: object, *args: Any, **kwargs: Any) -> None:
    """Log ``msg % args`` at level INFO."""
    _program.info(msg, *args, **_from_caller(kwargs))


def warning(msg: object, *args: Any, **kwargs: Any) -> None:
    """Log ``msg % args`` at level WARNING."""
    _program.warning(msg, *args, **_from_caller(kwargs))


def error(msg: object, *args: Any, **kwargs: Any) -> None:
    """Log ``msg % args`` at level ERROR."""
    _program.error(msg, *args, **_from_caller(kwargs))


def critical(msg: object, *args: Any, **kwargs: Any) -> None:
    """Log ``msg % args`` at level CRITICAL."""
    _program.critical(msg, *args, **_from_caller(kwargs))


def get_level() -> str:
    """The program's level, "0" (debug) to "4" (critical)."""
    level = _program.getEffectiveLevel()
    return next((v for v, known in _LEVELS.items() if known >= level), "4")


def set_level(level: int | str) -> None:
    """Set the program's level.

    Args:
        level: 0 (debug) to 4 (critical), as GLOG_v.

    Raises:
        ValueError: another level.
    """
    if str(level) not in _LEVELS:
        raise ValueError(f"set_level: level must be 0 to 4, got {level!r}")
    _program.setLevel(_LEVELS[str(level)])


def get_log_config() -> dict[str, str]:
    """The settings in MindSpore's words."""
    return {"GLOG_v": get_level(), "GLOG_logtostderr": "1"}


def setup() -> None:
    """Show lines on stderr unless the program has seen to its logging; done once."""
    glog = _LEVELS.get(os.environ.get(_GLOG, ""))
    if not _library.handlers and _library.level == logging.NOTSET:
        handler = _Stderr()
        handler.setFormatter(logging.Formatter("[%(levelname)s] %(name)s: %(message)s"))
        _library.addHandler(handler)
        named = _NAMED.get(os.environ.get("CELLNET_LOG", "").lower(), glog)
        _library.setLevel(logging.INFO if named is None else named)
    if _program.level == logging.NOTSET:
        _program.setLevel(logging.WARNING if glog is None else glog)


class _Stderr(logging.StreamHandler):
    """Writes to the present ``sys.stderr``, unless the root logger has handlers."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr

    def emit(self, record: logging.LogRecord) -> None:
        if not logging.getLogger().handlers:  # they get the record too
            super().emit(record)


def _from_caller(kwargs: dict[str, Any]) -> dict[str, Any]:
    """``stacklevel`` such that the record names the line that called us."""
    return {**kwargs, "stacklevel": kwargs.get("stacklevel", 1) + 1}
