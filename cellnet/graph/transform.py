"""Derivatives beside gradients: jvp, vjp, Jacobians, higher orders.

They are JAX's transforms of the function made pure in state.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.graph import control
from cellnet.graph.grad import (
    GradientFunction,
    as_gradient,
    as_weights,
    check_callable,
    check_positions,
    cotangents_for,
    first_of,
)
from cellnet.graph.program import Outputs
from cellnet.graph.state import commit, functionalize, values_of
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


# -- jvp, vjp -------------------------------------------------------------------------
class _Forward:
    """``fn`` as (weight values, inputs) -> (differentiated outputs, the rest)."""

    def __init__(
        self,
        fn: Callable[..., Any],
        args: Sequence[Any],
        positions: Sequence[int],
        weights: Sequence[Parameter] = (),
        has_aux: bool = False,
    ) -> None:
        self._pure = functionalize(fn, weights)
        self._args = args
        self._positions = positions
        self._has_aux = has_aux

    def __call__(self, weight_values: list[Any], inputs: list[Any]) -> Any:
        full = list(self._args)
        for position, value in zip(self._positions, inputs, strict=True):
            full[position] = Tensor._wrap(value)
        result, writes = self._pure(weight_values, *full)
        self._outputs = Outputs(result)
        self._targets = Outputs(first_of(result) if self._has_aux else result)
        self._written = [p for p, _ in writes]
        return self._targets.arrays, (self._outputs.arrays, [v for _, v in writes])

    def finish(self, rest: Any) -> Any:
        """Write what ``fn`` wrote, and give its whole result."""
        arrays, written = rest
        commit(list(zip(self._written, written, strict=True)))
        return self._outputs.release().rebuild(arrays)

    def like_targets(self, arrays: Sequence[Any]) -> Any:
        """Arrays in the structure of the differentiated outputs."""
        return self._targets.release().rebuild(list(arrays))


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _split_aux(result: Any, has_aux: bool) -> tuple[Any, tuple[Any, ...]]:
    """(value, (aux,)) or (value, ()), several auxiliary outputs staying a tuple."""
    if not has_aux:
        return result, ()
    value, *aux = result
    return value, (aux[0] if len(aux) == 1 else tuple(aux),)


def _tensors(owner: str, args: Sequence[Any]) -> list[int]:
    for arg in args:
        if not isinstance(arg, Tensor):
            raise TypeError(
                f"{owner}: inputs must be Tensors, got {type(arg).__name__}"
            )
    return list(range(len(args)))


def jvp(fn: Callable[..., Any], inputs: Any, v: Any, has_aux: bool = False) -> Any:
    """Value of ``fn`` and its derivative in the direction ``v`` (mindspore.jvp).

    Args:
        fn: a Cell or function of Tensors.
        inputs: a Tensor or a tuple of Tensors.
        v: the direction, in the form and shapes of ``inputs``.
        has_aux: ``fn`` returns (output, aux...); only the output is differentiated.

    Returns:
        (value, derivative), and the auxiliary outputs with ``has_aux``.

    Raises:
        TypeError: no function, or inputs that are no Tensors.
        ValueError: ``v`` does not fit the inputs.

    Example:
        >>> value, change = jvp(lambda x: x * x, Tensor([3.0]), Tensor([1.0]))
        >>> value.tolist(), change.tolist()
        ([9.0], [6.0])
    """
    check_callable(fn)
    args, directions = _several(inputs), _several(v)
    positions = _tensors("jvp", args)
    _tensors("jvp", directions)
    if len(args) != len(directions):
        raise ValueError(f"jvp: {len(args)} inputs, but {len(directions)} directions")
    for arg, direction in zip(args, directions, strict=True):
        if arg.shape != direction.shape:
            raise ValueError(
                f"jvp: a direction of shape {direction.shape} for an input of shape "
                f"{arg.shape}; they must be equal"
            )
    forward = _Forward(fn, args, positions, has_aux=has_aux)
    primals = [a._value for a in args]
    tangents = [_tangent(d._value, x) for d, x in zip(directions, primals, strict=True)]
    _, changes, rest = control.forwards(jax.jvp)(
        lambda values: forward([], values), (primals,), (tangents,), has_aux=True
    )
    value, aux = _split_aux(forward.finish(rest), has_aux)
    changes = [
        jnp.zeros(c.shape) if c.dtype == jax.dtypes.float0 else c for c in changes
    ]
    return (value, forward.like_targets(changes), *aux)


def _tangent(direction: Any, x: Any) -> Any:
    if jnp.issubdtype(x.dtype, jnp.inexact):
        return direction.astype(x.dtype)
    return np.zeros(x.shape, jax.dtypes.float0)


def vjp(
    fn: Callable[..., Any], *inputs: Any, weights: Any = None, has_aux: bool = False
) -> Any:
    """Value of ``fn`` and the function that pulls sensitivities back (mindspore.vjp).

    Args:
        fn: a Cell or function of Tensors.
        *inputs: its inputs.
        weights: Parameters to differentiate too.
        has_aux: ``fn`` returns (output, aux...); only the output is differentiated.

    Returns:
        (value, pull), and the auxiliary outputs with ``has_aux``.  ``pull`` takes a
        Tensor for each output and gives a tuple of gradients of the inputs; with
        ``weights`` a pair of that and the gradients of the weights.

    Raises:
        TypeError: no function, or inputs that are no Tensors.
        ValueError: a sensitivity of another shape than its output.

    Example:
        >>> value, pull = vjp(lambda x, y: x * y, Tensor([3.0]), Tensor([4.0]))
        >>> [g.tolist() for g in pull(Tensor([1.0]))]
        [[4.0], [3.0]]
    """
    check_callable(fn)
    positions = _tensors("vjp", inputs)
    chosen = () if weights is None else as_weights(weights)
    forward = _Forward(fn, inputs, positions, chosen, has_aux)
    primals = [a._value for a in inputs]
    targets, back, rest = jax.vjp(forward, values_of(chosen), primals, has_aux=True)
    value, aux = _split_aux(forward.finish(rest), has_aux)

    def pull(*sens: Any) -> Any:
        """Gradients of the inputs for a sensitivity of each output."""
        given = sens[0] if len(sens) == 1 and isinstance(sens[0], tuple) else sens
        of_weights, of_inputs = back(cotangents_for(targets, list(given)))
        grads = tuple(
            as_gradient(g, x) for g, x in zip(of_inputs, primals, strict=True)
        )
        if weights is None:
            return grads
        mine = tuple(as_gradient(g, p) for g, p in zip(of_weights, chosen, strict=True))
        return grads, (mine[0] if isinstance(weights, Parameter) else mine)

    return (value, pull, *aux)


# -- Jacobians ------------------------------------------------------------------------
class _Jacobian:
    """How :func:`jacfwd` and :func:`jacrev` call a function."""

    what = "the Jacobian of"

    def __init__(self, transform: Any, positions: Any, has_aux: bool) -> None:
        self._transform = transform
        self._positions = positions
        self._has_aux = has_aux
        self.key = (transform.__name__, positions, has_aux)

    def __call__(
        self, fn: Callable[..., Any], weights: Any, args: Any, named: dict[str, Any]
    ) -> Any:
        del weights, named
        positions = _several(self._positions)
        if max(positions) >= len(args):
            raise ValueError(
                f"{self._transform.__name__}: grad_position {self._positions} is out "
                f"of range for a call with {len(args)} arguments"
            )
        inputs = [args[p] for p in positions]
        _tensors(self._transform.__name__, inputs)
        forward = _Forward(fn, args, positions, has_aux=self._has_aux)
        rows, rest = self._transform(lambda values: forward([], values), has_aux=True)(
            [x._value for x in inputs]
        )
        _, aux = _split_aux(forward.finish(rest), self._has_aux)
        rows = [tuple(map(Tensor._wrap, row)) for row in rows]
        rows = [row[0] if len(positions) == 1 else row for row in rows]
        result = rows[0] if len(rows) == 1 else tuple(rows)
        return (result, *aux) if self._has_aux else result


def _jacobian(name: str, transform: Any, how: str) -> Callable[..., Any]:
    def jacobian(
        fn: Callable[..., Any],
        grad_position: int | tuple[int, ...] = 0,
        has_aux: bool = False,
    ) -> Any:
        check_callable(fn)
        check_positions(grad_position)
        return GradientFunction(fn, (), _Jacobian(transform, grad_position, has_aux))

    jacobian.__name__ = jacobian.__qualname__ = name
    jacobian.__doc__ = f"""A function that gives the Jacobian of ``fn``, {how}.

    (mindspore.{name})

    Args:
        fn: a Cell or function of Tensors.
        grad_position: index or indices of the inputs to differentiate.
        has_aux: ``fn`` returns (output, aux...); only the output is differentiated
            and the function returns (Jacobian, aux).

    Returns:
        A function of fn's arguments.  A Jacobian has shape output.shape +
        input.shape; there is one for each output and position, in tuples where there
        are several.

    Raises:
        TypeError: a position that is no int or tuple of ints.
        ValueError: a negative, doubled or missing position.
    """
    return jacobian


def _forward_jacobian(fn: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    return control.forwards(jax.jacfwd(fn, **options))


jacfwd = _jacobian("jacfwd", _forward_jacobian, "column by column; fast for few inputs")
jacrev = _jacobian("jacrev", jax.jacrev, "row by row; fast for few outputs")


# -- higher order ---------------------------------------------------------------------
def jet(fn: Callable[..., Any], primals: Any, series: Any) -> tuple[Any, Any]:
    """Value of ``fn`` and its derivatives along a curve (mindspore.ops.jet).

    Args:
        fn: a Cell or function of Tensors.
        primals: a Tensor or tuple of Tensors, where the curve is at 0.
        series: for each of them its 1st to nth derivative, (n, *shape).

    Returns:
        (value, 1st to nth derivative of the value, (n, *shape)).

    Raises:
        TypeError: no function.
        ValueError: series that do not fit the primals.
    """
    check_callable(fn)
    points = [_as_float(p) for p in _several(primals)]
    orders = [_as_float(s) for s in _several(series)]
    if len(points) != len(orders) or any(
        s.shape[1:] != p.shape for p, s in zip(points, orders, strict=True)
    ):
        raise ValueError(
            f"jet: series {[s.shape for s in orders]} do not fit primals "
            f"{[p.shape for p in points]}; expected (n, *shape)"
        )
    forward = _Forward(fn, points, range(len(points)))

    def along(t: Any) -> Any:
        power, total = 1.0, [p._value for p in points]
        for order in range(len(orders[0])):
            power = power * t / (order + 1)
            total = [
                x + power * s._value[order] for x, s in zip(total, orders, strict=True)
            ]
        return forward([], total)[0]

    derivatives = []
    function = along
    for _ in range(len(orders[0])):
        function = _forward_jacobian(function)
        derivatives.append(function(0.0))
    _, rest = forward([], [p._value for p in points])
    value = forward.finish(rest)
    by_target = [jnp.stack(each) for each in zip(*derivatives, strict=True)]
    return value, forward.like_targets(by_target)


def derivative(fn: Callable[..., Any], primals: Any, order: int) -> tuple[Any, Any]:
    """Value of ``fn`` and one derivative of higher order (mindspore.ops.derivative).

    All inputs move together: d^n/dt^n fn(x + t) at 0.

    Args:
        fn: a Cell or function of Tensors.
        primals: a Tensor or tuple of Tensors.
        order: n >= 1.

    Raises:
        TypeError: no function, or an order that is no int.
        ValueError: an order below 1.
    """
    if isinstance(order, bool) or not isinstance(order, int):
        raise TypeError(f"derivative: order must be an int, got {type(order).__name__}")
    if order < 1:
        raise ValueError(f"derivative: order must be >= 1, got {order}")
    points = tuple(_as_float(p) for p in _several(primals))
    series = tuple(
        Tensor._wrap(jnp.zeros((order, *p.shape), p._value.dtype).at[0].set(1))
        for p in points
    )
    value, derivatives = jet(fn, points, series)
    if isinstance(derivatives, tuple):
        return value, tuple(d[-1] for d in derivatives)
    return value, derivatives[-1]


def _as_float(x: Any) -> Tensor:
    if not isinstance(x, Tensor):
        raise TypeError(f"jet: inputs must be Tensors, got {type(x).__name__}")
    value = x._value
    return Tensor._wrap(
        value if jnp.issubdtype(value.dtype, jnp.inexact) else value.astype(jnp.float32)
    )
