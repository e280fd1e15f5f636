"""From functions on arrays to functions on Tensors.

Every operation of cellnet is written once, on raw jax arrays, and decorated with
:func:`op`; ``primitive.py`` makes the ``ops.ReLU()`` objects from the same definition.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.dtype import Type
from cellnet.ops._precision import current
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


def op(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Let ``fn`` (arrays in, arrays out) take and give Tensors.

    Tensors inside tuples, lists and dicts are seen too; arrays in the result become
    Tensors, everything else stays.  A result that is an argument's own array is copied
    if that argument is a Parameter, whose buffer must not be shared.
    """

    @functools.wraps(fn)
    def on_tensors(*args: Any, **kwargs: Any) -> Any:
        values = [raw(a) for a in args]
        named = {name: raw(a) for name, a in kwargs.items()} if kwargs else kwargs
        rules = current.rules
        if rules is None:
            result = fn(*values, **named)
        else:
            own = [isinstance(a, Parameter) for a in args]
            result = rules.call(fn, values, named, own)
        if isinstance(result, jax.Array):
            for arg in args:
                if isinstance(arg, Parameter) and arg._value is result:
                    result = jnp.array(result, copy=True)
            return Tensor._wrap(result)
        return wrapped(result)

    on_tensors.on_arrays = fn  # type: ignore[attr-defined]
    return on_tensors


def raw(value: Any) -> Any:
    """Arrays in the place of Tensors; a Type becomes its NumPy dtype."""
    if isinstance(value, Tensor):
        return value._value
    if isinstance(value, Type):
        return value.np_dtype
    if isinstance(value, list | tuple) and not isinstance(value, str):
        items = [raw(item) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def wrapped(value: Any) -> Any:
    """Tensors in the place of arrays."""
    if isinstance(value, jax.Array):
        return Tensor._wrap(value)
    if isinstance(value, tuple | list):
        items = [wrapped(item) for item in value]
        if hasattr(value, "_fields"):  # a namedtuple, such as the result of svd
            return tuple(items)
        return type(value)(items)
    return value
