"""functionalize: the one place where Parameters become inputs and outputs.

A function over Cells reads and writes Parameters.  Here it becomes a pure function of
their values, which JAX can compile, differentiate, scan, map or export.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from cellnet._frame import Frame, current
from cellnet.graph import control
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class Pure:
    """``fn`` as a pure function of the values of ``parameters``.

    Calling it with one value per Parameter and the inputs gives ``(outputs, writes)``,
    ``writes`` being (Parameter, value) pairs for every Parameter that ``fn`` set,
    tracked or not.  ``missed`` then holds the Parameters that ``fn`` read as constants
    though ``closed`` forbids it; trace again with them among ``parameters``.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        parameters: Sequence[Parameter],
        *,
        closed: bool = False,
    ) -> None:
        self.fn = fn
        self.parameters = tuple(parameters)
        self.closed = closed
        self.missed: list[Parameter] = []

    def __call__(
        self, values: Sequence[Any], *inputs: Any, **named: Any
    ) -> tuple[Any, list[tuple[Parameter, Any]]]:
        with Frame(self.parameters, values, closed=self.closed) as frame:
            fn = control.resolve(self.fn)
            outputs = _without_parameters(fn(*inputs, **named))
        self.missed = list(frame.missed.values())
        return outputs, frame.writes


def _without_parameters(outputs: Any) -> Any:
    """``outputs`` with the present values of the Parameters among them."""
    if type(outputs) is Tensor:
        return outputs
    return jax.tree.map(
        lambda x: Tensor._wrap(x._value) if isinstance(x, Parameter) else x,
        outputs,
        is_leaf=lambda x: isinstance(x, Tensor),
    )


def functionalize(
    fn: Callable[..., Any], parameters: Sequence[Parameter], *, closed: bool = False
) -> Pure:
    """``fn`` as a pure function of the values of ``parameters`` (see :class:`Pure`).

    Args:
        fn: any function whose state is in Parameters.
        parameters: those whose values are to be inputs.
        closed: True when reads of any other Parameter are to be reported as missed;
            inside another trace they are answered from there instead.

    Example:
        >>> w = Parameter(2.0)
        >>> out, writes = functionalize(lambda x: w * x, [w])([3.0], 4.0)
        >>> float(out)
        12.0
    """
    return Pure(fn, parameters, closed=closed)


def values_of(parameters: Sequence[Parameter]) -> list[Any]:
    """The present value of each Parameter, seen from the running frame if any."""
    return [p._value for p in parameters]


def commit(writes: Sequence[tuple[Parameter, Any]]) -> None:
    """Give Parameters new values, in the running frame if there is one."""
    for parameter, value in writes:
        parameter._value = value


def commit_where(condition: Any, fn: Callable[[], Any]) -> Any:
    """Run ``fn`` and keep what it writes only where ``condition`` holds.

    Args:
        condition: scalar bool array.
        fn: writes Parameters; its result is returned as it is.
    """
    result, writes = functionalize(fn, [])([])
    commit([(p, jnp.where(condition, value, p._value)) for p, value in writes])
    return result


def commit_if(condition: Any, fn: Callable[[], Any]) -> None:
    """Run ``fn``, which writes Parameters, only if ``condition`` holds.

    Unlike :func:`commit_where` the work is not done otherwise; its result is dropped.

    Args:
        condition: scalar bool array.
        fn: writes Parameters, in their shapes and dtypes.
    """
    if not isinstance(condition, jax.core.Tracer):
        if condition:
            fn()
        return
    written: list[Parameter] = []

    def run() -> list[Any]:
        _, writes = functionalize(fn, [])([])
        written[:] = [parameter for parameter, _ in writes]
        return [value for _, value in writes]

    jax.eval_shape(run)  # which Parameters these are; XLA sees nothing of it
    values = jax.lax.cond(condition, run, lambda: values_of(written))
    commit(list(zip(written, values, strict=True)))


def tracing() -> bool:
    """True inside a functionalized function."""
    return current() is not None
