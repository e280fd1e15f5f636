"""Tensors made from data, shapes and numbers.

Floats are Float32 and ints Int32 here, unless a dtype says something else.
"""

from __future__ import annotations

import operator
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool, check_int, check_number, check_shape
from cellnet.dtype import float32
from cellnet.numpy._shared import axis_in, cast, dtype_of, tensor, wide
from cellnet.ops._arrays import plain
from cellnet.ops._op import op


def _shape(owner: str, shape: Any) -> tuple[int, ...]:
    return check_shape(owner, plain(shape))


@op
def array(obj: Any, dtype: Any = None, copy: bool = True, ndmin: int = 0) -> Any:
    """A Tensor of the data (mindspore.numpy.array).

    Args:
        obj: a Tensor, number, list or tuple.
        dtype: of the result, by default that of the data.
        copy: without effect; Tensors do not share what they hold.
        ndmin: number of axes at least; those that lack come first.

    Raises:
        TypeError: other data, such as NumPy arrays; no data type.
        ValueError: rows of different lengths.

    Example:
        >>> array([[1, 2]], ndmin=3).shape
        (1, 1, 2)
    """
    del copy
    x = cast(tensor("array", obj), dtype)
    return x.reshape((1,) * (check_int("array", "ndmin", ndmin) - x.ndim) + x.shape)


@op
def asarray(a: Any, dtype: Any = None) -> Any:
    """A Tensor of the data (mindspore.numpy.asarray)."""
    return cast(tensor("asarray", a), dtype)


@op
def asfarray(a: Any, dtype: Any = float32) -> Any:
    """A Tensor of floats; any other dtype means Float32 (mindspore.numpy.asfarray)."""
    kind = dtype_of(dtype, np.float32)
    kind = kind if kind in (np.float16, np.float64) else np.dtype(np.float32)
    return tensor("asfarray", a).astype(kind)


@op
def copy(a: Any) -> Any:
    """Another Tensor of the same values (mindspore.numpy.copy)."""
    return jnp.array(tensor("copy", a), copy=True)


def _filled(name: str, fn: Any, summary: str) -> tuple[Any, Any]:
    def of_shape(shape: Any, dtype: Any = float32) -> Any:
        return fn(_shape(name, shape), dtype_of(dtype))

    def like(a: Any, dtype: Any = None, shape: Any = None) -> Any:
        x = tensor(f"{name}_like", a)
        own = x.shape if shape is None else _shape(f"{name}_like", shape)
        return fn(own, dtype_of(dtype, x.dtype))

    of_shape.__name__, like.__name__ = name, f"{name}_like"
    of_shape.__doc__ = f"{summary}, Float32 by default (mindspore.numpy.{name})"
    like.__doc__ = f"{summary}, in the shape of another (mindspore.numpy.{name}_like)"
    return op(of_shape), op(like)


ones, ones_like = _filled("ones", jnp.ones, "A Tensor of ones")
zeros, zeros_like = _filled("zeros", jnp.zeros, "A Tensor of zeros")
# a value that nobody set would make two runs differ
empty, _empty_like = _filled("empty", jnp.zeros, "A Tensor of zeros")


def empty_like(prototype: Any, dtype: Any = None, shape: Any = None) -> Any:
    """A Tensor of zeros, in the shape of another (mindspore.numpy.empty_like)."""
    return _empty_like(prototype, dtype, shape)


def _full(owner: str, shape: tuple[int, ...], value: Any, dtype: Any) -> Any:
    x = tensor(owner, value)
    try:
        return jnp.broadcast_to(x, shape).astype(dtype_of(dtype, x.dtype))
    except ValueError:
        raise ValueError(
            f"{owner}: a value of shape {x.shape} cannot fill the shape {shape}"
        ) from None


@op
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """A value broadcast to a shape (mindspore.numpy.full).

    Raises:
        TypeError: a shape or value of another kind.
        ValueError: a negative length, or a value that does not fit.
    """
    return _full("full", _shape("full", shape), fill_value, dtype)


@op
def full_like(a: Any, fill_value: Any, dtype: Any = None, shape: Any = None) -> Any:
    """A value in the shape and dtype of another Tensor (mindspore.numpy.full_like)."""
    x = tensor("full_like", a)
    own = x.shape if shape is None else _shape("full_like", shape)
    return _full("full_like", own, fill_value, dtype_of(dtype, x.dtype))


@op
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """start, start + step, ... below stop (mindspore.numpy.arange).

    Returns:
        1-d Tensor: Int32 if all are ints, else Float32.

    Raises:
        TypeError: no number.
        ValueError: a step of 0.

    Example:
        >>> arange(1, 6, 2).tolist()
        [1, 3, 5]
    """
    start, stop, step = plain((start, stop, step))
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    start, stop, step = (
        int(value) if isinstance(value, bool) else check_number("arange", name, value)
        for name, value in (("start", start), ("stop", stop), ("step", step))
    )
    if step == 0:
        raise ValueError("arange: step must not be 0")
    exact = all(isinstance(value, int) for value in (start, stop, step))
    # Python's types mean what they mean in NumPy here, and here only
    dtype = np.dtype(dtype) if dtype in (int, float) else dtype
    return jnp.arange(
        start, stop, step, dtype_of(dtype, np.int32 if exact else np.float32)
    )


def _spaced(
    owner: str, start: Any, stop: Any, num: Any, endpoint: Any, axis: Any
) -> tuple[Any, Any]:
    """(evenly spaced numbers along an axis, the step)."""
    num = check_int(owner, "num", plain(num), minimum=1)
    check_bool(owner, "endpoint", endpoint)
    start, stop = wide(tensor(owner, start)), wide(tensor(owner, stop))
    ndim = max(start.ndim, stop.ndim) + 1
    return jnp.linspace(
        start, stop, num, endpoint, True, axis=axis_in(owner, axis, ndim)
    )


@op
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``num`` Float32 numbers from start to stop (mindspore.numpy.linspace).

    Args:
        start, stop: numbers or Tensors, broadcast against each other.
        num: how many, >= 1.
        endpoint: whether stop is the last one.
        retstep: give (numbers, step).
        dtype: of the numbers.
        axis: where the new axis goes.
    """
    result, step = _spaced("linspace", start, stop, num, endpoint, axis)
    result = cast(result, dtype)
    return (result, step) if retstep else result


@op
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``base`` to evenly spaced powers (mindspore.numpy.logspace)."""
    base = check_number("logspace", "base", plain(base))
    powers, _ = _spaced("logspace", start, stop, num, endpoint, axis)
    return cast(jnp.power(jnp.asarray(base, powers.dtype), powers), dtype)


@op
def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``num`` numbers, each the same multiple of the one before (mindspore.numpy)."""
    start, stop = wide(tensor("geomspace", start)), wide(tensor("geomspace", stop))
    powers, _ = _spaced(
        "geomspace", jnp.zeros_like(stop), jnp.log(stop / start), num, endpoint, axis
    )
    start = jnp.broadcast_to(start, jnp.broadcast_shapes(start.shape, stop.shape))
    along = axis_in("geomspace", axis, powers.ndim)
    return cast(jnp.expand_dims(start, along) * jnp.exp(powers), dtype)


@op
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = float32) -> Any:
    """Ones on the k-th diagonal of an (N, M) Tensor, M = N by default.

    (mindspore.numpy.eye)
    """
    rows = check_int("eye", "N", plain(N), minimum=0)
    columns = rows if M is None else check_int("eye", "M", plain(M), minimum=0)
    return jnp.eye(rows, columns, check_int("eye", "k", k), dtype_of(dtype))


@op
def identity(n: int, dtype: Any = float32) -> Any:
    """Ones on the diagonal of an (n, n) Tensor (mindspore.numpy.identity)."""
    return eye.on_arrays(n, None, 0, dtype)


@op
def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float32) -> Any:
    """Ones at and below the k-th diagonal of an (N, M) Tensor (mindspore.numpy.tri)."""
    rows = check_int("tri", "N", plain(N), minimum=0)
    columns = rows if M is None else check_int("tri", "M", plain(M), minimum=0)
    return jnp.tri(rows, columns, operator.index(k), dtype_of(dtype))


def _window(name: str, fn: Any, summary: str) -> Any:
    def compute(M: int) -> Any:
        return fn(max(check_int(name, "M", plain(M)), 0)).astype(np.float32)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} of M points, Float32 (mindspore.numpy.{name})"
    return op(compute)


bartlett = _window("bartlett", jnp.bartlett, "Bartlett's window, a triangle,")
blackman = _window("blackman", jnp.blackman, "Blackman's window")
hamming = _window("hamming", jnp.hamming, "Hamming's window")
hanning = _window("hanning", jnp.hanning, "Von Hann's window")
