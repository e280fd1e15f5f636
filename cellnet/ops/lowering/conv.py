"""Convolution as three bilinear primitives, closed under differentiation.

With ``F(x, w, c) = <conv(x, w), c>``, linear in each of its three arguments, the
primitives are its partial gradients:

    conv_p              y  = dF/dc (x, w)
    conv_input_grad_p   dx = dF/dx (c, w)
    conv_weight_grad_p  dw = dF/dw (x, c)

The tangent of each is itself, the transpose of each is one of the other two: forward
mode, reverse mode and every mixture of them stay among the three.  A primitive rather
than ``jax.custom_vjp``, because that has no forward mode, and because a primitive is
lowered per platform: one exported program runs XLA's own convolution on GPU and TPU,
and the forms of ``_conv_cpu`` on CPU, whose gradients XLA would run in naive loops.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from cellnet.ops.lowering import _conv_cpu
from cellnet.ops.lowering._geometry import (
    ConvSpec,
    output_size,
    pad_pairs,
    positive_ints,
)

conv_p = Primitive("cellnet_conv")
conv_input_grad_p = Primitive("cellnet_conv_input_grad")
conv_weight_grad_p = Primitive("cellnet_conv_weight_grad")


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
    """Gradient of ``<conv(x, w), c>`` with respect to x; also the transposed convolution.

    Args:
        size: spatial shape of x.
        stride, padding, dilation, groups: those of the convolution.

    Inputs:
        c: ``(N, O, *positions)``.  w: ``(O, C // groups, *kernel)``, dtype of c.

    Outputs:
        ``(N, C, *size)``, dtype of c.

    Raises:
        TypeError, ValueError: as ``conv``; or c is not what ``conv`` gives for ``size``.

    Example:
        >>> conv_input_grad(jnp.ones((1, 1, 2)), jnp.ones((1, 1, 2)), size=(3,)).tolist()
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
    """Gradient of ``<conv(x, w), c>`` with respect to w.

    Args:
        kernel: spatial shape of w.
        stride, padding, dilation, groups: those of the convolution.

    Inputs:
        x: ``(N, C, *spatial)``.  c: ``(N, O, *positions)``, dtype of x.

    Outputs:
        ``(O, C // groups, *kernel)``, dtype of x.

    Raises:
        TypeError, ValueError: as ``conv``; or c is not what ``conv`` gives for x.

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


# Arguments -----------------------------------------------------------------------------


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


# What each primitive computes, by XLA's own convolution: the lowering of GPU and TPU, and
# the source of shapes, dtypes and shardings for all platforms ---------------------------


def _xla_conv(x, w, *, spec: ConvSpec):
    return lax.conv_general_dilated(
        x,
        w,
        spec.stride,
        spec.padding,
        rhs_dilation=spec.dilation,
        feature_group_count=spec.groups,
    )


def _xla_conv_input_grad(c, w, *, spec: ConvSpec, size):
    x = jax.typeof(c).update(shape=(c.shape[0], w.shape[1] * spec.groups, *size))
    return jax.linear_transpose(lambda x: _xla_conv(x, w, spec=spec), x)(c)[0]


def _xla_conv_weight_grad(x, c, *, spec: ConvSpec, kernel):
    shape = (c.shape[1], x.shape[1] // spec.groups, *kernel)
    w = jax.typeof(x).update(shape=shape)
    return jax.linear_transpose(lambda w: _xla_conv(x, w, spec=spec), w)(c)[0]


def _define(primitive: Primitive, on_xla, on_cpu) -> None:
    @functools.lru_cache(maxsize=4096)
    def abstract_eval(a, b, **params):
        traced = jax.make_jaxpr(functools.partial(on_xla, **params))
        return traced(a, b).out_avals[0]

    @functools.partial(jax.jit, static_argnames=("spec", "size", "kernel"))
    def eager(a, b, **params):
        return primitive.bind(a, b, **params)

    primitive.def_impl(eager)
    primitive.def_abstract_eval(abstract_eval)
    for function, platform in ((on_xla, None), (on_cpu, "cpu")):
        rule = mlir.lower_fun(function, multiple_results=False)
        mlir.register_lowering(primitive, rule, platform=platform)


_define(conv_p, _xla_conv, _conv_cpu.conv)
_define(conv_input_grad_p, _xla_conv_input_grad, _conv_cpu.conv_input_grad)
_define(conv_weight_grad_p, _xla_conv_weight_grad, _conv_cpu.conv_weight_grad)


# Differentiation: F(x, w, c) has one cotangent per argument ------------------------------


def _dx(c, w, x, spec):
    return conv_input_grad_p.bind(c, w, spec=spec, size=tuple(x.aval.shape[2:]))


def _dw(x, c, w, spec):
    return conv_weight_grad_p.bind(x, c, spec=spec, kernel=tuple(w.aval.shape[2:]))


ad.defbilinear(
    conv_p,
    lambda c, x, w, *, spec: _dx(c, w, x, spec),
    lambda c, x, w, *, spec: _dw(x, c, w, spec),
)
ad.defbilinear(
    conv_input_grad_p,
    lambda x, c, w, *, spec, size: conv_p.bind(x, w, spec=spec),
    lambda x, c, w, *, spec, size: _dw(x, c, w, spec),
)
ad.defbilinear(
    conv_weight_grad_p,
    lambda w, x, c, *, spec, kernel: _dx(c, w, x, spec),
    lambda w, x, c, *, spec, kernel: conv_p.bind(x, w, spec=spec),
)


# vmap: the new axis B becomes part of an axis that the operation already has --------------


def _merge(value, axis: int, into: int, groups: int):
    """Move batch axis ``axis`` inside axis ``into``, below its ``groups`` blocks."""
    value = jnp.moveaxis(value, axis, into)  # (..., B, G * n, ...)
    shape = value.shape
    value = value.reshape(*shape[: into + 1], groups, -1, *shape[into + 2 :])
    value = jnp.moveaxis(value, into, into + 1)  # (..., G, B, n, ...)
    return value.reshape(*shape[:into], -1, *shape[into + 2 :])


def _split(value, axis: int, size: int, groups: int):
    """Undo ``_merge``: the batch axis, found inside ``axis``, comes first."""
    shape = value.shape
    value = value.reshape(*shape[:axis], groups, size, -1, *shape[axis + 1 :])
    value = jnp.moveaxis(value, axis + 1, 0)
    return value.reshape(size, *shape[:axis], -1, *shape[axis + 1 :])


def _blocks(letter: str, axes: str, groups: int) -> int:
    # Data holds the channels of all groups, a kernel all outputs but one group's inputs.
    return 1 if letter == "N" or (letter, axes) == ("C", "OC") else groups


def _define_batching(primitive: Primitive, lhs: str, rhs: str, out: str) -> None:
    """``lhs``, ``rhs``, ``out``: the two leading axes of each, as ``NC``, ``OC``, ``NO``."""

    def one(args, dims, *, spec: ConvSpec, **params):
        side = 0 if dims[1] is None else 1
        axes = (lhs, rhs)[side]
        (letter,) = set(axes) & set(out)  # B rides on the axis that the output keeps
        args, size = list(args), args[side].shape[dims[side]]
        blocks = _blocks(letter, axes, spec.groups)
        args[side] = _merge(args[side], dims[side], axes.index(letter), blocks)
        y = primitive.bind(*args, spec=spec, **params)
        blocks = _blocks(letter, out, spec.groups)
        return _split(y, out.index(letter), size, blocks), 0

    def both(args, dims, *, spec: ConvSpec, **params):
        # B is one more level of groups, outside those there are.
        channels = {"NC": 1, "OC": 0, "NO": 1}
        size = args[0].shape[dims[0]]
        args = [
            _merge(value, dim, channels[axes], 1)
            for value, dim, axes in zip(args, dims, (lhs, rhs), strict=True)
        ]
        spec = spec._replace(groups=spec.groups * size)
        y = primitive.bind(*args, spec=spec, **params)
        return _split(y, channels[out], size, 1), 0

    def rule(args, dims, **params):
        return (one if None in dims else both)(args, dims, **params)

    batching.primitive_batchers[primitive] = rule


_define_batching(conv_p, "NC", "OC", out="NO")
_define_batching(conv_input_grad_p, "NO", "OC", out="NC")
_define_batching(conv_weight_grad_p, "NC", "NO", out="OC")
