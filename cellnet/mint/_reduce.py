"""Reductions over dimensions: ``dim``, ``keepdim``, and torch's return values."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import ops
from cellnet._checks import check_axes, check_axis
from cellnet.dtype import to_numpy
from cellnet.ops import reduce
from cellnet.ops._arrays import array, floating, index_dtype, plain
from cellnet.ops._op import op
from cellnet.tensor import Tensor

sum = reduce.sum
all = reduce.all
any = reduce.any
logsumexp = reduce.logsumexp


def _dims(owner: str, x: Any, dim: Any) -> tuple[int, ...] | None:
    return check_axes(owner, plain(dim), x.ndim)


@op
def mean(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """Mean over dimensions; of ints an int, cut off (mindspore.mint.mean)."""
    x = array("mean", input)
    x = x if dtype is None else x.astype(to_numpy(dtype))
    return reduce.mean.on_arrays(x, dim, keepdim)


@op
def prod(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """Product over dimensions; ints as Int64 (mindspore.mint.prod)."""
    return reduce.prod.on_arrays(input, dim, keepdim, dtype)


@op
def nansum(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """Sum over dimensions, nan counted as 0 (mindspore.mint.nansum)."""
    x = array("nansum", input)
    x = jnp.where(jnp.isnan(x), 0, x).astype(x.dtype) if x.dtype.kind in "fV" else x
    return reduce.sum.on_arrays(x, dim, keepdim, dtype=dtype)


def _farthest(name: str, fn: Any) -> Any:
    def compute(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
        x = array(name, input)
        return fn(x, _dims(name, x, dim), keepdims=keepdim)

    compute.__name__ = compute.__qualname__ = name
    side = "Largest" if name == "amax" else "Smallest"
    compute.__doc__ = f"{side} element over dimensions (mindspore.mint.{name})"
    return op(compute)


amax = _farthest("amax", jnp.max)
amin = _farthest("amin", jnp.min)


def _extreme(name: str, pick: Any, pairwise: Any, side: str) -> Any:
    def compute(
        input: Any,
        dim: Any = None,
        keepdim: bool = False,
        *,
        other: Any = None,
    ) -> Any:
        if isinstance(dim, Tensor):  # torch.max(a, b)
            dim, other = None, dim
        if other is not None:
            return pairwise(input, other)
        return along(input, dim, keepdim)

    @op
    def along(input: Any, dim: Any, keepdim: bool) -> Any:
        if dim is None:
            x = array(name, input)
            return jnp.max(x) if name == "max" else jnp.min(x)
        return pick(input, dim, keepdim)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"""{side} elements (mindspore.mint.{name}).

    Args:
        input: Tensor.
        dim: an int; or another Tensor, with which elements are compared.
        keepdim: leave a dimension of length 1.
        other: the other Tensor.

    Returns:
        One element of all; with ``dim``, (values, Int64 positions).
    """
    return compute


max = _extreme("max", reduce.max.on_arrays, ops.maximum, "Largest")
min = _extreme("min", reduce.min.on_arrays, ops.minimum, "Smallest")

argmax = reduce.argmax


@op
def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Int64 position of the first smallest element (mindspore.mint.argmin)."""
    return reduce.argmin.on_arrays(input, dim, keepdim).astype(index_dtype())


def _spread(name: str, fn: Any, summary: str) -> Any:
    def compute(
        input: Any, dim: Any = None, *, correction: int = 1, keepdim: bool = False
    ) -> Any:
        x = floating(array(name, input))
        return fn(x, _dims(name, x, dim), ddof=correction, keepdims=keepdim)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary}, of count - correction (mindspore.mint.{name})"
    return op(compute)


def _with_mean(name: str, fn: Any, summary: str) -> Any:
    def both(x: Any, dims: Any, *, ddof: int, keepdims: bool) -> Any:
        spread = fn(x, dims, ddof=ddof, keepdims=keepdims)
        return spread, jnp.mean(x, dims, keepdims=keepdims)

    return _spread(name, both, summary)


std = _spread("std", jnp.std, "Standard deviation over dimensions")
var = _spread("var", jnp.var, "Variance over dimensions")
std_mean = _with_mean("std_mean", jnp.std, "(standard deviation, mean)")
var_mean = _with_mean("var_mean", jnp.var, "(variance, mean)")


@op
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median (mindspore.mint.median).

    Returns:
        Of all elements; with ``dim``, (values, Int64 positions).
    """
    x = array("median", input)
    if dim is None:
        return jnp.sort(x.reshape(-1))[(x.size - 1) // 2]
    return ops.median.on_arrays(x, dim, keepdim)


@op
def count_nonzero(input: Any, dim: Any = None) -> Any:
    """Int64 number of elements that are not 0 (mindspore.mint.count_nonzero)."""
    return reduce.count_nonzero.on_arrays(input, dim, False, index_dtype())


@op
def norm(
    input: Any,
    p: Any = "fro",
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Any:
    """Norm of vectors (mindspore.mint.norm).

    Args:
        input: Tensor.
        p: "fro" means 2; a number, inf or -inf.
        dim: over which, by default all.
        keepdim: leave dimensions of length 1.
        dtype: cast to it first.
    """
    x = floating(array("norm", input))
    x = x if dtype is None else x.astype(to_numpy(dtype))
    return vector_norm(
        x, 2 if p in ("fro", None) else p, _dims("norm", x, dim), keepdim
    )


def vector_norm(x: Any, p: Any, dims: Any, keepdim: bool) -> Any:
    """(sum \\|x\\| ** p) ** (1 / p) over dimensions, of an array."""
    size = jnp.abs(x)
    if p == np.inf:
        return jnp.max(size, dims, keepdims=keepdim)
    if p == -np.inf:
        return jnp.min(size, dims, keepdims=keepdim)
    if p == 0:
        return jnp.sum((x != 0).astype(x.dtype), dims, keepdims=keepdim)
    if p == 1:
        return jnp.sum(size, dims, keepdims=keepdim)
    if p == 2:
        return jnp.sqrt(jnp.sum(jnp.square(size), dims, keepdims=keepdim))
    return jnp.power(jnp.sum(jnp.power(size, p), dims, keepdims=keepdim), 1 / p)


def _running(name: str, fn: Any, summary: str) -> Any:
    def compute(input: Any, dim: int, dtype: Any = None) -> Any:
        x = array(name, input)
        kind = index_dtype() if x.dtype.kind in "biu" else x.dtype
        kind = kind if dtype is None else to_numpy(dtype)
        return fn(x, check_axis(name, plain(dim), x.ndim), dtype=kind)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary}; ints as Int64 (mindspore.mint.{name})"
    return op(compute)


cumsum = _running("cumsum", jnp.cumsum, "Running sum along a dimension")
cumprod = _running("cumprod", jnp.cumprod, "Running product along a dimension")


def _running_extreme(name: str, better: Any, summary: str) -> Any:
    def compute(input: Any, dim: int) -> Any:
        x = array(name, input)
        axis = check_axis(name, plain(dim), x.ndim)
        if x.ndim == 0:
            return x, jnp.zeros((), index_dtype())
        places = jax.lax.broadcasted_iota(index_dtype(), x.shape, axis)

        def later(a: Any, b: Any) -> Any:  # of equal elements, the later one
            takes = better(b[0], a[0])
            return jnp.where(takes, b[0], a[0]), jnp.where(takes, b[1], a[1])

        return jax.lax.associative_scan(later, (x, places), axis=axis)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"({summary} so far, Int64 positions) (mindspore.mint.{name})"
    return op(compute)


cummax = _running_extreme("cummax", jnp.greater_equal, "largest elements")
cummin = _running_extreme("cummin", jnp.less_equal, "smallest elements")
