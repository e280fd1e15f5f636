"""Hooks on gradients that pass through a Cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from cellnet.tensor import Tensor

Hook = Callable[[Any, tuple[Tensor, ...], tuple[Tensor, ...]], Any]


def call_with_hook(cell: Any, hook: Hook, fn: Callable[..., Any], *args: Any) -> Any:
    """``fn(*args)``, where ``hook`` sees, and may replace, the gradients of ``args``.

    Two identities do it: the one behind ``fn`` remembers the gradients that come, the
    one before it calls the hook when those of the inputs are there.
    """
    seen: list[Any] = []
    places = [i for i, value in enumerate(args) if isinstance(value, Tensor)]

    def remember(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        seen[:] = gradients
        return gradients

    def ask(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        inputs = tuple(map(Tensor._wrap, gradients))
        outputs = tuple(map(Tensor._wrap, seen))
        changed = hook(cell, inputs, outputs)
        if changed is None:
            return gradients
        changed = changed if isinstance(changed, tuple | list) else (changed,)
        return tuple(value._value for value in changed)

    values = _identity(ask)(*(args[i]._value for i in places))
    inputs = list(args)
    for i, value in zip(places, values, strict=True):
        inputs[i] = Tensor._wrap(value)
    outputs = fn(*inputs)
    if isinstance(outputs, Tensor):
        return Tensor._wrap(_identity(remember)(outputs._value)[0])
    if isinstance(outputs, tuple) and all(isinstance(o, Tensor) for o in outputs):
        values = _identity(remember)(*(o._value for o in outputs))
        return tuple(map(Tensor._wrap, values))
    return outputs


def _identity(
    backward: Callable[[tuple[Any, ...]], tuple[Any, ...]],
) -> Callable[..., tuple[Any, ...]]:
    """A function that gives its arrays back, their gradients going by ``backward``."""

    @jax.custom_vjp
    def identity(*values: Any) -> tuple[Any, ...]:
        return values

    identity.defvjp(
        lambda *values: (values, None), lambda _, gradients: backward(gradients)
    )
    return identity
