"""What a compiled program took for constant, and whether it still holds.

While a Cell is traced, every plain attribute that its code reads is recorded with the
value it had.  A program is valid as long as each of them is what it was; so a changed
``sens``, flag or list takes effect at the next call, and an attribute that nothing
reads while tracing can change without any compilation.

A check costs nothing while no watched object changed: objects that announce their
changes (Cells, Primitives, Parameters, Tensors) bump one counter in ``tensor.touched``,
and only mutable containers are looked at on every call.
"""

from __future__ import annotations

import threading
import types
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellnet.dtype import Type
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor, change_count, touched

_ATOMS = (bool, int, str, bytes, type(None), np.generic, np.dtype)
_BY_IDENTITY = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)
# attributes of a foreign object are followed this deep; below, identity must do
_MAX_DEPTH = 4
_MAX_ITEMS = 1000


class Watched:
    """Base of objects whose attribute reads are recorded and changes announced."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        touched()

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        touched()


class Ref:
    """Equality by identity; holds the object so that its id stays taken."""

    __slots__ = ("target",)

    def __init__(self, target: Any) -> None:
        self.target = target

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and other.target is self.target

    def __hash__(self) -> int:
        return id(self.target)


class _Freezer:
    """Turns a value into something hashable that equals itself while unchanged."""

    def __init__(self) -> None:
        self.silent = False  # met something that changes without announcing it
        self.seen: set[int] = set()

    def __call__(self, value: Any, depth: int = 0) -> Any:
        if isinstance(value, float):
            return (float, value.hex())  # tells -0.0 from 0.0, equates nan with nan
        if isinstance(value, _ATOMS):
            return (type(value), value)
        if isinstance(value, Parameter):
            return (Ref(value), value._data.shape, value._data.dtype)
        if isinstance(value, Tensor):
            return Ref(value._value)
        if isinstance(value, types.MethodType):
            return (Ref(value.__func__), self(value.__self__, depth))
        if isinstance(value, (Type, Watched, *_BY_IDENTITY)):
            return Ref(value)
        if isinstance(value, tuple):
            return (type(value), *(self(item, depth) for item in value))
        return self._container(value, depth)

    def _container(self, value: Any, depth: int) -> Any:
        self.silent = True
        if isinstance(value, np.ndarray):
            data = np.ascontiguousarray(value)
            code = zlib.crc32(data.tobytes()) if data.dtype != object else id(value)
            return (value.shape, value.dtype, code)
        if id(value) in self.seen or depth > _MAX_DEPTH:
            return Ref(value)
        self.seen.add(id(value))
        if isinstance(value, dict):
            return (type(value), *self._items(value.items(), depth))
        if isinstance(value, list):
            return (type(value), *(self(item, depth + 1) for item in value))
        if isinstance(value, set | frozenset):
            return (type(value), frozenset(self(item, depth + 1) for item in value))
        attributes = getattr(value, "__dict__", None)
        if not attributes or len(attributes) > _MAX_ITEMS:
            return Ref(value)
        return (Ref(value), *self._items(attributes.items(), depth))

    def _items(self, items: Any, depth: int) -> Any:
        return ((self(k, depth), self(v, depth + 1)) for k, v in list(items))


def freeze(value: Any) -> Any:
    """A hashable stand-in for ``value``, equal to a later one if nothing changed."""
    return _Freezer()(value)


class Guards:
    """Attribute values that a traced program depends on."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        self._silent: list[tuple[Any, str, Any]] = []
        self._checked = -1
        # by the id of a traced input: see require_range
        self.ranges: dict[int, Range] = {}

    def note(self, holder: Any, name: str, value: Any) -> None:
        """Record the first value that the trace saw under ``holder.name``."""
        key = (id(holder), name)
        if key in self._entries:
            return
        freezer = _Freezer()
        entry = (holder, name, freezer(value))
        self._entries[key] = entry
        announces = isinstance(holder, Watched)
        if not announces or (freezer.silent and name not in _ANNOUNCED):
            self._silent.append(entry)

    def changed(self) -> tuple[Any, str] | None:
        """The first (object, attribute) that is not what it was, or None."""
        entries: Any = self._silent
        count = change_count()
        if count != self._checked:
            entries = self._entries.values()
        for holder, name, frozen in entries:
            if freeze(_look_up(holder, name)) != frozen:
                return holder, name
        self._checked = count
        return None


def describe(holder: Any, name: str) -> str:
    """What a guarded value is called in a message."""
    if isinstance(holder, dict):
        return f"the global {name!r}"
    if isinstance(holder, types.CellType):
        return "a variable of its closure"
    return f"the attribute {name!r} of {type(holder).__name__}"


# containers of a Cell that only its own methods change
_ANNOUNCED = frozenset({"_cells", "_params"})
_MISSING = object()


def _look_up(holder: Any, name: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(name, _MISSING)
    if isinstance(holder, types.CellType):
        return getattr(holder, "cell_contents", _MISSING)
    return holder.__dict__.get(name, _MISSING)


class _Active(threading.local):
    guards: Guards | None = None


_active = _Active()
_install = threading.Lock()
_installed = 0


def recording() -> Guards | None:
    """The guards of the trace that runs in this thread, if one does."""
    return _active.guards


@dataclass(frozen=True)
class Range:
    """What the values of an input must be.

    Attributes:
        low, high: the limits, [low, high).
        what: the beginning of the message.
        ignored: a value outside that is allowed too.
    """

    low: int
    high: int
    what: str
    ignored: int | None = None

    def check(self, values: np.ndarray, *place: str, start: int = 0) -> None:
        """Refuse ``values`` if one is outside.

        Args:
            values: array; axis 0 counts from ``start``.
            place: what the first axes are called.

        Raises:
            ValueError: names the first wrong value and its place.
        """
        wrong = (values < self.low) | (values >= self.high)
        if self.ignored is not None:
            wrong &= values != self.ignored
        if not wrong.any():
            return
        where = [int(i) for i in np.argwhere(wrong)[0]]
        value = values[tuple(where)]
        where[0] += start
        axes = [*place, *["index"] * (len(where) - len(place))]
        found = ", ".join(f"{a} {i}" for a, i in zip(axes, where, strict=True))
        raise ValueError(
            f"{self.what}: got {value} at {found}, expected a value in "
            f"[{self.low}, {self.high})"
        )


def require_range(
    tensor: Tensor, low: int, high: int, what: str, ignored: int | None = None
) -> None:
    """Demand that an input of the traced program has values in [low, high).

    A compiled program cannot raise; whoever feeds it checks the data beforehand.

    Args:
        tensor: the Tensor as the program got it; anything computed has no effect.
        low, high, what, ignored: as in :class:`Range`.
    """
    guards = _active.guards
    if guards is not None:
        guards.ranges[id(tensor._value)] = Range(low, high, what, ignored)


class Recording:
    """Context in which attribute reads of Watched objects go to ``guards``.

    The hook is a ``__getattribute__`` that exists only while some trace runs, so
    that attribute access costs nothing extra at any other time.
    """

    def __init__(self, guards: Guards) -> None:
        self.guards = guards
        self.outer: Guards | None = None

    def __enter__(self) -> Guards:
        global _installed
        self.outer = _active.guards
        _active.guards = self.guards
        with _install:
            if _installed == 0:
                Watched.__getattribute__ = _recording_getattribute
            _installed += 1
        return self.guards

    def __exit__(self, *exc: object) -> None:
        global _installed
        _active.guards = self.outer
        with _install:
            _installed -= 1
            if _installed == 0:
                del Watched.__getattribute__


def _recording_getattribute(self: Any, name: str) -> Any:
    value = object.__getattribute__(self, name)
    guards = _active.guards
    if guards is not None and name in object.__getattribute__(self, "__dict__"):
        guards.note(self, name, value)
    return value
