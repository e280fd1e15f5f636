"""Reductions and running sums along axes.

``axis`` is an int, a tuple of ints or None for all; ``keepdims`` leaves an axis of
length 1 in the place of each reduced one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_number
from cellnet.numpy._shared import (
    axes,
    axis_in,
    broadcasting,
    cast,
    dtype_of,
    inexact,
    pair,
    tensor,
    wide,
)
from cellnet.ops import reduce
from cellnet.ops._op import op


@op
def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
) -> Any:
    """Sum over axes; ints and bools add up as Int64 (mindspore.numpy.sum).

    Args:
        a: Tensor, number or list.
        axis, keepdims: as everywhere here.
        dtype: of the sum, and of adding up.
        initial: a number to begin with.

    Raises:
        TypeError: an ``initial`` that is no number.
        ValueError: an axis out of range.
    """
    x = cast(tensor("sum", a), dtype)
    total = reduce.sum.on_arrays(x, axis, keepdims, dtype=dtype and x.dtype)
    return total if initial is None else total + _number("sum", initial, total.dtype)


def _number(owner: str, initial: Any, dtype: np.dtype) -> Any:
    return np.asarray(check_number(owner, "initial", initial)).astype(dtype)


@op
def mean(a: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Mean over axes; of ints an int, cut off (mindspore.numpy.mean)."""
    x = tensor("mean", a)
    x = x.astype(np.float32) if x.dtype == np.bool_ else x
    return cast(reduce.mean.on_arrays(x, axis, keepdims), dtype)


def _extreme(name: str, fn: Callable[..., Any], summary: str) -> Callable[..., Any]:
    def compute(
        a: Any,
        axis: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        x = tensor(name, a)
        if initial is not None:
            initial = _number(name, initial, x.dtype)
        if where is True:
            where = None
        elif initial is None:
            raise ValueError(f"{name}: an 'initial' number is needed beside 'where'")
        over = axes(name, axis, x.ndim)
        return fn(x, over, keepdims=keepdims, initial=initial, where=where)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} (mindspore.numpy.{name})"
    return op(compute)


amax = max = _extreme("amax", jnp.max, "Largest element over axes")
amin = min = _extreme("amin", jnp.min, "Smallest element over axes")


def _spread(name: str, fn: Callable[..., Any], summary: str) -> Callable[..., Any]:
    def compute(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
        x = inexact(tensor(name, x))
        return fn(x, axes(name, axis, x.ndim), ddof=ddof, keepdims=keepdims)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} (mindspore.numpy.{name})"
    return op(compute)


std = _spread("std", jnp.std, "Standard deviation over axes, of count - ddof")
var = _spread("var", jnp.var, "Variance over axes, divided by count - ddof")


@op
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Largest less smallest element over axes (mindspore.numpy.ptp)."""
    x = tensor("ptp", x)
    over = axes("ptp", axis, x.ndim)
    return jnp.max(x, over, keepdims=keepdims) - jnp.min(x, over, keepdims=keepdims)


@op
def average(
    x: Any, axis: Any = None, weights: Any = None, returned: bool = False
) -> Any:
    """Weighted mean over axes (mindspore.numpy.average).

    Args:
        x: Tensor.
        axis: an int, a tuple of ints or None.
        weights: of x's shape, or 1-d along one axis; None weighs all alike.
        returned: give (average, sum of weights).

    Raises:
        TypeError: weights of another shape while no axis is given.
        ValueError: weights that do not fit.
    """
    x = tensor("average", x)
    over = axes("average", axis, x.ndim)
    if weights is None:
        result = mean.on_arrays(x, over)
        total = jnp.full_like(result, x.size // (result.size or 1))
        return (result, total) if returned else result
    weights = tensor("average", weights)
    if weights.shape != x.shape:
        if axis is None:
            raise TypeError(
                f"average: weights {weights.shape} beside x {x.shape} need an axis"
            )
        if weights.ndim != 1 or over is None or len(over) != 1:
            raise ValueError("average: weights must have x's shape, or be 1-d")
        if weights.shape[0] != x.shape[over[0]]:
            raise ValueError(
                f"average: {weights.shape[0]} weights for {x.shape[over[0]]} elements"
            )
        weights = jnp.expand_dims(weights, [a for a in range(x.ndim) if a != over[0]])
        weights = jnp.broadcast_to(weights, x.shape)
    x, weights = pair("average", inexact(x), weights)
    total = jnp.sum(weights, over)
    result = broadcasting("average", jnp.divide, jnp.sum(x * weights, over), total)
    return (result, total) if returned else result


def _without_nan(
    name: str,
    fn: Callable[..., Any],
    summary: str,
    *,
    prepare: Callable[[Any], Any] = lambda x: x,
    spread: bool = False,
) -> Callable[..., Any]:
    def reduced(x: Any, axis: Any, dtype: Any, keepdims: bool, **more: Any) -> Any:
        x = tensor(name, x)
        x = prepare(x)
        over = axes(name, axis, x.ndim)
        result = fn(x, over, keepdims=keepdims, **more)
        return result.astype(dtype_of(dtype, x.dtype))

    def compute(
        a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False
    ) -> Any:
        return reduced(a, axis, dtype, keepdims)

    def compute_spread(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        ddof: int = 0,
        keepdims: bool = False,
    ) -> Any:
        return reduced(a, axis, dtype, keepdims, ddof=ddof)

    made = compute_spread if spread else compute
    made.__name__ = made.__qualname__ = name
    made.__doc__ = f"{summary}, nan left out (mindspore.numpy.{name})"
    return op(made)


nansum = _without_nan("nansum", jnp.nansum, "Sum over axes")
nanmax = _without_nan("nanmax", jnp.nanmax, "Largest element over axes")
nanmin = _without_nan("nanmin", jnp.nanmin, "Smallest element over axes")
nanmean = _without_nan("nanmean", jnp.nanmean, "Mean over axes", prepare=wide)
nanvar = _without_nan(
    "nanvar", jnp.nanvar, "Variance over axes", prepare=wide, spread=True
)
nanstd = _without_nan(
    "nanstd", jnp.nanstd, "Standard deviation over axes", prepare=wide, spread=True
)


@op
def sometrue(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """True where any element over axes is not 0 (mindspore.numpy.sometrue)."""
    return reduce.any.on_arrays(tensor("sometrue", a), axis, keepdims)


@op
def count_nonzero(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Int32 number of elements that are not 0 (mindspore.numpy.count_nonzero)."""
    x = tensor("count_nonzero", x)
    return reduce.count_nonzero.on_arrays(x, axis, keepdims, np.int32)


@op
def argmax(a: Any, axis: int | None = None) -> Any:
    """Int64 position of the first largest element (mindspore.numpy.argmax).

    Without ``axis`` it counts in the flattened Tensor.
    """
    return reduce.argmax.on_arrays(tensor("argmax", a), axis)


@op
def argmin(a: Any, axis: int | None = None) -> Any:
    """Int32 position of the first smallest element (mindspore.numpy.argmin)."""
    return reduce.argmin.on_arrays(tensor("argmin", a), axis)


def _running(
    name: str, fn: Callable[..., Any], summary: str, *, unsigned: bool = False
) -> Callable[..., Any]:
    def compute(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
        x = tensor(name, a)
        kind = x.dtype if dtype is None else dtype_of(dtype)
        if dtype is None and kind.kind in "biu" and kind.itemsize < 4:
            kind = np.dtype(np.uint32 if unsigned and kind.kind == "u" else np.int32)
        x = x.reshape(-1) if axis is None else x
        along = 0 if axis is None else axis_in(name, axis, x.ndim)
        return fn(x, along, dtype=kind)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary}; short ints as Int32 (mindspore.numpy.{name})"
    return op(compute)


cumsum = _running("cumsum", jnp.cumsum, "Running sum along an axis, or of all")
cumprod = _running(
    "cumprod", jnp.cumprod, "Running product along an axis, or of all", unsigned=True
)
nancumsum = _running("nancumsum", jnp.nancumsum, "Running sum, nan counted as 0")
