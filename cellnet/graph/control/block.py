"""A branch or a loop body, traced on its own.

What it reads from outside stays where it is.  What it changes - local variables,
Parameters (through a Frame) and Tensors in place (through :class:`Changes`) - becomes
results of the block and is undone, so that the next block starts from the same state.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.core import eval_jaxpr

from cellnet._frame import Frame
from cellnet.graph import where
from cellnet.graph.control import Untraceable
from cellnet.graph.control.values import Variable, capture
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class Block:
    """A traced piece of converted code.

    Args:
        run: does the work, given the arrays of ``inputs``, and returns the values of
            the variables.
        names: of the variables.
        inputs: shapes and dtypes of the arrays that ``run`` takes.
        parameters, tensors: those that get their values as inputs too; others that the
            block changes keep their present value at its beginning.

    Attributes:
        variables: what the variables hold in the end.
        written, changed: Parameters and Tensors that it changed -> index of an array.
        jaxpr, constants: the block as a function of the inputs.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Any]], Sequence[Any]],
        names: Sequence[str],
        inputs: Sequence[Any] = (),
        parameters: Sequence[Parameter] = (),
        tensors: Sequence[Tensor] = (),
    ) -> None:
        self.variables: list[Variable] = []
        self.written: dict[Parameter, int] = {}
        self.changed: dict[Tensor, int] = {}
        visible = _visible_containers()

        def flat(given: list[Any], values: list[Any], contents: list[Any]) -> list[Any]:
            arrays: list[Any] = []
            with (
                Frame(parameters, values, closed=True) as frame,
                Changes(visible) as changes,
            ):
                # what is given counts as changed, so that it is among the results
                frame.known.update((id(p), p) for p in parameters)
                for tensor, content in zip(tensors, contents, strict=True):
                    tensor._value = content
                results = run(given)
                for name, value in zip(names, results, strict=True):
                    self.variables.append(capture(name, value, arrays))
                for parameter, value in frame.writes:
                    self.written[parameter] = len(arrays)
                    arrays.append(value)
                for tensor, value in changes.final():
                    self.changed[tensor] = len(arrays)
                    arrays.append(value)
            return arrays

        closed = jax.make_jaxpr(flat)(
            list(inputs),
            [_aval(p._value) for p in parameters],
            [_aval(t._value) for t in tensors],
        )
        self.jaxpr, self.constants = closed.jaxpr, closed.consts

    @property
    def is_pure(self) -> bool:
        """Whether it only computes: it may run though its result is not asked for."""
        return not (self.written or self.changed or self.jaxpr.effects)

    def __call__(self, *inputs: Any) -> list[Any]:
        """The block's arrays."""
        return eval_jaxpr(self.jaxpr, self.constants, *inputs)


def _aval(array: Any) -> Any:
    return jax.ShapeDtypeStruct(array.shape, array.dtype)


class Changes:
    """Context that notes which Tensors are changed in place, and undoes it.

    Args:
        visible: ids of the containers that the code around the block can see.
    """

    def __init__(self, visible: dict[int, Any]) -> None:
        self.visible = visible
        self._old: dict[int, tuple[Tensor, Any]] = {}
        self._born: set[int] = set()
        self._outer: Changes | None = None

    def note(self, tensor: Tensor) -> None:
        """``tensor`` is about to get a value."""
        try:
            old = object.__getattribute__(tensor, "_value")
        except AttributeError:  # a new object
            self._born.add(id(tensor))
            return
        if id(tensor) not in self._born:
            self._old.setdefault(id(tensor), (tensor, old))

    def final(self) -> list[tuple[Tensor, Any]]:
        """(Tensor, present value) for each older Tensor that was changed."""
        return [(tensor, tensor._value) for tensor, _ in self._old.values()]

    def __enter__(self) -> Changes:
        global _installed
        self._outer = _local.changes
        _local.changes = self
        with _install:
            if _installed == 0:
                Tensor.__setattr__ = _noting_setattr  # type: ignore[method-assign]
            _installed += 1
        return self

    def __exit__(self, *exc: object) -> None:
        global _installed
        for tensor, old in self._old.values():
            object.__setattr__(tensor, "_value", old)
        _local.changes = self._outer
        with _install:
            _installed -= 1
            if _installed == 0:
                del Tensor.__setattr__


class _Local(threading.local):
    changes: Changes | None = None


_local = _Local()
_install = threading.Lock()
_installed = 0


def _noting_setattr(self: Tensor, name: str, value: Any) -> None:
    changes = _local.changes
    if changes is not None and name == "_value" and not isinstance(self, Parameter):
        changes.note(self)
    object.__setattr__(self, name, value)


# -- effects that a block cannot have -------------------------------------------------
def check_raise() -> None:
    """Refuse an error raised where a Tensor decides; eagerly it is raised."""
    if _local.changes is not None:
        raise Untraceable("it raises an error where a Tensor decides")


def check_effect(target: Any = None, what: str = "a Python object") -> None:
    """Refuse a change of Python state that the block is not alone to see."""
    changes = _local.changes
    if changes is None:
        return
    if target is None or id(target) in changes.visible:
        raise Untraceable(
            f"{what} changes in a branch or loop that a Tensor decides on; give a "
            "variable a new value there instead"
        )


def _visible_containers() -> dict[int, Any]:
    """The lists, dicts and sets in the variables of the user's running functions."""
    outer = _local.changes
    found = dict(outer.visible) if outer is not None else {}
    frame: Any = sys._getframe(2)
    while frame is not None:
        if where.is_users(frame.f_code.co_filename):
            for value in frame.f_locals.values():
                _collect(value, found, 2)
        frame = frame.f_back
    return found


def _collect(value: Any, found: dict[int, Any], depth: int) -> None:
    if isinstance(value, list | dict | set):
        if id(value) in found:
            return
        found[id(value)] = value
        items: Any = value.values() if isinstance(value, dict) else value
    elif isinstance(value, tuple):
        items = value
    else:
        items = getattr(value, "__dict__", {}).values() if depth == 2 else ()
    if depth and len(items) < 1000:
        for item in list(items):
            _collect(item, found, depth - 1)
