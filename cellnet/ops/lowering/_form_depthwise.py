"""Convolution whose groups have one input channel each: a sum over kernel taps.

Nothing to multiply as matrices: each tap is one elementwise product of a shifted input
with a row of the kernel.  Output channels ``O = C * M`` are handled as ``(C, M)``.
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp

from cellnet.ops.lowering._geometry import ConvSpec, Size, add_taps, tap_slices
from cellnet.ops.lowering._layout import channels_last

axes = channels_last


def conv(x: jax.Array, w: jax.Array, spec: ConvSpec) -> jax.Array:
    """x ``(N, *S, C)``, w ``(C * M, 1, *K)`` -> ``(N, *P, C * M)``."""
    rows = _rows(w, spec)
    pieces = tap_slices(x, w.shape[2:], spec)
    products = (p[..., None] * row for p, row in zip(pieces, rows, strict=True))
    y = functools.reduce(jnp.add, products)  # (N, *P, C, M)
    return y.reshape(*y.shape[:-2], -1)


def input_grad(c: jax.Array, w: jax.Array, spec: ConvSpec, size: Size) -> jax.Array:
    """c ``(N, *P, C * M)``, w ``(C * M, 1, *K)`` -> ``(N, *size, C)``."""
    rows = _rows(w, spec)
    c = c.reshape(*c.shape[:-1], *rows.shape[1:])
    return add_taps(lambda tap: (c * rows[tap]).sum(-1), size, w.shape[2:], spec)


def weight_grad(x: jax.Array, c: jax.Array, spec: ConvSpec, kernel: Size) -> jax.Array:
    """x ``(N, *S, C)``, c ``(N, *P, C * M)`` -> ``(C * M, 1, *kernel)``."""
    c = c.reshape(*c.shape[:-1], spec.groups, -1)
    rows = tuple(range(c.ndim - 2))
    taps = [(piece[..., None] * c).sum(rows) for piece in tap_slices(x, kernel, spec)]
    return jnp.stack(taps, axis=-1).reshape(-1, 1, *kernel)


def _rows(w: jax.Array, spec: ConvSpec) -> jax.Array:
    """``(K, C, M)``: the kernel, one row per tap."""
    rows = w.reshape(spec.groups, -1, math.prod(w.shape[2:]))
    return jnp.moveaxis(rows, -1, 0)
