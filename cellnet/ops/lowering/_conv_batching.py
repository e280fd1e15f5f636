"""vmap of the convolution primitives: the new axis B rides on an axis there is.

Batched on one side, B joins the axis of that side which the result keeps (the batch N,
the outputs O or the inputs C).  Batched on both, B is one more level of groups.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import batching

from cellnet.ops.lowering._geometry import ConvSpec


def define_batching(primitive: Primitive, lhs: str, rhs: str, out: str) -> None:
    """``lhs``, ``rhs``, ``out``: the leading axes of each, ``NC``, ``OC`` or ``NO``."""

    def one(args, dims, *, spec: ConvSpec, **params):
        side = 0 if dims[1] is None else 1
        axes = (lhs, rhs)[side]
        (letter,) = set(axes) & set(out)
        args, size = list(args), args[side].shape[dims[side]]
        blocks = _blocks(letter, axes, spec.groups)
        args[side] = _merge(args[side], dims[side], axes.index(letter), blocks)
        y = primitive.bind(*args, spec=spec, **params)
        blocks = _blocks(letter, out, spec.groups)
        return _split(y, out.index(letter), size, blocks), 0

    def both(args, dims, *, spec: ConvSpec, **params):
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
    # A kernel has the outputs of all groups, but the inputs of only one.
    return 1 if letter == "N" or (letter, axes) == ("C", "OC") else groups
