"""Convolution as a matrix product with the input's patches (im2col, col2im).

Exact for every shape, dtype and number of groups.  Best while the patches stay in
cache.  A 1x1 kernel needs no copy: its only patch is the input itself.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from cellnet.ops.lowering._geometry import (
    ConvSpec,
    Size,
    add_taps,
    output_size,
    tap_slices,
)
from cellnet.ops.lowering._layout import channels_last

axes = channels_last


def conv(x: jax.Array, w: jax.Array, spec: ConvSpec) -> jax.Array:
    """x ``(N, *S, C)``, w ``(O, C/g, *K)`` -> ``(N, *P, O)``."""
    positions = output_size("conv", x.shape[1:-1], w.shape[2:], *spec[:3])
    columns = _patches(x, w.shape[2:], spec)
    rows = jnp.moveaxis(w, 1, -1).reshape(spec.groups, -1, columns.shape[-1])
    y = _product(columns, rows, contract=2)  # (G, N * P, O / G)
    return jnp.moveaxis(y, 0, 1).reshape(x.shape[0], *positions, w.shape[0])


def input_grad(c: jax.Array, w: jax.Array, spec: ConvSpec, size: Size) -> jax.Array:
    """c ``(N, *P, O)``, w ``(O, C/g, *K)`` -> ``(N, *size, C)``."""
    kernel, taps = w.shape[2:], math.prod(w.shape[2:])
    rows = w.reshape(spec.groups, -1, w.shape[1], taps)  # (G, O / G, C / G, K)
    rows = rows.transpose(0, 3, 2, 1).reshape(spec.groups, -1, rows.shape[1])
    columns = _product(_groups(c, spec), rows, contract=2)  # (G, N * P, K * C / G)
    columns = columns.reshape(spec.groups, -1, taps, w.shape[1])
    columns = jnp.moveaxis(columns, 0, 2)  # (N * P, K, G, C / G)
    columns = columns.reshape(*c.shape[:-1], taps, spec.groups * w.shape[1])
    return add_taps(lambda tap: columns[..., tap, :], size, kernel, spec)


def weight_grad(x: jax.Array, c: jax.Array, spec: ConvSpec, kernel: Size) -> jax.Array:
    """x ``(N, *S, C)``, c ``(N, *P, O)`` -> ``(O, C/g, *kernel)``."""
    columns = _patches(x, kernel, spec)
    dw = _product(_groups(c, spec), columns, contract=1)  # (G, O / G, K * C / G)
    dw = dw.reshape(c.shape[-1], *kernel, x.shape[-1] // spec.groups)
    return jnp.moveaxis(dw, -1, 1)


def _patches(x: jax.Array, kernel: Size, spec: ConvSpec) -> jax.Array:
    """``(G, N * P, K * C / G)``: what each output position sees."""
    pieces = [_groups(piece, spec) for piece in tap_slices(x, kernel, spec)]
    return pieces[0] if len(pieces) == 1 else jnp.concatenate(pieces, axis=-1)


def _groups(a: jax.Array, spec: ConvSpec) -> jax.Array:
    """Channels-last data as ``(G, rows, channels of one group)``."""
    rows = a.reshape(-1, spec.groups, a.shape[-1] // spec.groups)
    return jnp.moveaxis(rows, 1, 0)


def _product(a: jax.Array, b: jax.Array, contract: int) -> jax.Array:
    """Matrix product of each group, over axis ``contract`` of both."""
    if a.shape[0] > 1:
        return lax.dot_general(a, b, (((contract,), (contract,)), ((0,), (0,))))
    contracted = ((contract - 1,), (contract - 1,))
    return lax.dot_general(a[0], b[0], (contracted, ((), ())))[None]
