"""Gradients over state.py: GradOperation, grad and value_and_grad.

All of them are one mechanism, :func:`differentiate`: the function is made pure in the
Parameters that are differentiated, ``jax.vjp`` pulls the sensitivity back, and what the
function wrote (moving averages, the random key) goes on to the surrounding frame.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import context
from cellnet._frame import current
from cellnet.graph.compile import Compiled, any_tracer, note_outer_values
from cellnet.graph.guards import Ref, Watched, freeze
from cellnet.graph.program import Outputs
from cellnet.graph.state import commit, functionalize, values_of
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor


def differentiate(
    fn: Callable[..., Any],
    args: Sequence[Any],
    *,
    positions: Sequence[int],
    weights: Sequence[Parameter],
    sens: Any = None,
    scale: Any = None,
    has_aux: bool = False,
    named: dict[str, Any] | None = None,
) -> tuple[Any, list[Tensor], list[Tensor]]:
    """Value and gradients of ``fn`` at ``args``.

    Args:
        fn: function of Tensors; several outputs are differentiated as their sum.
        args: its arguments.
        positions: indices of the arguments to differentiate; each must be a Tensor.
        weights: Parameters to differentiate.
        sens: cotangent for the outputs, a Tensor or a tuple of Tensors; ones if None.
        scale: a number or scalar array that multiplies that cotangent.
        has_aux: only the first output is differentiated.
        named: keyword arguments of ``fn``.

    Returns:
        (value of fn, gradients of the arguments, gradients of the weights).
    """
    before = _state_of_same_call(fn, args)
    pinned = list(before or {})
    listed, weights = weights, list(dict.fromkeys(weights))  # each is one input
    pure = functionalize(fn, [*weights, *pinned])
    found: dict[str, Any] = {}

    def forward(
        weight_values: list[Any], inputs: list[Any]
    ) -> tuple[list[Any], tuple[list[Any], list[Any]]]:
        full = list(args)
        for position, value in zip(positions, inputs, strict=True):
            full[position] = Tensor._wrap(value)
        values = (
            [*weight_values, *(before[p] for p in pinned)]
            if before
            else (weight_values)
        )
        result, writes = pure(values, *full, **(named or {}))
        outputs = Outputs(result)
        found.update(outputs=outputs, written=[p for p, _ in writes])
        targets = outputs.arrays
        if has_aux:
            targets = Outputs(first_of(result)).arrays
        return targets, (outputs.arrays, [value for _, value in writes])

    inputs = [_input_array(args, p) for p in positions]
    targets, pull, (arrays, written) = jax.vjp(
        forward, values_of(weights), inputs, has_aux=True
    )
    cotangents = cotangents_for(targets, sens)
    if scale is not None:
        cotangents = [
            c if c.dtype == jax.dtypes.float0 else c * jnp.asarray(scale, c.dtype)
            for c in cotangents
        ]
    weight_grads, input_grads = pull(cotangents)
    if before is None:
        commit(list(zip(found["written"], written, strict=True)))
    value = found["outputs"].release().rebuild(arrays)
    by_weight = dict(zip(weights, weight_grads, strict=True))
    return (
        value,
        [as_gradient(g, x) for g, x in zip(input_grads, inputs, strict=True)],
        [as_gradient(by_weight[p], p) for p in listed],
    )


def _state_of_same_call(fn: Any, args: Sequence[Any]) -> dict | None:
    """State to start from when this very call already ran in the compiled program.

    A train step that computes ``loss = network(x)`` and then the gradient of
    ``network`` at the same ``x`` means one forward pass: the gradient sees the same
    dropout mask, and moving averages move once.  XLA then merges the equal equations.
    """
    frame = current()
    if frame is None or not frame.closed:
        return None
    arrays = tuple(a._value for a in args if isinstance(a, Tensor))
    return frame.state_before(fn, arrays)


def first_of(result: Any) -> Any:
    if not isinstance(result, tuple) or len(result) < 2:
        raise ValueError(
            "grad: has_aux=True needs a function that returns (output, aux, ...), got "
            f"a single {type(result).__name__}"
        )
    return result[0]


def _input_array(args: Sequence[Any], position: int) -> Any:
    if position >= len(args):
        raise IndexError(
            f"grad: grad_position {position} is out of range for a call with "
            f"{len(args)} arguments"
        )
    value = args[position]
    if not isinstance(value, Tensor):
        raise TypeError(
            f"grad: argument {position} must be a Tensor to be differentiated, got "
            f"{type(value).__name__}"
        )
    return value._value


def cotangents_for(targets: list[Any], sens: Any) -> list[Any]:
    if sens is None:
        return [
            jnp.ones_like(t)
            if jnp.issubdtype(t.dtype, jnp.inexact)
            else np.zeros(t.shape, jax.dtypes.float0)
            for t in targets
        ]
    given = list(sens) if isinstance(sens, tuple | list) else [sens]
    if len(given) != len(targets):
        raise ValueError(
            f"sens: got {len(given)} sensitivities for {len(targets)} outputs"
        )
    cotangents = []
    for sensitivity, target in zip(given, targets, strict=True):
        if not isinstance(sensitivity, Tensor):
            raise TypeError(
                f"sens must be a Tensor like the output (shape {target.shape}), got "
                f"{type(sensitivity).__name__}"
            )
        value = sensitivity._value
        if value.shape != target.shape:
            raise ValueError(
                f"sens has shape {value.shape}, the output has {target.shape}; they "
                "must be equal"
            )
        if value.dtype != target.dtype:
            raise TypeError(
                f"sens is {value.dtype}, the output is {target.dtype}; cast one"
            )
        cotangents.append(value)
    return cotangents


def as_gradient(gradient: Any, source: Any) -> Tensor:
    """Integer inputs have no tangent in JAX: their gradient is zero of their type."""
    if gradient.dtype == jax.dtypes.float0:
        shape = source.shape
        dtype = source._value.dtype if isinstance(source, Tensor) else source.dtype
        return Tensor._wrap(jnp.zeros(shape, dtype))
    return Tensor._wrap(gradient)


# One Compiled for all gradient functions that are made again and again of the same code
_by_owner: weakref.WeakKeyDictionary[Any, dict[Any, Compiled]]
_by_owner = weakref.WeakKeyDictionary()
# code whose closure is new each time is not worth compiling after so many programs
_MAX_CLOSURES = 16


class GradientFunction:
    """A function made of another one, its gradient say; compiled in GRAPH_MODE.

    ``how(fn, weights, args, named)`` computes it; ``how.key`` tells ways apart.
    """

    def __init__(
        self, fn: Callable[..., Any], weights: tuple[Parameter, ...], how: Any
    ) -> None:
        self._fn = fn
        self._weights = weights
        self._how = how
        self._compiled: Compiled | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if current() is not None or not context.is_graph_mode() or any_tracer(args):
            return self._how(self._fn, self._weights, args, kwargs)
        if self._compiled is None:
            self._compiled = self._find_compiled()
            if self._compiled is None:
                return self._how(self._fn, self._weights, args, kwargs)
        return self._compiled(*args, **kwargs)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        note_outer_values(self._fn)
        return self._how(self._fn, self._weights, args, kwargs)

    def _find_compiled(self) -> Compiled | None:
        owner, identity = _identity(self._fn)
        key = (identity, tuple(map(Ref, self._weights)), self._how.key)
        known = _by_owner.setdefault(owner, {})
        if key not in known:
            if len(known) >= _MAX_CLOSURES:
                return None
            name = getattr(self._fn, "__qualname__", type(self._fn).__name__)
            known[key] = Compiled(
                self._run,
                name=f"{self._how.what} {name}",
                parameters=lambda: self._weights,
            )
        return known[key]


def _identity(fn: Any) -> tuple[Any, Any]:
    """An object to hang a cache on, and what tells functions of it apart."""
    bound = getattr(fn, "__self__", None)
    inner = getattr(fn, "__func__", fn)
    code = getattr(inner, "__code__", None)
    if code is None:
        return fn, None
    contents = tuple(
        freeze(cell.cell_contents) for cell in inner.__closure__ or () if _filled(cell)
    )
    defaults = freeze(inner.__defaults__)
    return code, (None if bound is None else Ref(bound), contents, defaults)


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


class GradOperation(Watched):
    """Makes gradient functions of networks (mindspore.ops.GradOperation).

    Args:
        get_all: gradients of all Tensor inputs instead of the first one.
        get_by_list: gradients of Parameters (given to the call as ``weights``).
        sens_param: the last argument is the sensitivity of the output; else it is 1.

    Inputs: ``(fn, weights=None)``, a Cell or function and its Parameters.

    Outputs: a function of fn's arguments that returns the gradient of the first input;
        with ``get_all`` a tuple over the inputs; with ``get_by_list`` a tuple over the
        weights; with both, (tuple over inputs, tuple over weights).

    Raises:
        TypeError: an option that is no bool; a sensitivity of another dtype.
        ValueError: a sensitivity of another shape.

    Example:
        >>> grad_fn = GradOperation(get_all=True)(lambda x, y: x * y)
        >>> [float(g) for g in grad_fn(Tensor(3.0), Tensor(4.0))]
        [4.0, 3.0]
    """

    def __init__(
        self,
        get_all: bool = False,
        get_by_list: bool = False,
        sens_param: bool = False,
    ) -> None:
        for name, value in (
            ("get_all", get_all),
            ("get_by_list", get_by_list),
            ("sens_param", sens_param),
        ):
            if not isinstance(value, bool):
                raise TypeError(
                    f"GradOperation: {name} must be a bool, got {type(value).__name__}"
                )
        self.get_all = get_all
        self.get_by_list = get_by_list
        self.sens_param = sens_param

    def __call__(self, fn: Callable[..., Any], weights: Any = None) -> GradientFunction:
        """The gradient function of ``fn``."""
        check_callable(fn)
        if not self.get_by_list:
            chosen: tuple[Parameter, ...] = ()
        elif weights is None:
            chosen = tuple(fn.trainable_params()) if hasattr(fn, "construct") else ()
        else:
            chosen = as_weights(weights)
        single = isinstance(weights, Parameter)
        how = _ByFlags(self.get_all, self.get_by_list, self.sens_param, single)
        return GradientFunction(fn, chosen, how)


class _ByFlags:
    """GradOperation's arrangement of arguments and results."""

    what = "the gradient of"

    def __init__(self, *flags: bool) -> None:
        self.key = ("flags", *flags)
        self.get_all, self.get_by_list, self.sens_param, self.single = flags

    def __call__(
        self,
        fn: Callable[..., Any],
        weights: tuple[Parameter, ...],
        args: tuple[Any, ...],
        named: dict[str, Any],
    ) -> Any:
        sens = None
        if self.sens_param:
            args, sens = _split_sens(args)
        tensors = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        if self.get_all:
            positions = tensors
        elif self.get_by_list:
            positions = []
        else:
            positions = tensors[:1] if tensors[:1] == [0] else []
        _, of_inputs, of_weights = differentiate(
            fn, args, positions=positions, weights=weights, sens=sens, named=named
        )
        inputs: Any = tuple(of_inputs)
        if not self.get_all and not self.get_by_list:
            return inputs[0] if inputs else ()
        by_list = of_weights[0] if self.single else tuple(of_weights)
        if not self.get_by_list:
            return inputs
        return (inputs, by_list) if self.get_all else by_list


def _split_sens(args: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any]:
    if not args:
        raise TypeError(
            "sens_param=True expects the sensitivity as last argument, got no arguments"
        )
    return args[:-1], args[-1]


class _ByPosition:
    """grad's and value_and_grad's arrangement of results."""

    what = "the gradient of"

    def __init__(
        self,
        positions: int | tuple[int, ...] | None,
        weights: Any,
        has_aux: bool,
        return_ids: bool,
        with_value: bool,
        sens_param: bool = False,
    ) -> None:
        self.positions = (positions,) if isinstance(positions, int) else positions
        self.has_weights = weights is not None
        self.single = isinstance(weights, Parameter)
        self.has_aux = has_aux
        self.return_ids = return_ids
        self.with_value = with_value
        self.sens_param = sens_param
        self.key = (
            *("position", self.positions, self.has_weights, self.single),
            *(has_aux, return_ids, with_value, sens_param),
        )

    def __call__(
        self,
        fn: Callable[..., Any],
        weights: tuple[Parameter, ...],
        args: tuple[Any, ...],
        named: dict[str, Any],
    ) -> Any:
        sens = None
        if self.sens_param:
            args, sens = _split_sens(args)
        positions = self.positions or ()
        if len(positions) == 1 and positions[0] < len(args):
            positions = tuple(p for p in positions if isinstance(args[p], Tensor))
        value, of_inputs, of_weights = differentiate(
            fn,
            args,
            positions=positions,
            weights=weights,
            sens=sens,
            has_aux=self.has_aux,
            named=named,
        )
        parts = []
        if self.positions is not None:
            named_grads = list(zip(positions, of_inputs, strict=True))
            parts.append(self._arrange(named_grads, len(self.positions) == 1))
        if self.has_weights:
            named_grads = [
                (p.name, g) for p, g in zip(weights, of_weights, strict=True)
            ]
            parts.append(self._arrange(named_grads, self.single))
        grads = parts[0] if len(parts) == 1 else tuple(parts)
        if self.with_value:
            return value, grads
        return (grads, tuple(value[1:])) if self.has_aux else grads

    def _arrange(self, named: list[tuple[Any, Tensor]], single: bool) -> Any:
        items = named if self.return_ids else [g for _, g in named]
        if single:
            return items[0] if items else ()
        return tuple(items)


def grad(
    fn: Callable[..., Any],
    grad_position: int | tuple[int, ...] | None = 0,
    weights: Any = None,
    has_aux: bool = False,
    return_ids: bool = False,
    sens_param: bool = False,
) -> GradientFunction:
    """A function that computes gradients of ``fn`` (mindspore.grad).

    Args:
        fn: a Cell or a function of Tensors.
        grad_position: index or indices of the inputs to differentiate, or None.
        weights: Parameters to differentiate: a Parameter, list or ParameterTuple.
        has_aux: ``fn`` returns (output, aux...); only the output is differentiated
            and the gradient function returns (gradients, (aux...)).
        return_ids: each gradient comes as (position or Parameter name, gradient).
        sens_param: the last argument is the sensitivity of the output; else it is 1.

    Returns:
        A function of fn's arguments. Its result is one gradient for one position or a
        single Parameter, else a tuple; with positions and weights, a pair of these.

    Raises:
        ValueError: neither position nor weights; a negative or doubled position.
        TypeError: a position that is no int or tuple of ints.

    Example:
        >>> float(grad(lambda x: x * x)(Tensor(3.0)))
        6.0
    """
    how = weights, has_aux, return_ids, False, sens_param
    return _gradient(fn, grad_position, *how)


def value_and_grad(
    fn: Callable[..., Any],
    grad_position: int | tuple[int, ...] | None = 0,
    weights: Any = None,
    has_aux: bool = False,
    return_ids: bool = False,
    sens_param: bool = False,
) -> GradientFunction:
    """A function that computes ``(value, gradients)`` (mindspore.value_and_grad).

    Args:
        fn, grad_position, weights, has_aux, return_ids, sens_param: as in
            :func:`grad`.

    Returns:
        A function of fn's arguments giving (what fn returns, gradients as ``grad``).

    Example:
        >>> value, gradient = value_and_grad(lambda x: x * x)(Tensor(3.0))
        >>> float(value), float(gradient)
        (9.0, 6.0)
    """
    how = weights, has_aux, return_ids, True, sens_param
    return _gradient(fn, grad_position, *how)


def _gradient(
    fn: Callable[..., Any],
    grad_position: Any,
    weights: Any,
    has_aux: bool,
    return_ids: bool,
    with_value: bool,
    sens_param: bool = False,
) -> GradientFunction:
    check_callable(fn)
    if grad_position is None and weights is None:
        raise ValueError("grad: grad_position and weights must not both be None")
    if grad_position is not None:
        check_positions(grad_position)
    chosen = () if weights is None else as_weights(weights)
    how = _ByPosition(
        grad_position, weights, has_aux, return_ids, with_value, sens_param
    )
    return GradientFunction(fn, chosen, how)


def check_callable(fn: Any) -> None:
    if not callable(fn):
        raise TypeError(f"grad: expected a Cell or a function, got {type(fn).__name__}")


def check_positions(positions: Any) -> None:
    items = positions if isinstance(positions, tuple) else (positions,)
    for item in items:
        if isinstance(item, bool) or not isinstance(item, int):
            raise TypeError(
                f"grad: grad_position must be an int or a tuple of ints, got "
                f"{positions!r}"
            )
        if item < 0:
            raise ValueError(f"grad: grad_position must be >= 0, got {item}")
    if len(set(items)) != len(items):
        raise ValueError(f"grad: grad_position {positions} names an input twice")


def as_weights(weights: Any) -> tuple[Parameter, ...]:
    if isinstance(weights, Parameter):
        return (weights,)
    if not isinstance(weights, list | tuple) and not hasattr(weights, "__iter__"):
        raise TypeError(
            "grad: weights must be a Parameter, a list or a ParameterTuple, got "
            f"{type(weights).__name__}"
        )
    return tuple(ParameterTuple(weights))


def get_grad(gradients: Any, identifier: Any) -> Tensor:
    """Find one gradient in a result made with ``return_ids`` (mindspore.get_grad).

    Args:
        gradients: what the gradient function returned.
        identifier: a position, or the Parameter.

    Raises:
        RuntimeError: there is no such gradient.
    """
    wanted = identifier.name if isinstance(identifier, Parameter) else identifier
    if isinstance(gradients, tuple):
        if len(gradients) == 2 and isinstance(gradients[0], int | str):
            if gradients[0] == wanted:
                return gradients[1]
        else:
            for item in gradients:
                try:
                    return get_grad(item, identifier)
                except RuntimeError:
                    continue
    raise RuntimeError(f"get_grad: no gradient for position or Parameter {wanted!r}")
