"""Convolution on the CPU backend: which form runs a given shape.

XLA:CPU has fast kernels for matrix products, and for convolutions in one canonical
form.  It brings other convolutions to that form only outside loops: inside
``lax.scan`` a plain convolution, and any gradient of one, becomes a naive loop, up to
55 times slower (jax-ml/jax#12868).  So each pass is stated here as what is fast, and
runs the same inside a loop and outside.

A form is a module with three passes, on data of at least 32 bits in the order of its
``axes``.  All three passes of a convolution take the same form, so that the order of
their data, which ``_layout`` is about, agrees.  ``benchmarks/conv_forms.py`` measures
the forms; the constants below come from its tables.
"""

from __future__ import annotations

import math
from types import ModuleType

import jax
import jax.numpy as jnp

from cellnet.ops.lowering import (
    _form_canonical,
    _form_depthwise,
    _form_patches,
    _form_tiles,
)
from cellnet.ops.lowering._geometry import ConvSpec, Size, output_size
from cellnet.ops.lowering._layout import FEW_CHANNELS, restore

# Patches up to this size are still in cache when the matrix product reads them; beyond
# it the product waits for memory, and the canonical form, which packs as it goes, wins.
PATCHES_BYTES = 4 * 2**20
# Of a strided convolution they pay longer: its canonical input gradient multiplies
# zeros. Patches no larger than the input (1x1, 2x2 with stride 2) are always worth it.
STRIDED_PATCHES_BYTES = 8 * 2**20
# Tiles multiply zeros: with this many inputs that costs more than narrow products do.
TILES_CHANNELS = 16
# One slice per tap of the kernel: beyond this (11x11, 7x7x7) compiling takes seconds.
PATCHES_TAPS = 64


def conv(x: jax.Array, w: jax.Array, *, spec: ConvSpec) -> jax.Array:
    """x ``(N, C, *S)``, w ``(O, C/g, *K)`` -> y ``(N, O, *P)``."""
    form = choose(x.shape, w.shape, spec, x.dtype)
    y = form.conv(_enter(x, form), _widen(w), spec)
    return _leave(y, form, x.dtype)


def conv_input_grad(
    c: jax.Array, w: jax.Array, *, spec: ConvSpec, size: Size
) -> jax.Array:
    """c ``(N, O, *P)``, w ``(O, C/g, *K)`` -> dx ``(N, C, *size)``."""
    shape = (c.shape[0], w.shape[1] * spec.groups, *size)
    form = choose(shape, w.shape, spec, c.dtype)
    dx = form.input_grad(_enter(c, form), _widen(w), spec, size)
    return _leave(dx, form, c.dtype)


def conv_weight_grad(
    x: jax.Array, c: jax.Array, *, spec: ConvSpec, kernel: Size
) -> jax.Array:
    """x ``(N, C, *S)``, c ``(N, O, *P)`` -> dw ``(O, C/g, *kernel)``."""
    shape = (c.shape[1], x.shape[1] // spec.groups, *kernel)
    form = choose(x.shape, shape, spec, x.dtype)
    dw = form.weight_grad(_enter(x, form), _enter(c, form), spec, kernel)
    return dw.astype(x.dtype)


def choose(x: Size, w: Size, spec: ConvSpec, dtype: jnp.dtype) -> ModuleType:
    """The form for data of shape ``x`` and a kernel of shape ``w``."""
    if spec.groups > 1:
        return _form_depthwise if w[1] == 1 else _form_patches
    size, kernel = x[2:], w[2:]
    narrow = w[1] < TILES_CHANNELS and w[0] <= FEW_CHANNELS
    if narrow and len(size) > 1 and max(spec.stride) == 1:
        return _form_tiles
    taps = math.prod(kernel)
    positions = output_size("conv", size, kernel, *spec[:3])
    growth = math.prod(positions) * taps / math.prod(size)
    patches_bytes = growth * math.prod(x) * max(dtype.itemsize, 4)
    if not _form_canonical.fits(size, kernel, spec):
        return _form_patches
    if taps > PATCHES_TAPS:
        return _form_canonical
    if dtype == jnp.float64:  # the canonical kernels are float32 only
        return _form_patches
    strided = max(spec.stride) > 1
    most = STRIDED_PATCHES_BYTES if strided else PATCHES_BYTES
    small = growth <= 1 or patches_bytes <= most
    return _form_patches if small else _form_canonical


def _widen(a: jax.Array) -> jax.Array:
    # Half types are summed in float32, as GPU and TPU do.
    return a.astype(jnp.promote_types(a.dtype, jnp.float32))


def _enter(a: jax.Array, form: ModuleType) -> jax.Array:
    return _widen(a).transpose(form.axes(a.ndim - 2))


def _leave(a: jax.Array, form: ModuleType, dtype: jnp.dtype) -> jax.Array:
    return a.transpose(restore(form.axes(a.ndim - 2))).astype(dtype)
