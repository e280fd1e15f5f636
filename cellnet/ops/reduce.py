"""Reductions, cumulative operations and sorting along axes.

In all of them ``axis`` is an int in [-ndim, ndim), or a tuple of such; None and () mean
all axes.  ``keep_dims`` leaves an axis of length 1 in the place of each reduced one.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_axes, check_axis, check_bool
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
_of_deviations = spelled(
    dim="axis", keepdim="keep_dims", keepdims="keep_dims", correction="ddof"
)


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


@op
def reduce_mean(x: Any, axis: Any = ()) -> Any:
    """Mean over axes (mindspore.ops.reduce_mean)."""
    return mean.on_arrays(x, axis)


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


def _named(fn: Any, name: str, summary: str) -> Any:
    """``fn`` as the operation ``name``."""
    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"{summary} (mindspore.ops.{name})."
    return _any_spelling(op(fn))


def _extreme_over_axes(name: str, pick: Any, summary: str) -> Any:
    def extreme(
        input: Any,
        axis: Any = None,
        keep_dims: bool = False,
        *,
        initial: Any = None,
        where: Any = None,
    ) -> Any:
        x = array(name, input)
        axes = _axes(name, x, axis)
        return pick(x, axes, keepdims=keep_dims, initial=initial, where=where)

    return _named(extreme, name, summary)


amax = _extreme_over_axes("amax", jnp.max, "Largest element over axes")
amin = _extreme_over_axes("amin", jnp.min, "Smallest element over axes")


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


@_of_deviations
@op
def var(
    input: Any, axis: Any = None, ddof: int | bool = 0, keep_dims: bool = False
) -> Any:
    """Variance over axes, divided by count - ddof (mindspore.ops.var)."""
    x = floating(array("var", input))
    return jnp.var(x, _axes("var", x, axis), ddof=int(ddof), keepdims=keep_dims)


@_of_deviations
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


def _first_extreme(owner: str, pick: Any, x: Any, axis: Any, keep_dims: bool) -> Any:
    """(values, Int64 positions) of the first extreme element along one axis."""
    axis = check_axis(owner, plain(axis), x.ndim)
    if x.ndim == 0:
        return x, jnp.zeros((), index_dtype())
    index = pick(x, axis, keepdims=True)
    values = jnp.take_along_axis(x, index, axis)
    if not keep_dims:
        values, index = values.squeeze(axis), index.squeeze(axis)
    return values, index.astype(index_dtype())


def _with_position(name: str, of_all: Any, pick: Any, what: str) -> Any:
    def extreme(
        input: Any,
        axis: int | None = None,
        keep_dims: bool = False,
        *,
        initial: Any = None,
        where: Any = None,
    ) -> Any:
        x = array(name, input)
        if axis is None:
            return of_all(x, initial=initial, where=where), jnp.zeros((), index_dtype())
        x = x if where is None else jnp.where(where, x, initial)
        return _first_extreme(name, pick, x, axis, keep_dims)

    return _named(
        extreme,
        name,
        f"(values, Int64 positions) of the {what} elements along one axis; without "
        "``axis`` of all, with position 0",
    )


max = _with_position("max", jnp.max, jnp.argmax, "largest")
min = _with_position("min", jnp.min, jnp.argmin, "smallest")


def _position_first(name: str, pick: Any, what: str) -> Any:
    def extreme(input: Any, axis: int = 0, keep_dims: bool = False) -> Any:
        return _first_extreme(name, pick, array(name, input), axis, keep_dims)[::-1]

    return _named(extreme, name, f"(positions, values) of the {what} elements")


argmax_with_value = _position_first("argmax_with_value", jnp.argmax, "largest")
argmin_with_value = _position_first("argmin_with_value", jnp.argmin, "smallest")


def _position(name: str, pick: Any, what: str) -> Any:
    def position(input: Any, axis: int | None = None, keep_dims: bool = False) -> Any:
        x = array(name, input)
        if axis is not None and x.ndim:
            axis = check_axis(name, plain(axis), x.ndim)
        # Int64 of the largest and Int32 of the smallest, as MindSpore has it
        kind = index_dtype() if pick is jnp.argmax else np.int32
        return pick(x, axis, keepdims=keep_dims).astype(kind)

    return _named(
        position,
        name,
        f"Position of the first {what} element, in the flattened Tensor without "
        "``axis``",
    )


argmax = _position("argmax", jnp.argmax, "largest")
argmin = _position("argmin", jnp.argmin, "smallest")


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
L2Loss = primitive("L2Loss", _squared_norm_half)
