"""Convolution and its two gradients: arguments checked, primitives called.

The gradients are public because they are operations of their own: the input gradient
is the transposed convolution.  ``_conv_primitives`` says how all three differentiate,
``_conv_cpu`` how they run on CPU; GPU and TPU run XLA's own convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cellnet.ops.lowering._conv_primitives import (
    conv_input_grad_p,
    conv_p,
    conv_weight_grad_p,
)
from cellnet.ops.lowering._geometry import (
    ConvSpec,
    output_size,
    pad_pairs,
    positive_ints,
)


def conv(
    x: Any,
    w: Any,
    *,
    stride: Sequence[int] | int = 1,
    padding: Sequence[Sequence[int]] | int = 0,
    dilation: Sequence[int] | int = 1,
    groups: int = 1,
) -> jax.Array:
    r"""Cross-correlation over 1 to 3 spatial axes.

    .. math:: y_{n,o,p} = \sum_{c,k} x_{n,c,\, s p + d k - low} \; w_{o,c,k}

    Args:
        stride: s > 0, one int or one per spatial axis.
        padding: zeros before and after each spatial axis, pairs ``(low, high)`` >= 0.
        dilation: d > 0, one int or one per spatial axis.
        groups: > 0; channels are split into groups that do not see each other.

    Inputs:
        x: ``(N, C, *spatial)``, float16, bfloat16, float32 or float64.
        w: ``(O, C // groups, *kernel)``, dtype of x.

    Outputs:
        ``(N, O, *positions)``, dtype of x; half types are summed in float32.

    Raises:
        TypeError: x and w differ in dtype, or are not floating.
        ValueError: shapes, groups or static arguments that do not fit.

    Example:
        >>> conv(jnp.ones((1, 1, 3)), jnp.ones((1, 1, 2))).tolist()
        [[[2.0, 2.0]]]

    References: mindspore.nn.Conv1d, Conv2d, Conv3d.
    """
    x, w = _operands("conv", x, w)
    spec = _spec("conv", x.ndim - 2, stride, padding, dilation, groups)
    _check_channels("conv", x.shape[1], w.shape, groups)
    output_size("conv", x.shape[2:], w.shape[2:], *spec[:3])
    return conv_p.bind(x, w, spec=spec)


def conv_input_grad(
    c: Any,
    w: Any,
    *,
    size: Sequence[int],
    stride: Sequence[int] | int = 1,
    padding: Sequence[Sequence[int]] | int = 0,
    dilation: Sequence[int] | int = 1,
    groups: int = 1,
) -> jax.Array:
    """Gradient of ``<conv(x, w), c>`` by x, which is the transposed convolution.

    Args:
        size: spatial shape of x.
        stride, padding, dilation, groups: those of the convolution.

    Inputs:
        c: ``(N, O, *positions)``.  w: ``(O, C // groups, *kernel)``, dtype of c.

    Outputs:
        ``(N, C, *size)``, dtype of c.

    Raises:
        TypeError: as ``conv``.
        ValueError: as ``conv``; or c is not what ``conv`` gives for ``size``.

    Example:
        >>> c = w = jnp.ones((1, 1, 2))
        >>> conv_input_grad(c, w, size=(3,)).tolist()
        [[[1.0, 2.0, 1.0]]]

    References: mindspore.nn.Conv2dTranspose.
    """
    owner = "conv_input_grad"
    c, w = _operands(owner, c, w)
    spec = _spec(owner, c.ndim - 2, stride, padding, dilation, groups)
    size = positive_ints(owner, "size", size, c.ndim - 2)
    _check_channels(owner, w.shape[1] * groups, w.shape, groups)
    _check_cotangent(owner, c, w.shape[0], size, w.shape[2:], spec)
    return conv_input_grad_p.bind(c, w, spec=spec, size=size)


def conv_weight_grad(
    x: Any,
    c: Any,
    *,
    kernel: Sequence[int],
    stride: Sequence[int] | int = 1,
    padding: Sequence[Sequence[int]] | int = 0,
    dilation: Sequence[int] | int = 1,
    groups: int = 1,
) -> jax.Array:
    """Gradient of ``<conv(x, w), c>`` by w.

    Args:
        kernel: spatial shape of w.
        stride, padding, dilation, groups: those of the convolution.

    Inputs:
        x: ``(N, C, *spatial)``.  c: ``(N, O, *positions)``, dtype of x.

    Outputs:
        ``(O, C // groups, *kernel)``, dtype of x.

    Raises:
        TypeError: as ``conv``.
        ValueError: as ``conv``; or c is not what ``conv`` gives for x.

    Example:
        >>> x, c = jnp.ones((1, 1, 3)), jnp.ones((1, 1, 2))
        >>> conv_weight_grad(x, c, kernel=(2,)).tolist()
        [[[2.0, 2.0]]]
    """
    owner = "conv_weight_grad"
    x, c = _operands(owner, x, c)
    spec = _spec(owner, x.ndim - 2, stride, padding, dilation, groups)
    kernel = positive_ints(owner, "kernel", kernel, x.ndim - 2)
    if x.shape[1] % groups or c.shape[0] != x.shape[0]:
        raise ValueError(
            f"{owner}: got x {x.shape} and c {c.shape} for groups={groups}, expected "
            "one batch size, and channels of x that divide by groups"
        )
    shape = (c.shape[1], x.shape[1] // groups, *kernel)
    _check_channels(owner, x.shape[1], shape, groups)
    _check_cotangent(owner, c, shape[0], x.shape[2:], kernel, spec)
    return conv_weight_grad_p.bind(x, c, spec=spec, kernel=kernel)


def _operands(owner: str, a: Any, b: Any) -> tuple[jax.Array, jax.Array]:
    a, b = jnp.asarray(a), jnp.asarray(b)
    if a.dtype != b.dtype or not jnp.issubdtype(a.dtype, jnp.floating):
        raise TypeError(
            f"{owner}: got {a.dtype} and {b.dtype}, expected one floating dtype. "
            "Cast both operands to it."
        )
    if a.ndim != b.ndim or not 3 <= a.ndim <= 5:
        raise ValueError(
            f"{owner}: got shapes {a.shape} and {b.shape}, expected two of the same "
            "rank with 1, 2 or 3 spatial axes"
        )
    return _alike_varying(a, b)


def _alike_varying(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    # Inside jax.shard_map a replicated kernel meets sharded data: the cast makes its
    # gradient a sum over the mesh axis, as JAX's own operations do for their operands.
    varying = [_varying_axes(a), _varying_axes(b)]
    missing = [tuple(varying[1] - varying[0]), tuple(varying[0] - varying[1])]
    return tuple(  # type: ignore[return-value]
        lax.pcast(value, axes, to="varying") if axes else value
        for value, axes in zip((a, b), missing, strict=True)
    )


def _varying_axes(value: jax.Array) -> frozenset:
    aval = jax.typeof(value)
    if hasattr(aval, "vma"):  # its name before manual_axis_type
        return aval.vma
    return aval.manual_axis_type.varying


def _spec(owner, rank, stride, padding, dilation, groups) -> ConvSpec:
    return ConvSpec(
        positive_ints(owner, "stride", stride, rank),
        pad_pairs(owner, padding, rank),
        positive_ints(owner, "dilation", dilation, rank),
        positive_ints(owner, "groups", groups, 1)[0],
    )


def _check_channels(owner: str, channels: int, w: tuple[int, ...], groups: int) -> None:
    if channels != w[1] * groups or w[0] % groups:
        raise ValueError(
            f"{owner}: got {channels} input channels and a kernel {w} for "
            f"groups={groups}, expected a kernel (O, {channels} // groups, ...) with O "
            "a multiple of groups"
        )


def _check_cotangent(owner, c, channels, size, kernel, spec: ConvSpec) -> None:
    expected = (channels, *output_size(owner, size, kernel, *spec[:3]))
    if c.shape[1:] != expected:
        raise ValueError(
            f"{owner}: got c {c.shape}, expected (N, {', '.join(map(str, expected))}), "
            f"which is what conv gives for an input of size {tuple(size)}"
        )
