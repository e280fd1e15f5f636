"""Reductions, cumulative operations and sorting along axes.

In all of them ``axis`` is an int in [-ndim, ndim), or a tuple of such; None and () mean
all axes.  ``keep_dims`` leaves an axis of length 1 in the place of each reduced one.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_axes, check_axis, check_bool, check_int
from cellnet.dtype import int32, to_numpy
from cellnet.ops._arrays import (
    array,
    floating,
    index_dtype,
    plain,
    spelled,
)
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive

_any_spelling = spelled(dim="axis", keepdim="keep_dims", keepdims="keep_dims")


def _axes(owner: str, x: Any, axis: Any) -> tuple[int, ...] | None:
    return check_axes(owner, plain(axis), x.ndim)


@_any_spelling
@op
def sum(
    input: Any, axis: Any = None, keep_dims: bool = False, *, dtype: Any = None
) -> Any:
    """Sum over axes; ints and bools add up as Int64 (mindspore.ops.sum)."""
    x = array("sum", input)
    if dtype is not None:
        x = x.astype(to_numpy(dtype))
    elif x.dtype.kind in "biu":
        x = x.astype(index_dtype())
    return jnp.sum(x, _axes("sum", x, axis), dtype=x.dtype, keepdims=keep_dims)


@_any_spelling
@op
def reduce_sum(
    x: Any, axis: Any = (), keep_dims: bool = False, skip_mode: bool = False
) -> Any:
    """Sum over axes in the input's own dtype (mindspore.ops.ReduceSum).

    Args:
        x: Tensor of any shape.
        axis, keep_dims: as everywhere here.
        skip_mode: True makes an empty ``axis`` mean no axis instead of all.
    """
    x = array("ReduceSum", x)
    axes = _axes("ReduceSum", x, axis)
    if skip_mode and axes is None:
        return x
    return jnp.sum(x, axes, dtype=x.dtype, keepdims=keep_dims)


@_any_spelling
@op
def mean(x: Any, axis: Any = None, keep_dims: bool = False) -> Any:
    """Mean over axes; of ints an int, cut off (mindspore.ops.mean, ReduceMean).

    Raises:
        TypeError: an axis that is no int.
        ValueError: an axis out of range or given twice.

    Example:
        >>> mean(Tensor([[1.0, 3.0], [5.0, 7.0]]), 1).tolist()
        [2.0, 6.0]
    """
    x = array("mean", x)
    axes = _axes("mean", x, axis)
    if x.dtype.kind in "iu":
        total = jnp.sum(x, axes, dtype=x.dtype, keepdims=keep_dims)
        count = x.size // (total.size or 1)
        return jax.lax.div(total, jnp.full(total.shape, count, x.dtype))
    return jnp.mean(x, axes, keepdims=keep_dims)


@_any_spelling
@op
def prod(
    input: Any, axis: Any = None, keep_dims: bool = False, dtype: Any = None
) -> Any:
    """Product over axes; ints and bools multiply as Int64 (mindspore.ops.prod)."""
    x = array("prod", input)
    if dtype is not None:
        x = x.astype(to_numpy(dtype))
    elif x.dtype.kind in "biu":
        x = x.astype(index_dtype())
    return jnp.prod(x, _axes("prod", x, axis), dtype=x.dtype, keepdims=keep_dims)


@_any_spelling
@op
def reduce_prod(x: Any, axis: Any = (), keep_dims: bool = False) -> Any:
    """Product over axes in the input's own dtype (mindspore.ops.ReduceProd)."""
    x = array("ReduceProd", x)
    axes = _axes("ReduceProd", x, axis)
    return jnp.prod(x, axes, dtype=x.dtype, keepdims=keep_dims)


@_any_spelling
@op
def amax(
    input: Any,
    axis: Any = None,
    keep_dims: bool = False,
    *,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """Largest element over axes (mindspore.ops.amax, ReduceMax)."""
    x = array("amax", input)
    axes = _axes("amax", x, axis)
    return jnp.max(x, axes, keepdims=keep_dims, initial=initial, where=where)


@_any_spelling
@op
def amin(
    input: Any,
    axis: Any = None,
    keep_dims: bool = False,
    *,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """Smallest element over axes (mindspore.ops.amin, ReduceMin)."""
    x = array("amin", input)
    axes = _axes("amin", x, axis)
    return jnp.min(x, axes, keepdims=keep_dims, initial=initial, where=where)


@_any_spelling
@op
def all(input: Any, axis: Any = None, keep_dims: bool = False) -> Any:
    """True where all elements over axes are true (mindspore.ops.all)."""
    x = array("all", input)
    return jnp.all(x, _axes("all", x, axis), keepdims=keep_dims)


@_any_spelling
@op
def any(input: Any, axis: Any = None, keep_dims: bool = False) -> Any:
    """True where any element over axes is true (mindspore.ops.any)."""
    x = array("any", input)
    return jnp.any(x, _axes("any", x, axis), keepdims=keep_dims)


@_any_spelling
@op
def logsumexp(input: Any, axis: Any, keep_dims: bool = False) -> Any:
    """log(sum(exp(x))) over axes, without overflow (mindspore.ops.logsumexp)."""
    x = floating(array("logsumexp", input))
    axes = _axes("logsumexp", x, axis)
    return jax.scipy.special.logsumexp(x, axes, keepdims=keep_dims)


@_any_spelling
@op
def var(
    input: Any, axis: Any = None, ddof: int | bool = 0, keep_dims: bool = False
) -> Any:
    """Variance over axes, divided by count - ddof (mindspore.ops.var)."""
    x = floating(array("var", input))
    return jnp.var(x, _axes("var", x, axis), ddof=int(ddof), keepdims=keep_dims)


@_any_spelling
@op
def std(
    input: Any, axis: Any = None, ddof: int | bool = 0, keep_dims: bool = False
) -> Any:
    """Standard deviation over axes, of count - ddof (mindspore.ops.std)."""
    x = floating(array("std", input))
    return jnp.std(x, _axes("std", x, axis), ddof=int(ddof), keepdims=keep_dims)


@_any_spelling
@op
def count_nonzero(
    x: Any, axis: Any = (), keep_dims: bool = False, dtype: Any = int32
) -> Any:
    """Number of elements that are not zero (mindspore.ops.count_nonzero)."""
    x = array("count_nonzero", x)
    axes = _axes("count_nonzero", x, axis)
    return jnp.sum(x != 0, axes, dtype=to_numpy(dtype), keepdims=keep_dims)


def _extreme(owner: str, pick: Any, x: Any, axis: Any, keep_dims: bool) -> Any:
    """(values, Int positions) of the first extreme element along one axis."""
    axis = check_axis(owner, plain(axis), x.ndim)
    if x.ndim == 0:
        return x, jnp.zeros((), index_dtype())
    index = pick(x, axis, keepdims=True)
    values = jnp.take_along_axis(x, index, axis)
    if not keep_dims:
        values, index = values.squeeze(axis), index.squeeze(axis)
    return values, index


@_any_spelling
@op
def max(
    input: Any,
    axis: int | None = None,
    keep_dims: bool = False,
    *,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """Largest elements along one axis and where they are (mindspore.ops.max).

    Returns:
        (values, Int64 positions); without ``axis``, of all elements, with position 0.
    """
    x = array("max", input)
    if axis is None:
        return jnp.max(x, initial=initial, where=where), jnp.zeros((), index_dtype())
    x = x if where is None else jnp.where(where, x, initial)
    values, index = _extreme("max", jnp.argmax, x, axis, keep_dims)
    return values, index.astype(index_dtype())


@_any_spelling
@op
def min(
    input: Any,
    axis: int | None = None,
    keep_dims: bool = False,
    *,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """Smallest elements along one axis and where they are (mindspore.ops.min).

    Returns:
        (values, Int64 positions); without ``axis``, of all elements, with position 0.
    """
    x = array("min", input)
    if axis is None:
        return jnp.min(x, initial=initial, where=where), jnp.zeros((), index_dtype())
    x = x if where is None else jnp.where(where, x, initial)
    values, index = _extreme("min", jnp.argmin, x, axis, keep_dims)
    return values, index.astype(index_dtype())


@_any_spelling
@op
def argmax_with_value(input: Any, axis: int = 0, keep_dims: bool = False) -> Any:
    """(positions, values) of the largest elements (mindspore.ops.ArgMaxWithValue)."""
    x = array("ArgMaxWithValue", input)
    values, index = _extreme("ArgMaxWithValue", jnp.argmax, x, axis, keep_dims)
    return index.astype(index_dtype()), values


@_any_spelling
@op
def argmin_with_value(input: Any, axis: int = 0, keep_dims: bool = False) -> Any:
    """(positions, values) of the smallest elements (mindspore.ops.ArgMinWithValue)."""
    x = array("ArgMinWithValue", input)
    values, index = _extreme("ArgMinWithValue", jnp.argmin, x, axis, keep_dims)
    return index.astype(index_dtype()), values


@_any_spelling
@op
def argmax(input: Any, axis: int | None = None, keep_dims: bool = False) -> Any:
    """Position of the first largest element, Int64 (mindspore.ops.argmax).

    Without ``axis`` it counts in the flattened Tensor.
    """
    x = array("argmax", input)
    if axis is not None and x.ndim:
        axis = check_axis("argmax", plain(axis), x.ndim)
    return jnp.argmax(x, axis, keepdims=keep_dims).astype(index_dtype())


@_any_spelling
@op
def argmin(input: Any, axis: int | None = None, keep_dims: bool = False) -> Any:
    """Position of the first smallest element, Int32 (mindspore.ops.argmin)."""
    x = array("argmin", input)
    if axis is not None and x.ndim:
        axis = check_axis("argmin", plain(axis), x.ndim)
    return jnp.argmin(x, axis, keepdims=keep_dims).astype(np.int32)


@op
def _argmax_as(x: Any, axis: int, output_type: Any) -> Any:
    """Position of the first largest element along an axis (mindspore.ops.Argmax)."""
    axis = check_axis("Argmax", axis, x.ndim)
    return jnp.argmax(x, axis).astype(to_numpy(output_type))


@op
def _argmin_as(x: Any, axis: int, output_type: Any) -> Any:
    """Position of the first smallest element along an axis (mindspore.ops.Argmin)."""
    axis = check_axis("Argmin", axis, x.ndim)
    return jnp.argmin(x, axis).astype(to_numpy(output_type))


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


@op
def _squared_norm_half(input_x: Any) -> Any:
    """sum(x ** 2) / 2 (mindspore.ops.L2Loss)."""
    return jnp.sum(jnp.square(input_x)) / 2


def _check_keep_dims(keep_dims: Any, **others: Any) -> None:
    del others
    check_bool("Reduce", "keep_dims", keep_dims)


def _reduction(name: str, fn: Any) -> Any:
    return primitive(name, fn, check=_check_keep_dims, keep_dims=False)


ReduceSum = primitive(
    "ReduceSum", reduce_sum, check=_check_keep_dims, keep_dims=False, skip_mode=False
)
ReduceMean = _reduction("ReduceMean", mean)
ReduceMax = _reduction("ReduceMax", amax)
ReduceMin = _reduction("ReduceMin", amin)
ReduceProd = _reduction("ReduceProd", reduce_prod)
ReduceAll = _reduction("ReduceAll", all)
ReduceAny = _reduction("ReduceAny", any)
ArgMaxWithValue = primitive(
    "ArgMaxWithValue", argmax_with_value, axis=0, keep_dims=False
)
ArgMinWithValue = primitive(
    "ArgMinWithValue", argmin_with_value, axis=0, keep_dims=False
)
Argmax = primitive("Argmax", _argmax_as, axis=-1, output_type=int32)
Argmin = primitive("Argmin", _argmin_as, axis=-1, output_type=int32)
CumSum = primitive("CumSum", _scan_sum(jnp.cumsum, 0), exclusive=False, reverse=False)
CumProd = primitive(
    "CumProd", _scan_sum(jnp.cumprod, 1), exclusive=False, reverse=False
)
Sort = primitive("Sort", sort, axis=-1, descending=False)
TopK = primitive("TopK", topk, sorted=True)
Unique = primitive("Unique", unique)
L2Loss = primitive("L2Loss", _squared_norm_half)
