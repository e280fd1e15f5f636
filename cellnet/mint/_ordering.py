"""Order and counting: sorting, searching, runs of equal elements, histograms."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_axis, check_choice, check_int
from cellnet.ops._arrays import array, index_dtype, plain
from cellnet.ops._op import op


@op
def argsort(
    input: Any, dim: int = -1, descending: bool = False, stable: bool = False
) -> Any:
    """Int64 positions that sort along a dimension (mindspore.mint.argsort)."""
    del stable  # it always is
    x = array("argsort", input)
    dim = check_axis("argsort", plain(dim), x.ndim)
    if x.ndim == 0:
        return jnp.zeros((), index_dtype())
    return jnp.argsort(x, dim, descending=descending).astype(index_dtype())


@op
def sort(
    input: Any, *, dim: int = -1, descending: bool = False, stable: bool = False
) -> tuple[Any, Any]:
    """(sorted elements, their Int64 positions) (mindspore.mint.sort)."""
    x = array("sort", input)
    order = argsort.on_arrays(x, dim, descending, stable)
    return (jnp.take_along_axis(x, order, plain(dim)) if x.ndim else x), order


@op
def topk(
    input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> tuple[Any, Any]:
    """(the k largest or smallest, their Int64 positions) (mindspore.mint.topk)."""
    del sorted
    x = array("topk", input)
    axis = check_axis("topk", plain(dim), x.ndim)
    k = check_int("topk", "k", plain(k), minimum=0, maximum=x.shape[axis])
    values, order = sort.on_arrays(x, dim=axis, descending=largest)
    first = tuple(slice(k) if i == axis else slice(None) for i in range(x.ndim))
    return values[first], order[first]


@op
def kthvalue(
    input: Any, k: int, dim: int = -1, keepdim: bool = False
) -> tuple[Any, Any]:
    """(the k-th smallest, its Int64 position) (mindspore.mint.kthvalue)."""
    x = array("kthvalue", input)
    axis = check_axis("kthvalue", plain(dim), x.ndim)
    k = check_int("kthvalue", "k", plain(k), minimum=1, maximum=x.shape[axis])
    found = [jnp.take(part, k - 1, axis) for part in sort.on_arrays(x, dim=axis)]
    if keepdim:
        found = [jnp.expand_dims(part, axis) for part in found]
    return found[0], found[1]


@op
def searchsorted(
    sorted_sequence: Any,
    values: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Where to insert values so that order is kept (mindspore.mint.searchsorted).

    Args:
        sorted_sequence: Tensor, ascending along the last dimension, or as ``sorter``
            sorts it.
        values: Tensor or number.
        out_int32: give Int32 instead of Int64.
        right, side: of equal elements; ``side`` is "left" or "right".
        sorter: Int Tensor of positions.
    """
    x = array("searchsorted", sorted_sequence)
    x = x if sorter is None else jnp.take_along_axis(x, sorter, -1)
    if side is not None:
        right = check_choice("searchsorted", "side", side, ("left", "right")) == "right"
    return ops.searchsorted.on_arrays(x, values, out_int32=out_int32, right=right)


@op
def unique_consecutive(
    input: Any,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The first of each run of equal elements or slices (mindspore.mint).

    How many there are depends on values, so a compiled program cannot use it.

    Returns:
        The elements; if wanted, also the run of each element, and the runs' lengths.
    """
    x = array("unique_consecutive", input)
    shape = x.shape
    axis = 0 if dim is None else check_axis("unique_consecutive", dim, x.ndim)
    x = x.reshape(-1) if dim is None else x
    rows = jnp.moveaxis(x, axis, 0)
    new = jnp.any(rows[1:] != rows[:-1], axis=tuple(range(1, x.ndim)))
    first = jnp.concatenate([jnp.ones(min(1, x.shape[axis]), bool), new])
    starts = jnp.flatnonzero(first)
    found = [jnp.take(x, starts, axis)]
    if return_inverse:
        runs = (jnp.cumsum(first) - 1).astype(index_dtype())
        found.append(runs.reshape(shape) if dim is None else runs)
    if return_counts:
        ends = jnp.append(starts[1:], first.size)
        found.append((ends - starts).astype(index_dtype()))
    return found[0] if len(found) == 1 else tuple(found)


@op
def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each int >= 0 occurs (mindspore.mint.bincount).

    The length depends on values, so a compiled program cannot use it.
    """
    x = array("bincount", input)
    check_int("bincount", "minlength", minlength, minimum=0)
    count = jnp.bincount(x, weights, minlength=minlength)
    return count if weights is not None else count.astype(index_dtype())


@op
def histc(input: Any, bins: int = 100, min: Any = 0, max: Any = 0) -> Any:
    """Counts in equal bins of [min, max] (mindspore.mint.histc).

    Two equal limits mean those of the elements.
    """
    x = array("histc", input).reshape(-1)
    limits = (min, max) if min != max else (x.min(), x.max())
    counts, _ = jnp.histogram(x, check_int("histc", "bins", bins, minimum=1), limits)
    return counts.astype(x.dtype)
