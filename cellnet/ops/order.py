"""Order along axes: running sums, sorting, and where values belong."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import (
    check_axis,
    check_bool,
    check_int,
)
from cellnet.dtype import to_numpy
from cellnet.ops._arrays import (
    array,
    index_dtype,
    plain,
    spelled,
)
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive

_any_spelling = spelled(dim="axis", keepdim="keep_dims", keepdims="keep_dims")


@_any_spelling
@op
def median(input: Any, axis: int = -1, keep_dims: bool = False) -> Any:
    """(lower median, its position) along an axis (mindspore.ops.median)."""
    x = array("median", input)
    axis = check_axis("median", axis, x.ndim)
    middle = (x.shape[axis] - 1) // 2
    order = jnp.argsort(x, axis, stable=True)
    index = jax.lax.index_in_dim(order, middle, axis).astype(index_dtype())
    values = jnp.take_along_axis(x, index, axis)
    if not keep_dims:
        values, index = values.squeeze(axis), index.squeeze(axis)
    return values, index


@_any_spelling
@op
def cumsum(x: Any, axis: Any, dtype: Any = None) -> Any:
    """Running sum along an axis (mindspore.ops.cumsum)."""
    x = array("cumsum", x)
    kind = x.dtype if dtype is None else to_numpy(dtype)
    kind = np.dtype(np.int32) if kind == np.bool_ else kind
    return jnp.cumsum(x, check_axis("cumsum", plain(axis), x.ndim), dtype=kind)


@_any_spelling
@op
def cumprod(input: Any, axis: Any, dtype: Any = None) -> Any:
    """Running product along an axis; ints as Int64 (mindspore.ops.cumprod)."""
    x = array("cumprod", input)
    kind = index_dtype() if x.dtype.kind in "biu" else x.dtype
    kind = kind if dtype is None else to_numpy(dtype)
    return jnp.cumprod(x, check_axis("cumprod", plain(axis), x.ndim), dtype=kind)


def _scan_sum(running: Any, neutral: int) -> Any:
    def cumulate(x: Any, axis: Any, exclusive: bool, reverse: bool) -> Any:
        x = array("CumSum", x)
        axis = check_axis("CumSum", plain(axis), x.ndim)
        x = jnp.flip(x, axis) if reverse else x
        result = running(x, axis, dtype=x.dtype)
        if exclusive:
            first = jnp.full_like(jax.lax.slice_in_dim(x, 0, 1, axis=axis), neutral)
            kept = jax.lax.slice_in_dim(result, 0, x.shape[axis] - 1, axis=axis)
            result = jnp.concatenate([first, kept], axis)
        return jnp.flip(result, axis) if reverse else result

    return op(cumulate)


@_any_spelling
@op
def sort(input_x: Any, axis: int = -1, descending: bool = False) -> Any:
    """(sorted elements, Int32 positions) along an axis (mindspore.ops.sort)."""
    x = array("sort", input_x)
    check_bool("sort", "descending", descending)
    axis = check_axis("sort", axis, x.ndim)
    if x.ndim == 0:
        return x, jnp.zeros((), np.int32)
    order = jnp.argsort(x, axis, descending=descending, stable=True)
    return jnp.take_along_axis(x, order, axis), order.astype(np.int32)


@_any_spelling
@op
def argsort(input: Any, axis: int = -1, descending: bool = False) -> Any:
    """Positions, Int32, that sort along an axis (mindspore.ops.argsort)."""
    x = array("argsort", input)
    axis = check_axis("argsort", axis, x.ndim)
    return jnp.argsort(x, axis, descending=descending, stable=True).astype(np.int32)


@_any_spelling
@op
def topk(
    input: Any,
    k: int,
    axis: int | None = None,
    largest: bool = True,
    sorted: bool = True,
) -> Any:
    """(k largest elements, Int32 positions) along an axis (mindspore.ops.topk).

    Args:
        input: Tensor with at least one axis.
        k: how many, from 0 to the length of the axis.
        axis: the last one by default.
        largest: False takes the smallest.
        sorted: accepted; the result is always sorted.

    Raises:
        ValueError: k out of range.
    """
    del sorted
    x = array("topk", input)
    axis = check_axis("topk", -1 if axis is None else axis, x.ndim)
    k = check_int("topk", "k", plain(k), minimum=0, maximum=x.shape[axis])
    moved = jnp.moveaxis(x, axis, -1)
    if largest:
        values, index = jax.lax.top_k(moved, k)
    else:
        index = jnp.argsort(moved, stable=True)[..., :k].astype(np.int32)
        values = jnp.take_along_axis(moved, index, -1)
    return jnp.moveaxis(values, -1, axis), jnp.moveaxis(index, -1, axis)


@op
def unique(input: Any) -> Any:
    """(different elements as they appear, Int position of each input in them).

    How many there are depends on values, so a compiled program cannot use it
    (mindspore.ops.unique).
    """
    x = array("unique", input)
    values, first, index = jnp.unique(x, return_index=True, return_inverse=True)
    order = jnp.argsort(first)
    index = jnp.argsort(order)[index].reshape(x.shape)
    return values[order], index.astype(x.dtype if x.dtype.itemsize == 8 else np.int32)


@op
def searchsorted(
    sorted_sequence: Any, values: Any, *, out_int32: bool = False, right: bool = False
) -> Any:
    """Where to insert values so that order is kept (mindspore.ops.searchsorted)."""
    side = "right" if right else "left"
    find = lambda row, v: jnp.searchsorted(row, v, side=side)  # noqa: E731
    for _ in range(sorted_sequence.ndim - 1):
        find = jax.vmap(find)
    found = find(sorted_sequence, array("searchsorted", values))
    return found.astype(np.int32 if out_int32 else index_dtype())


CumSum = primitive("CumSum", _scan_sum(jnp.cumsum, 0), exclusive=False, reverse=False)
CumProd = primitive(
    "CumProd", _scan_sum(jnp.cumprod, 1), exclusive=False, reverse=False
)
Sort = primitive("Sort", sort, axis=-1, descending=False)
TopK = primitive("TopK", topk, sorted=True)
Unique = primitive("Unique", unique)
