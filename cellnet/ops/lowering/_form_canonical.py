"""Convolution in the one form that XLA:CPU has a kernel for, loops included.

Data ``(N, *S, C)``, kernel ``(*K, I, O)``, result ``(N, *P, O)``, no flipped kernel, no
cropping, float32.  Gradients are convolutions too: the input gradient of the dilated
cotangent with the flipped kernel; the weight gradient of x, its channels as the batch,
with the cotangent as the kernel, where strides and dilations change places.  Best where
patches would not stay in cache.  One group only.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from cellnet.ops.lowering._geometry import (
    ConvSpec,
    Pads,
    Size,
    output_size,
    pad_spatial,
    span,
)
from cellnet.ops.lowering._layout import channels_last

axes = channels_last

_LAYOUTS = {
    1: ("NWC", "WIO", "NWC"),
    2: ("NHWC", "HWIO", "NHWC"),
    3: ("NDHWC", "DHWIO", "NDHWC"),
}


def fits(size: Size, kernel: Size, spec: ConvSpec) -> bool:
    """Whether the input gradient needs no cropping: padding below the kernel span."""
    pads = _input_grad_pads(size, kernel, spec)
    return min(min(pair) for pair in pads) >= 0


def conv(x: jax.Array, w: jax.Array, spec: ConvSpec) -> jax.Array:
    """x ``(N, *S, C)``, w ``(O, C, *K)`` -> ``(N, *P, O)``."""
    kernel = jnp.moveaxis(w, (1, 0), (-2, -1))  # (*K, C, O)
    return _convolve(x, kernel, spec.stride, spec.padding, rhs_dilation=spec.dilation)


def input_grad(c: jax.Array, w: jax.Array, spec: ConvSpec, size: Size) -> jax.Array:
    """c ``(N, *P, O)``, w ``(O, C, *K)`` -> ``(N, *size, C)``."""
    flipped = jnp.flip(w, range(2, w.ndim))
    kernel = jnp.moveaxis(flipped, (0, 1), (-2, -1))  # (*K, O, C)
    return _convolve(
        c,
        kernel,
        (1,) * len(size),
        _input_grad_pads(size, w.shape[2:], spec),
        lhs_dilation=spec.stride,
        rhs_dilation=spec.dilation,
    )


def weight_grad(x: jax.Array, c: jax.Array, spec: ConvSpec, kernel: Size) -> jax.Array:
    """x ``(N, *S, C)``, c ``(N, *P, O)`` -> ``(O, C, *kernel)``."""
    excess = [
        (count - 1) * step + covered - low - n
        for n, count, covered, step, (low, _) in zip(
            x.shape[1:-1],
            c.shape[1:-1],
            span(kernel, spec.dilation),
            spec.stride,
            spec.padding,
            strict=True,
        )
    ]
    # Negative: the high end of x, which no window reaches, is cropped.
    x = pad_spatial(x, [(0, min(high, 0), 0) for high in excess])
    pads = tuple(
        (low, max(high, 0)) for (low, _), high in zip(spec.padding, excess, strict=True)
    )
    dw = _convolve(
        jnp.swapaxes(x, 0, -1),  # (C, *S, N)
        jnp.moveaxis(c, 0, -2),  # (*P, N, O)
        spec.dilation,
        pads,
        rhs_dilation=spec.stride,
    )  # (C, *kernel, O)
    return jnp.moveaxis(dw, -1, 0)


def _input_grad_pads(size: Size, kernel: Size, spec: ConvSpec) -> Pads:
    positions = output_size("conv", size, kernel, *spec[:3])
    return tuple(
        (covered - 1 - low, n + low - (count - 1) * step - 1)
        for n, count, covered, step, (low, _) in zip(
            size,
            positions,
            span(kernel, spec.dilation),
            spec.stride,
            spec.padding,
            strict=True,
        )
    )


def _convolve(x, kernel, stride, padding, **dilations) -> jax.Array:
    return lax.conv_general_dilated(
        x,
        kernel,
        stride,
        padding,
        dimension_numbers=_LAYOUTS[x.ndim - 2],
        **dilations,
    )
