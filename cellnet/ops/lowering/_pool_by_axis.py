"""Pooling, one spatial axis after the other.

Maximum and sum over a box are those over its rows, then over the columns of the
results: a window of ``k x k`` costs ``2 k`` slices, on any number of axes.  Going from
the last spatial axis to the first, and taking the earlier of equal values along each,
the maximum is the first one of the window in row-major order, which is where MindSpore
sends the gradient.

Functions of data with its axes in any order: ``Box`` says which ones are windowed.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cellnet.ops.lowering._geometry import Pads, Size


class Box(NamedTuple):
    """Sliding windows: the entries belong to the spatial axes, in row-major order."""

    window: Size
    stride: Size
    padding: Pads
    axes: tuple[int, ...]

    def last_first(self) -> list[Line]:
        lines = map(Line, self.axes, self.window, self.stride, self.padding)
        return list(lines)[::-1]


class Line(NamedTuple):
    """Windows of ``k`` elements, ``s`` apart, along one axis."""

    axis: int
    k: int
    s: int
    padding: tuple[int, int]


def maximum(x: jax.Array, box: Box) -> jax.Array:
    """The largest of each window; NaN where one is in it."""
    for line in box.last_first():
        x = _largest(_pad(x, line, _lowest(x.dtype)), line)
    return x


def pick(x: jax.Array, t: jax.Array, box: Box) -> jax.Array:
    """From each window of t, the element where x has its first maximum."""
    for line, padded, y in _levels(x, box):
        t = _pick_along(padded, y, _pad(t, line, 0), line)
    return t


def place(x: jax.Array, c: jax.Array, box: Box) -> jax.Array:
    """Each c where x has the first maximum of its window: the transpose of ``pick``."""
    for line, padded, y in reversed(list(_levels(x, box))):
        c = _crop(_place_along(padded, y, c, line), line)
    return c


def total(x: jax.Array, box: Box) -> jax.Array:
    """The sum of each window."""
    for line in box.last_first():
        x = _pad(x, line, 0)
        if _one_position(x.shape[line.axis], line):
            x = _first_window(x, line).sum(line.axis, keepdims=True)
        else:
            x = functools.reduce(operator.add, _taps(x, line))
    return x


def spread(c: jax.Array, box: Box, size: Size) -> jax.Array:
    """Each c on all of its window: the transpose of ``total``."""
    for line, n in zip(reversed(box.last_first()), size, strict=True):
        n += sum(line.padding)
        if c.shape[line.axis] == 1:
            shape = (*c.shape[: line.axis], line.k, *c.shape[line.axis + 1 :])
            c = _extend(jnp.broadcast_to(c, shape), line, n)
        else:
            c = _untap([c] * line.k, line, n)
        c = _crop(c, line)
    return c


def _levels(x, box: Box) -> Iterator[tuple[Line, jax.Array, jax.Array]]:
    """Per axis: what its windows slide over, and their maxima."""
    for line in box.last_first():
        padded = _pad(x, line, _lowest(x.dtype))
        x = _largest(padded, line)
        yield line, padded, x


def _largest(x: jax.Array, line: Line) -> jax.Array:
    if _one_position(x.shape[line.axis], line):
        return _first_window(x, line).max(line.axis, keepdims=True)
    return functools.reduce(jnp.maximum, _taps(x, line))


def _pick_along(x, y, t, line: Line) -> jax.Array:
    if _one_position(x.shape[line.axis], line):
        t = _first_window(t, line)
        return jnp.where(_is_first(x, line), t, 0).sum(line.axis, keepdims=True)
    pieces = (
        jnp.where(hit, tangent, 0)
        for hit, tangent in zip(_hits(x, y, line), _taps(t, line), strict=True)
    )
    return functools.reduce(operator.add, pieces)


def _place_along(x, y, c, line: Line) -> jax.Array:
    n = x.shape[line.axis]
    if _one_position(n, line):
        return _extend(jnp.where(_is_first(x, line), c, 0), line, n)
    return _untap([jnp.where(hit, c, 0) for hit in _hits(x, y, line)], line, n)


def _hits(x, y, line: Line) -> Iterator[jax.Array]:
    """For each place in the window: is it that of the first maximum?"""
    taken = jnp.zeros(y.shape, bool)
    for value in _taps(x, line):
        hit = (value == y) | (value != value)  # a NaN is its window's maximum
        yield hit & ~taken
        taken |= hit


def _is_first(x, line: Line) -> jax.Array:
    x = _first_window(x, line)
    first = jnp.argmax(x, line.axis, keepdims=True)
    return lax.broadcasted_iota(first.dtype, x.shape, line.axis) == first


def _taps(x: jax.Array, line: Line) -> list[jax.Array]:
    """The j-th element of every window, for each j < k."""
    axis, k, s, _ = line
    reach = (x.shape[axis] - k) // s * s + 1
    return [lax.slice_in_dim(x, j, j + reach, s, axis) for j in range(k)]


def _untap(taps: list[jax.Array], line: Line, n: int) -> jax.Array:
    """The transpose of ``_taps``, for ``n`` elements.

    Element ``q s + r`` of a window is ``q`` steps further in phase ``r`` of the result:
    shifted sums, then the phases interleaved.  Padding between elements would be
    shorter to write, and keeps XLA from running along rows.
    """
    axis, k, s, _ = line
    shifts = -(-k // s)
    phases = []
    for r in range(s):
        pieces = [
            _pad_axis(taps[q * s + r], axis, (q, shifts - 1 - q), 0)
            for q in range(shifts)
            if q * s + r < k
        ]
        zero = () if pieces else (jnp.zeros_like(phases[0]),)
        phases.append(functools.reduce(operator.add, (*pieces, *zero)))
    whole = jnp.stack(phases, axis + 1)
    shape = whole.shape
    whole = whole.reshape(*shape[:axis], -1, *shape[axis + 2 :])
    return _extend(
        lax.slice_in_dim(whole, 0, min(n, whole.shape[axis]), axis=axis), line, n
    )


def _one_position(n: int, line: Line) -> bool:
    return n - line.k < line.s


def _first_window(x: jax.Array, line: Line) -> jax.Array:
    return lax.slice_in_dim(x, 0, line.k, axis=line.axis)


def _extend(x: jax.Array, line: Line, n: int) -> jax.Array:
    return _pad_axis(x, line.axis, (0, n - x.shape[line.axis]), 0)


def _crop(x: jax.Array, line: Line) -> jax.Array:
    low, high = line.padding
    return lax.slice_in_dim(x, low, x.shape[line.axis] - high, axis=line.axis)


def _pad(x: jax.Array, line: Line, value) -> jax.Array:
    return _pad_axis(x, line.axis, line.padding, value)


def _pad_axis(x: jax.Array, axis: int, pads: tuple[int, int], value) -> jax.Array:
    if not any(pads):
        return x
    config = [(0, 0, 0)] * x.ndim
    config[axis] = (*pads, 0)
    return lax.pad(x, jnp.asarray(value, x.dtype), config)


def _lowest(dtype: Any):
    if jnp.issubdtype(dtype, jnp.floating):
        return np.array(-np.inf, dtype)
    return np.array(jnp.iinfo(dtype).min, dtype)
