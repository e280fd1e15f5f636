"""Pooling, one spatial axis after the other.

Maximum and sum over a box are those over its rows, then over the columns of the
results: a window of ``k x k`` costs ``2 k`` slices, on any number of axes.  Going from
the last axis to the first, and taking the earlier of equal values along each, the
maximum is the first one of the window in row-major order, which is where MindSpore
sends the gradient.  The slices fuse with the elementwise operations around them.  Only
the value of max_pool is left to XLA's ``reduce_window`` on GPU and TPU.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cellnet.ops.lowering._geometry import Pads, Size


def _max_value(x: jax.Array, window: Size, stride: Size, padding: Pads) -> jax.Array:
    return lax.platform_dependent(
        x,
        cpu=lambda x: _max_by_axis(x, window, stride, padding),
        default=lambda x: lax.reduce_window(
            x,
            _lowest(x.dtype),
            lax.max,
            (1, 1, *window),
            (1, 1, *stride),
            ((0, 0), (0, 0), *padding),
        ),
    )


_max_pool = jax.custom_jvp(_max_value, nondiff_argnums=(1, 2, 3))


@_max_pool.defjvp
def _max_pool_jvp(window, stride, padding, primals, tangents):
    (x,), (t,) = primals, tangents
    y = _max_pool(x, window, stride, padding)
    pick = functools.partial(
        _pick_first_max, window=window, stride=stride, padding=padding
    )
    # Linear in t.  The checkpoint keeps x for the backward pass and compares again
    # there: on CPU faster than a mask per tap, written and read; smaller everywhere.
    return y, jax.checkpoint(pick, prevent_cse=False)(x, t)


def _max_by_axis(x, window, stride, padding):
    for axis, k, s, pads in _last_axis_first(window, stride, padding):
        x = _max_along(_pad(x, axis, pads, _lowest(x.dtype)), axis, k, s)
    return x


def _max_along(x: jax.Array, axis: int, k: int, s: int) -> jax.Array:
    if x.shape[axis] - k < s:  # one position
        return lax.slice_in_dim(x, 0, k, axis=axis).max(axis, keepdims=True)
    return functools.reduce(jnp.maximum, _taps(x, axis, k, s))


def _pick_first_max(x, t, window, stride, padding):
    """From each window of t, the element where x has its first maximum."""
    for axis, k, s, pads in _last_axis_first(window, stride, padding):
        x, t = _pad(x, axis, pads, _lowest(x.dtype)), _pad(t, axis, pads, 0)
        y = _max_along(x, axis, k, s)
        t = _pick_along(x, y, t, axis, k, s)
        x = y
    return t


def _pick_along(x, y, t, axis: int, k: int, s: int) -> jax.Array:
    if y.shape[axis] == 1:
        first = jnp.argmax(lax.slice_in_dim(x, 0, k, axis=axis), axis, keepdims=True)
        t = lax.slice_in_dim(t, 0, k, axis=axis)
        here = lax.broadcasted_iota(first.dtype, t.shape, axis) == first
        return jnp.where(here, t, 0).sum(axis, keepdims=True)
    picked = jnp.zeros_like(y, dtype=t.dtype)
    taken = jnp.zeros(y.shape, bool)
    taps = zip(_taps(x, axis, k, s), _taps(t, axis, k, s), strict=True)
    for value, tangent in taps:
        hit = (value == y) | (value != value)  # a NaN is its window's maximum
        picked = picked + jnp.where(hit & ~taken, tangent, 0)
        taken |= hit
    return picked


def _lowest(dtype: Any):
    if jnp.issubdtype(dtype, jnp.floating):
        return np.array(-np.inf, dtype)
    return np.array(jnp.iinfo(dtype).min, dtype)


def _avg_value(x, window, stride, padding, count_include_pad):
    total = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    for axis, k, s, pads in _last_axis_first(window, stride, padding):
        total = _sum_along(_pad(total, axis, pads, 0), axis, k, s)
    if count_include_pad:
        return (total / math.prod(window)).astype(x.dtype)
    count = _count_inside(x.shape[2:], window, stride, padding)
    return (total / count.astype(total.dtype)).astype(x.dtype)


def _sum_along(x: jax.Array, axis: int, k: int, s: int) -> jax.Array:
    if x.shape[axis] - k < s:  # one position
        return lax.slice_in_dim(x, 0, k, axis=axis).sum(axis, keepdims=True)
    return functools.reduce(jnp.add, _taps(x, axis, k, s))


def _count_inside(size: Size, window: Size, stride: Size, padding: Pads) -> np.ndarray:
    """How many elements of the input each window holds, a constant of shape P.

    Raises:
        ValueError: a window lies in the padding entirely.
    """
    count = np.ones((), np.int64)
    for n, k, s, (low, high) in zip(size, window, stride, padding, strict=True):
        inside = np.pad(np.ones(n, np.int64), (low, high))
        per_axis = np.lib.stride_tricks.sliding_window_view(inside, k)[::s].sum(-1)
        count = np.multiply.outer(count, per_axis)
    if not count.all():
        raise ValueError(
            f"avg_pool: got padding {padding} for a window {window}, expected every "
            "window to reach the input. Pad less, or set count_include_pad."
        )
    return count


def _last_axis_first(
    window: Size, stride: Size, padding: Pads
) -> Iterator[tuple[int, int, int, tuple[int, int]]]:
    axes = range(2, 2 + len(window))
    boxes = zip(axes, window, stride, padding, strict=True)
    return reversed(list(boxes))


def _taps(x: jax.Array, axis: int, k: int, s: int) -> list[jax.Array]:
    """The j-th element of every window along ``axis``, for each j < k."""
    reach = (x.shape[axis] - k) // s * s + 1
    return [lax.slice_in_dim(x, j, j + reach, s, axis) for j in range(k)]


def _pad(x: jax.Array, axis: int, pads: tuple[int, int], value) -> jax.Array:
    if not any(pads):
        return x
    config = [(0, 0, 0)] * x.ndim
    config[axis] = (*pads, 0)
    return lax.pad(x, jnp.asarray(value, x.dtype), config)


# An eager call is one compiled program; inside another program nothing remains of jit.
maximum = jax.jit(_max_pool, static_argnums=(1, 2, 3), inline=True)
maximum_of_ints = jax.jit(_max_value, static_argnums=(1, 2, 3), inline=True)
average = jax.jit(_avg_value, static_argnums=(1, 2, 3, 4), inline=True)
