"""The primitives of pooling, closed under differentiation.

    max_pool_p       y  = the maximum of each window of x
    max_pick_p       ty = t where x has that maximum      its tangent, linear in t
    max_place_p      dx = c where x has that maximum      the transpose of that
    window_sum_p     y  = the sum of each window of x
    window_spread_p  dx = c on all of its window          the transpose of that

Primitives for the reasons that ``_primitives`` gives; and because what JAX derives from
strided slices, padding between elements, is several times slower on CPU.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax
from jax.interpreters import ad, batching

from cellnet.ops.lowering import _pool_by_axis
from cellnet.ops.lowering._geometry import Pads, Size
from cellnet.ops.lowering._layout import pooling_axes, restore
from cellnet.ops.lowering._pool_by_axis import Box
from cellnet.ops.lowering._primitives import define


def _pooling(function, order):
    """``function`` of data in the order that ``order(shape)`` gives."""

    def run(*arrays, window: Size, stride: Size, padding: Pads, **params):
        axes = order(arrays[0].shape)
        spatial = tuple(axes.index(axis) for axis in range(2, len(axes)))
        box = Box(window, stride, padding, spatial)
        y = function(*(a.transpose(axes) for a in arrays), box, **params)
        return y.transpose(restore(axes))

    return run


def _as_given(shape: Size) -> tuple[int, ...]:
    return tuple(range(len(shape)))


def _xla_maximum(x, *, window: Size, stride: Size, padding: Pads):
    low = _pool_by_axis._lowest(x.dtype)
    edges = ((0, 0), (0, 0))
    return lax.reduce_window(
        x, low, lax.max, (1, 1, *window), (1, 1, *stride), (*edges, *padding)
    )


def _define(name: str, function, on_xla=None):
    on_xla = on_xla or _pooling(function, _as_given)
    return define(f"cellnet_{name}", on_xla, _pooling(function, pooling_axes))


max_pool_p = _define("max_pool", _pool_by_axis.maximum, _xla_maximum)
max_pick_p = _define("max_pick", _pool_by_axis.pick)
max_place_p = _define("max_place", _pool_by_axis.place)
window_sum_p = _define("window_sum", _pool_by_axis.total)
window_spread_p = _define("window_spread", _pool_by_axis.spread)


# Differentiation. The maximum's place is constant almost everywhere: no term for x.


def _max_jvp(primals, tangents, **params):
    (x,), (t,) = primals, tangents
    y = max_pool_p.bind(x, **params)
    if type(t) is ad.Zero:
        return y, ad.Zero.from_primal_value(y)
    return y, max_pick_p.bind(x, t, **params)


ad.primitive_jvps[max_pool_p] = _max_jvp


def _linear_in_second(primitive, transposed) -> None:
    def jvp(primals, tangents, **params):
        x, t = primals
        y = primitive.bind(x, t, **params)
        if type(tangents[1]) is ad.Zero:
            return y, ad.Zero.from_primal_value(y)
        return y, primitive.bind(x, tangents[1], **params)

    def transpose(ct, x, t, **params):
        if type(ct) is ad.Zero:
            return None, ad.Zero(t.aval)
        return None, transposed.bind(x, ct, **params)

    ad.primitive_jvps[primitive] = jvp
    ad.primitive_transposes[primitive] = transpose


_linear_in_second(max_pick_p, max_place_p)
_linear_in_second(max_place_p, max_pick_p)


def _sum_transpose(ct, x, **params):
    if type(ct) is ad.Zero:
        return (ad.Zero(x.aval),)
    return (window_spread_p.bind(ct, size=tuple(x.aval.shape[2:]), **params),)


def _spread_transpose(ct, c, *, size, **params):
    return (
        ad.Zero(c.aval) if type(ct) is ad.Zero else window_sum_p.bind(ct, **params),
    )


ad.deflinear2(window_sum_p, _sum_transpose)
ad.deflinear2(window_spread_p, _spread_transpose)


# vmap: the new axis joins the batch.


def _define_batching(primitive) -> None:
    def rule(args, dims, **params):
        size = next(
            a.shape[d] for a, d in zip(args, dims, strict=True) if d is not None
        )
        y = primitive.bind(
            *(_merge(a, d, size) for a, d in zip(args, dims, strict=True)), **params
        )
        return y.reshape(size, -1, *y.shape[1:]), 0

    batching.primitive_batchers[primitive] = rule


def _merge(a: jax.Array, dim: int | None, size: int) -> jax.Array:
    a = (
        jnp.broadcast_to(a, (size, *a.shape))
        if dim is None
        else jnp.moveaxis(a, dim, 0)
    )
    return a.reshape(-1, *a.shape[2:])


for _primitive in (max_pool_p, max_pick_p, max_place_p, window_sum_p, window_spread_p):
    _define_batching(_primitive)
