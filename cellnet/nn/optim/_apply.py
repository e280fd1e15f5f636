"""One step of an optax transformation whose state lives in Parameters."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


def apply_transform(
    transform: optax.GradientTransformation,
    state: Any,
    parameters: Any,
    gradients: Any,
    *,
    widen: bool,
    **extra_args: Any,
) -> None:
    """Update ``parameters`` and ``state`` in place by ``transform``.

    Args:
        transform: its updates are added to the Parameters.
        state: a tree of Parameters, of the structure of the transform's state.
        parameters: a tree of Parameters.
        gradients: a tree of arrays like ``parameters``.
        widen: compute in float32 where values are float16 or bfloat16; they are
            stored in their own type either way.
        **extra_args: what the transform takes besides, such as ``value``.
    """

    def read(parameter: Parameter) -> Any:
        return widened(parameter._value) if widen else parameter._value

    values = jax.tree.map(read, parameters)
    updates, new_state = transform.update(
        gradients, jax.tree.map(read, state), values, **extra_args
    )
    new_values = optax.apply_updates(values, updates)
    _write((parameters, state), (new_values, new_state), given=gradients)


def widened(value: Any) -> Any:
    """``value`` in float32 if it is a float of 16 bits."""
    is_half = jnp.issubdtype(value.dtype, jnp.floating) and value.dtype.itemsize == 2
    return value.astype(jnp.float32) if is_half else value


def _write(targets: Any, values: Any, *, given: Any) -> None:
    """Give each Parameter its new value, alone in its buffer and in its own type."""
    parameters, structure = jax.tree.flatten(targets)
    taken = {id(leaf) for leaf in jax.tree.leaves(given)}
    for parameter, value in zip(
        parameters, structure.flatten_up_to(values), strict=True
    ):
        value = jnp.asarray(value).astype(parameter._value.dtype)
        if id(value) in taken:  # a transform may hand out what it was given
            value = jnp.array(value, copy=True)
        taken.add(id(value))
        parameter._value = value


def check_gradients(owner: Cell, gradients: Any, parameters: Any) -> tuple[Any, ...]:
    """The arrays of ``gradients``, one for each Parameter.

    Raises:
        TypeError: no tuple or list of Tensors.
        RuntimeError: another number of them.
        ValueError: a gradient of another shape than its Parameter.
    """
    name = type(owner).__name__
    if not isinstance(gradients, tuple | list):
        raise TypeError(
            f"{name}: expected a tuple of gradients, one for each of its "
            f"{len(parameters)} parameters, got {type(gradients).__name__}"
        )
    if len(gradients) != len(parameters):
        raise RuntimeError(
            f"{name}: got {len(gradients)} gradients for {len(parameters)} parameters; "
            "differentiate with respect to optimizer.parameters"
        )
    for gradient, parameter in zip(gradients, parameters, strict=True):
        if not isinstance(gradient, Tensor):
            raise TypeError(
                f"{name}: the gradient of {parameter.name!r} must be a Tensor, got "
                f"{type(gradient).__name__}"
            )
        if gradient.shape != parameter.shape:
            raise ValueError(
                f"{name}: the gradient of {parameter.name!r} has shape "
                f"{gradient.shape}, the parameter {parameter.shape}"
            )
    return tuple(gradient._value for gradient in gradients)
