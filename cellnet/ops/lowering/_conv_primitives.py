"""The three bilinear primitives of convolution, closed under differentiation.

With ``F(x, w, c) = <conv(x, w), c>``, linear in each of its three arguments, the
primitives are its partial gradients:

    conv_p              y  = dF/dc (x, w)
    conv_input_grad_p   dx = dF/dx (c, w)
    conv_weight_grad_p  dw = dF/dw (x, c)

The tangent of each is itself, the transpose of each is one of the other two: forward
mode, reverse mode and every mixture of them stay among the three.
"""

from __future__ import annotations

import jax
from jax import lax
from jax.interpreters import ad

from cellnet.ops.lowering import _conv_cpu
from cellnet.ops.lowering._conv_batching import define_batching
from cellnet.ops.lowering._geometry import ConvSpec
from cellnet.ops.lowering._primitives import define

# What GPU and TPU run, and where all platforms take shapes, dtypes, shardings from.


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


conv_p = define("cellnet_conv", _xla_conv, _conv_cpu.conv)
conv_input_grad_p = define(
    "cellnet_conv_input_grad", _xla_conv_input_grad, _conv_cpu.conv_input_grad
)
conv_weight_grad_p = define(
    "cellnet_conv_weight_grad", _xla_conv_weight_grad, _conv_cpu.conv_weight_grad
)


# Differentiation: F(x, w, c) has one cotangent per argument.


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


define_batching(conv_p, "NC", "OC", out="NO")
define_batching(conv_input_grad_p, "NO", "OC", out="NC")
define_batching(conv_weight_grad_p, "NC", "NO", out="OC")
