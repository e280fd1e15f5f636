"""Where a Parameter's value is while a function is traced.

Outside any trace a Parameter owns a concrete array.  While ``graph.state`` runs a
function as a pure one, a :class:`Frame` stands between: reads answer with the frame's
value, writes stay in the frame, and the caller turns both into inputs and outputs of
the pure function.  Frames nest (a gradient inside a compiled step); the innermost that
knows a Parameter answers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any


class Frame:
    """The values that Parameters take inside one traced function.

    Args:
        parameters: the Parameters whose values become inputs of the function.
        values: one array or tracer for each of them.
        closed: True when a Parameter outside ``parameters`` must not be read as a
            constant; such reads are collected in ``missed`` so that the caller can
            trace again with them as inputs.
    """

    __slots__ = ("calls", "closed", "journal", "known", "missed", "parent", "values")

    def __init__(
        self, parameters: Iterable[Any], values: Iterable[Any], *, closed: bool
    ) -> None:
        self.parent: Frame | None = None
        self.closed = closed
        self.values = {id(p): v for p, v in zip(parameters, values, strict=True)}
        # id -> Parameter for every value written here; keeps the object alive too
        self.known: dict[int, Any] = {}
        self.missed: dict[int, Any] = {}
        # (Parameter, value before) for each write, and where in it each call of a
        # Cell began and ended: a gradient of the same call starts from its state
        self.journal: list[tuple[Any, Any]] = []
        self.calls: dict[tuple[int, ...], tuple[Any, int, int]] = {}

    def read(self, parameter: Any) -> Any:
        """The value of ``parameter`` as seen from this frame."""
        key = id(parameter)
        frame = self
        while True:
            if key in frame.values:
                return frame.values[key]
            if frame.parent is None:
                break
            frame = frame.parent
        if frame.closed:
            frame.missed[key] = parameter
        return parameter._data

    def write(self, parameter: Any, value: Any) -> None:
        """Give ``parameter`` a new value for the rest of this frame."""
        if self.closed:
            self.journal.append((parameter, self.read(parameter)))
        self.values[id(parameter)] = value
        self.known[id(parameter)] = parameter

    def log_call(self, cell: Any, arrays: tuple[Any, ...], start: int) -> None:
        """Note that ``cell`` ran on ``arrays``, from journal entry ``start`` on."""
        key = (id(cell), *map(id, arrays))
        # the arrays are kept so that their ids stay theirs
        self.calls[key] = (arrays, start, len(self.journal))

    def state_before(self, cell: Any, arrays: tuple[Any, ...]) -> dict | None:
        """State that a logged call of ``cell`` on ``arrays`` began with.

        Returns:
            Parameter -> value for each Parameter that the call changed, or None if
            there was no such call.
        """
        entry = self.calls.get((id(cell), *map(id, arrays)))
        if entry is None:
            return None
        before: dict[Any, Any] = {}
        for parameter, value in self.journal[entry[1] : entry[2]]:
            before.setdefault(parameter, value)
        return before

    @property
    def writes(self) -> list[tuple[Any, Any]]:
        """(Parameter, value) for each Parameter written here, in order of writing."""
        return [(p, self.values[key]) for key, p in self.known.items()]

    def __enter__(self) -> Frame:
        self.parent = _local.frame
        _local.frame = self
        return self

    def __exit__(self, *exc: object) -> None:
        _local.frame = self.parent


class _Local(threading.local):
    frame: Frame | None = None


_local = _Local()


def current() -> Frame | None:
    """The innermost frame of this thread, or None outside any trace."""
    return _local.frame


def root() -> Frame | None:
    """The outermost frame of this thread, or None outside any trace."""
    frame = _local.frame
    while frame is not None and frame.parent is not None:
        frame = frame.parent
    return frame
