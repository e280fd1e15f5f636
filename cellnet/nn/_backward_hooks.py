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
    seen: tuple[Any, ...] = ()
    places = [i for i, value in enumerate(args) if isinstance(value, Tensor)]

    def remember(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        nonlocal seen
        seen = gradients
        return gradients

    def ask(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        return _changed(hook(cell, _tensors(gradients), _tensors(seen)), gradients)

    values = _identity(ask)(*(args[i]._value for i in places))
    inputs = list(args)
    for i, value in zip(places, values, strict=True):
        inputs[i] = Tensor._wrap(value)
    return _behind(fn(*inputs), remember)


def call_with_pre_hook(
    cell: Any, hook: Callable[..., Any], fn: Callable[..., Any], *args: Any
) -> Any:
    """``fn(*args)``; ``hook`` sees, and may replace, the gradients of the outputs."""

    def ask(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        return _changed(hook(cell, _tensors(gradients)), gradients)

    return _behind(fn(*args), ask)


def _behind(outputs: Any, backward: Callable[..., Any]) -> Any:
    """The outputs, a Tensor or a tuple of them, their gradients by ``backward``."""
    if isinstance(outputs, Tensor):
        return Tensor._wrap(_identity(backward)(outputs._value)[0])
    if isinstance(outputs, tuple) and all(isinstance(o, Tensor) for o in outputs):
        return _tensors(_identity(backward)(*(o._value for o in outputs)))
    return outputs


def _tensors(arrays: tuple[Any, ...]) -> tuple[Tensor, ...]:
    return tuple(map(Tensor._wrap, arrays))


def _changed(answer: Any, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arrays of what a hook gave, or the gradients as they were."""
    if answer is None:
        return gradients
    answer = answer if isinstance(answer, tuple | list) else (answer,)
    return tuple(value._value for value in answer)


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
