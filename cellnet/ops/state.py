"""Operations with an effect: Parameters assigned, order, values printed."""

from __future__ import annotations

from typing import Any

import jax
from jax.core import Tracer

from cellnet._checks import check_int
from cellnet._frame import current
from cellnet.ops._op import op, raw
from cellnet.ops.primitive import primitive
from cellnet.parameter import Parameter, own
from cellnet.tensor import Tensor, as_array, touched


def _store(variable: Tensor, value: Any, source: Any) -> None:
    """Make ``value`` that of ``variable``, in a buffer of its own."""
    if isinstance(variable, Parameter):
        variable._value = own(value, source)
        return
    variable._value = value
    if current() is None:
        touched()


def _check_variable(owner: str, variable: Any) -> Tensor:
    if not isinstance(variable, Tensor):
        raise TypeError(
            f"{owner}: variable must be a Parameter, got {type(variable).__name__}"
        )
    return variable


def _like(owner: str, variable: Tensor, value: Any) -> Any:
    """``value`` as an array of the variable's shape and dtype."""
    old = variable._value
    array = as_array(raw(value))
    if array.shape != old.shape:
        raise ValueError(
            f"{owner}: value has shape {tuple(array.shape)}, the variable has "
            f"{tuple(old.shape)}; they must be equal"
        )
    return array if array.dtype == old.dtype else array.astype(old.dtype)


def assign(variable: Tensor, value: Any) -> Tensor:
    """Give a Parameter a new value (mindspore.ops.assign, Assign).

    Args:
        variable: the Parameter.
        value: a Tensor of its shape; it is cast to the Parameter's dtype.

    Returns:
        The new value.

    Raises:
        TypeError: the variable is no Parameter or Tensor.
        ValueError: another shape.

    Example:
        >>> p = Parameter(Tensor([1.0]), name="p")
        >>> assign(p, Tensor([2.0])).tolist(), p.asnumpy().tolist()
        ([2.0], [2.0])
    """
    variable = _check_variable("assign", variable)
    new = _like("assign", variable, value)
    _store(variable, new, value)
    return Tensor._wrap(new)


def _update(owner: str, variable: Any, value: Any, sign: int) -> Tensor:
    variable = _check_variable(owner, variable)
    old = variable._value
    change = raw(value)
    if isinstance(change, jax.Array) and change.ndim:
        change = _like(owner, variable, value)
    new = (old + change if sign > 0 else old - change).astype(old.dtype)
    _store(variable, new, None)
    return variable.value() if isinstance(variable, Parameter) else variable


def assign_add(variable: Tensor, value: Any) -> Tensor:
    """Add to a Parameter (mindspore.ops.assign_add, AssignAdd)."""
    return _update("assign_add", variable, value, 1)


def assign_sub(variable: Tensor, value: Any) -> Tensor:
    """Subtract from a Parameter (mindspore.ops.assign_sub, AssignSub)."""
    return _update("assign_sub", variable, value, -1)


def depend(value: Any, expr: Any) -> Any:
    """``value``, ``expr`` having been computed too (mindspore.ops.depend).

    What ``expr`` writes into Parameters is part of the program anyway, so that no
    other tie between the two is needed.
    """
    del expr
    return value


@op
def identity(x: Any) -> Any:
    """The Tensor itself (mindspore.ops.identity)."""
    return x


@op
def stop_gradient(value: Any) -> Any:
    """The value, whose gradient is 0 (mindspore.ops.stop_gradient)."""
    return jax.lax.stop_gradient(value) if isinstance(value, jax.Array) else value


def stop_gradient_(input: Tensor) -> Tensor:
    """In place: from here on the gradient of the Tensor's value is 0.

    (mindspore.ops.stop_gradient_)

    Raises:
        TypeError: no Tensor.
    """
    variable = _check_variable("stop_gradient_", input)
    variable._value = jax.lax.stop_gradient(variable._value)
    return variable


def control_depend(src: Any, dst: Any, depend_mode: int = 0) -> Any:
    """``src``; r1.0's way to say that ``dst`` comes after it.

    (mindspore.ops.control_depend, ControlDepend) What reads and writes Parameters is
    done in the order in which the program says it.

    Args:
        src, dst: results of operations.
        depend_mode: 0 or 1, without effect.
    """
    del dst, depend_mode
    return src


def _check_depend_mode(depend_mode: Any) -> None:
    check_int("ControlDepend", "depend_mode", depend_mode, minimum=0, maximum=1)


def print_(*input_x: Any) -> None:
    """Print Tensors and strings, each on a line, when the program runs.

    Also in a compiled function, where Python's ``print`` would show a traced Tensor
    once (mindspore.ops.Print).
    """
    arrays = [x._value for x in input_x if isinstance(x, Tensor)]
    if not any(isinstance(x, Tracer) for x in arrays):
        _show(input_x)
        return

    def show(*values: Any) -> None:
        known = iter(values)
        _show([Tensor(next(known)) if isinstance(x, Tensor) else x for x in input_x])

    jax.debug.callback(show, *arrays, ordered=False)


def _show(items: Any) -> None:
    for item in items:
        print(repr(item) if isinstance(item, Tensor) else item)


Assign = primitive("Assign", assign)
AssignAdd = primitive("AssignAdd", assign_add)
AssignSub = primitive("AssignSub", assign_sub)
ControlDepend = primitive(
    "ControlDepend", control_depend, check=_check_depend_mode, depend_mode=0
)
Depend = primitive("Depend", depend)
Identity = primitive("Identity", identity)
StopGradient = primitive("StopGradient", stop_gradient)
Print = primitive("Print", print_)
