"""What operations share: operands made alike, dtypes promoted as MindSpore does.

JAX and MindSpore promote Tensors alike.  They differ in Python numbers: an int Tensor
times 1.5 is Float32 in MindSpore, whatever the width of the int.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from cellnet.dtype import to_numpy
from cellnet.ops._op import op
from cellnet.tensor import as_array

_NUMBERS = (bool, int, float, complex)


def array(owner: str, value: Any) -> Any:
    """``value`` as a strongly typed array: an array, a number, a list or a tuple.

    Raises:
        TypeError: something else, NumPy arrays included, as MindSpore refuses them.
    """
    if isinstance(value, jax.Array):
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (*_NUMBERS, list, tuple)):
        return as_array(value)
    hint = "; wrap it: Tensor(array)" if isinstance(value, np.ndarray) else ""
    raise TypeError(
        f"{owner}: expected a Tensor or a number, got {type(value).__name__}{hint}"
    )


def array_only(owner: str, value: Any) -> Any:
    """``value`` if it came as a Tensor; numbers are refused.

    Raises:
        TypeError: anything else.
    """
    if isinstance(value, jax.Array):
        return value
    raise TypeError(f"{owner}: expected a Tensor, got {type(value).__name__}")


def floats_only(owner: str, value: Any) -> Any:
    """``value`` if it came as a float Tensor, or a number.

    Raises:
        TypeError: a Tensor of ints or bools, or no Tensor.
    """
    x = array(owner, value)
    if x.dtype.kind in "biu":
        raise TypeError(f"{owner}: expected floats, got {x.dtype}; cast to Float32")
    return x


def operands(owner: str, x: Any, y: Any) -> tuple[Any, Any]:
    """Two operands, at least one an array, the other perhaps a weak Python number.

    Raises:
        TypeError: an operand that is no Tensor, number or list of numbers.
    """
    if isinstance(x, jax.Array):
        if not isinstance(y, jax.Array):
            y = _beside(owner, y, x.dtype)
    elif isinstance(y, jax.Array):
        x = _beside(owner, x, y.dtype)
    else:
        x = array(owner, x)
        y = _beside(owner, y, x.dtype)
    return x, y


def _beside(owner: str, value: Any, dtype: np.dtype) -> Any:
    """A non-array operand next to an array of ``dtype``."""
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, _NUMBERS):
        return array(owner, value)
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, float) and dtype.kind in "biu":
        return np.float32(value)
    if isinstance(value, int):
        if dtype.kind == "b":
            return to_numpy(int).type(value)
        if dtype.kind in "iu":
            # numbers beyond the type wrap around, as in MindSpore
            bits = 8 * dtype.itemsize
            value &= (1 << bits) - 1
            if dtype.kind == "i" and value >> (bits - 1):
                value -= 1 << bits
    return value


def binary(
    name: str, fn: Callable[[Any, Any], Any], summary: str
) -> Callable[..., Any]:
    """The operation ``fn`` of two Tensors or numbers, broadcast against each other."""

    def compute(input: Any, other: Any) -> Any:
        x, y = operands(name, input, other)
        try:
            return fn(x, y)
        except (TypeError, ValueError) as error:
            raise explained(name, x, y, error) from error

    return _named(compute, name, summary)


def explained(name: str, x: Any, y: Any, error: Exception) -> Exception:
    """MindSpore's ValueError where two shapes do not broadcast, else ``error``."""
    shapes = np.shape(x), np.shape(y)
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return ValueError(
            f"{name}: shapes {shapes[0]} and {shapes[1]} cannot be broadcast against "
            "each other; lengths must be equal or 1, counted from the last axis"
        )
    return type(error)(f"{name}: {error}") if type(error) is TypeError else error


def unary(
    name: str, fn: Callable[[Any], Any], summary: str, *, inexact: bool = False
) -> Callable[..., Any]:
    """The operation ``fn`` of each element; ``inexact``: of ints as Float32."""
    # An eager call is one compiled program; inside another nothing remains of jit.
    run = jax.jit(fn, inline=True)

    def compute(input: Any) -> Any:
        x = array(name, input)
        return run(floating(x) if inexact else x)

    return _named(compute, name, summary)


def _named(compute: Callable[..., Any], name: str, summary: str) -> Callable[..., Any]:
    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} (mindspore.ops.{name})"
    return op(compute)


def floating(x: Any) -> Any:
    """``x`` itself, or as Float32 if it holds integers or bools."""
    return x.astype(np.float32) if x.dtype.kind in "biu" else x


def plain(value: Any) -> Any:
    """Concrete arrays, also inside tuples, as Python numbers and tuples.

    Axes, shapes and sizes are constants of a compiled program; reading a traced array
    here raises JAX's ConcretizationTypeError.
    """
    if isinstance(value, tuple | list):
        return tuple(plain(item) for item in value)
    if isinstance(value, jax.Array | np.ndarray):
        if isinstance(value, Tracer):
            # only a single number has an error of JAX's that names the user's line
            return int(value) if value.ndim == 0 else tuple(int(v) for v in value)
        return plain(value.tolist())
    return value.item() if isinstance(value, np.generic) else value


def dtype_or(dtype: Any, default: Any) -> np.dtype:
    """The NumPy dtype of a dtype argument that may be left out."""
    return to_numpy(default if dtype is None else dtype)


def index_dtype() -> np.dtype:
    """The dtype of indices: Int64, or Int32 while ``jax_enable_x64`` is off."""
    return to_numpy(np.int64)


def spelled(**names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Accept other spellings of keyword arguments.

    MindSpore's releases name the same argument ``axis`` or ``dim`` and ``keep_dims``,
    ``keepdims`` or ``keepdim``; programs of all of them are to run.

    Args:
        **names: other spelling -> the function's own.
    """

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs:
                kwargs = {names.get(key, key): v for key, v in kwargs.items()}
            return fn(*args, **kwargs)

        return call

    return decorate


def promoted(arrays: Any) -> list[Any]:
    """Arrays cast to their common dtype."""
    dtype = functools.reduce(jnp.promote_types, (x.dtype for x in arrays))
    return [x.astype(dtype) for x in arrays]
