"""Counting: bins, histograms, covariance."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_choice, check_int
from cellnet.numpy._shared import cast, pair, tensor, wide
from cellnet.ops._arrays import plain
from cellnet.ops._op import op


def _line(owner: str, name: str, value: Any) -> Any:
    x = tensor(owner, value)
    if x.ndim != 1:
        raise ValueError(f"{owner}: {name} must have 1 axis, got shape {x.shape}")
    return x


@op
def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Int32 places where to insert values so that order is kept (mindspore.numpy).

    Args:
        a: 1-d Tensor, ascending, or as ``sorter`` sorts it.
        v: Tensor of values.
        side: of equal elements.
        sorter: Int Tensor, the order of ``a``.
    """
    check_choice("searchsorted", "side", side, ("left", "right"))
    a, v = pair("searchsorted", _line("searchsorted", "a", a), v)
    if sorter is not None:
        a = a[tensor("searchsorted", sorter)]
    return jnp.searchsorted(a, v, side).astype(np.int32)


@op
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """Int32 numbers of the bins that values lie in (mindspore.numpy.digitize).

    Args:
        x: Tensor.
        bins: 1-d Tensor of edges, ascending or descending.
        right: whether a bin has its right edge instead of its left.
    """
    x, bins = pair("digitize", x, _line("digitize", "bins", bins))
    if not bins.size:
        return jnp.zeros(x.shape, np.int32)
    return jnp.digitize(x, bins, bool(right)).astype(np.int32)


@op
def bincount(
    x: Any, weights: Any = None, minlength: int = 0, length: int | None = None
) -> Any:
    """How often each int >= 0 occurs, Float32 (mindspore.numpy.bincount).

    Args:
        x: 1-d Int Tensor; numbers < 0 count as 0.
        weights: what each counts, by default 1.
        minlength: length of the result at least.
        length: of the result; without it, it depends on values, which a compiled
            program cannot have.

    Raises:
        TypeError: no ints.
        ValueError: other than 1 axis; not as many weights.
    """
    x = _line("bincount", "x", x)
    if x.dtype.kind not in "iu":
        raise TypeError(f"bincount: x must be ints, got {x.dtype}")
    weights = jnp.ones(x.shape) if weights is None else tensor("bincount", weights)
    if weights.shape != x.shape:
        raise ValueError(f"bincount: weights {weights.shape} for x {x.shape}")
    x = jnp.maximum(x, 0)
    if length is None:
        most = int(x.max()) + 1 if x.size else 0
        length = max(most, check_int("bincount", "minlength", minlength, minimum=0))
    counts = jnp.zeros(check_int("bincount", "length", length, minimum=1), np.float32)
    return counts.at[x].add(weights.astype(np.float32), mode="drop")


def _edges(owner: str, x: Any, bins: Any, limits: Any) -> Any:
    """Edges of bins, given as such or by their number."""
    if isinstance(bins, tuple | list) or getattr(bins, "ndim", 0):
        return _line(owner, "bins", bins)
    count = check_int(owner, "bins", plain(bins), minimum=1)
    if limits is None:
        low, high = (x.min(), x.max()) if x.size else (jnp.float32(0), jnp.float32(1))
    else:
        low, high = (wide(tensor(owner, end)) for end in limits)
    alike = low == high
    low, high = jnp.where(alike, low - 0.5, low), jnp.where(alike, high + 0.5, high)
    return jnp.linspace(low, high, count + 1)


def _check_limits(owner: str, limits: Any) -> None:
    if limits is not None:
        low, high = plain(limits)
        if low > high:
            raise ValueError(f"{owner}: range must ascend, got {limits}")


@op
def histogram_bin_edges(
    a: Any, bins: Any = 10, range: Any = None, weights: Any = None
) -> Any:
    """Edges of equal bins (mindspore.numpy.histogram_bin_edges).

    Args:
        a: Tensor.
        bins: how many, or the edges themselves.
        range: (lowest, highest) edge, by default of ``a``.
        weights: without effect.
    """
    del weights
    _check_limits("histogram_bin_edges", range)
    x = wide(tensor("histogram_bin_edges", a))
    return _edges("histogram_bin_edges", x, bins, range)


@op
def histogram(
    a: Any,
    bins: Any = 10,
    range: Any = None,
    weights: Any = None,
    density: bool = False,
) -> tuple[Any, Any]:
    """(how many elements lie in each bin, edges), Float32 (mindspore.numpy.histogram).

    Args:
        a: Tensor, that is flattened.
        bins: how many, or the edges, ascending.
        range: (lowest, highest) edge, by default of ``a``.
        weights: what each element counts, by default 1.
        density: give a density, whose integral is 1.
    """
    _check_limits("histogram", range)
    x = wide(tensor("histogram", a)).reshape(-1, 1)
    limits = None if range is None else [range]
    bins = bins if isinstance(bins, int) and not isinstance(bins, bool) else [bins]
    counts, edges = _counted("histogram", x, bins, limits, weights, density)
    return counts, edges[0]


def _counted(
    owner: str, x: Any, bins: Any, limits: Any, weights: Any, density: bool
) -> tuple[Any, list[Any]]:
    """Counts of the rows of ``x`` in a grid of bins, one axis for each column."""
    columns = x.shape[1]
    per_axis = [bins] * columns if isinstance(bins, int) else list(bins)
    if len(per_axis) != columns:
        raise ValueError(f"{owner}: {len(per_axis)} bins for {columns} axes")
    limits = [None] * columns if limits is None else limits
    edges = [_edges(owner, x[:, i], own, limits[i]) for i, own in enumerate(per_axis)]
    shape = tuple(edge.size - 1 for edge in edges)
    place = [_bin(x[:, i], edge) for i, edge in enumerate(edges)]
    weights = jnp.ones(len(x)) if weights is None else tensor(owner, weights)
    if weights.size != len(x):
        raise ValueError(f"{owner}: {weights.size} weights for {len(x)} elements")
    counts = jnp.zeros(shape, np.float32)
    counts = counts.at[tuple(place)].add(
        weights.reshape(-1).astype(np.float32), mode="drop"
    )
    if density:
        counts = counts / jnp.sum(counts)
        for axis, edge in enumerate(edges):
            width = jnp.diff(edge.astype(np.float32))
            counts = counts / jnp.expand_dims(
                width, [other for other in range(columns) if other != axis]
            )
    return counts, edges


def _bin(x: Any, edges: Any) -> Any:
    """Number of the bin of each element; the last has both edges."""
    edges = edges.astype(x.dtype)
    count = edges.size - 1
    place = jnp.searchsorted(edges, x, "right") - 1
    place = jnp.where(x == edges[-1], count - 1, place)
    return jnp.where(place < 0, count, place)  # out of range: dropped


@op
def histogramdd(
    sample: Any,
    bins: Any = 10,
    range: Any = None,
    weights: Any = None,
    density: bool = False,
) -> tuple[Any, list[Any]]:
    """(counts in a grid of bins, list of edges) (mindspore.numpy.histogramdd).

    Args:
        sample: Tensor (N, D) of points, or a list of D Tensors of N coordinates.
        bins: how many for each axis, or one number for all; or a list of edges.
        range: a list of (lowest, highest) edge.
        weights: what each point counts.
        density: give a density, whose integral is 1.
    """
    if isinstance(sample, tuple | list):
        x = jnp.stack([wide(tensor("histogramdd", each)) for each in sample], 1)
    else:
        x = wide(tensor("histogramdd", sample))
    return _counted("histogramdd", x, bins, range, weights, density)


@op
def histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    weights: Any = None,
    density: bool = False,
) -> tuple[Any, Any, Any]:
    """(counts in a grid of bins, edges of x, edges of y) (mindspore.numpy)."""
    points = [_line("histogram2d", n, v) for n, v in (("x", x), ("y", y))]
    points = jnp.stack([wide(each) for each in points], 1)
    counts, edges = _counted("histogram2d", points, bins, range, weights, density)
    return (counts, *edges)


@op
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    dtype: Any = None,
) -> Any:
    """Covariances of variables, in rows or columns (mindspore.numpy.cov).

    Args:
        m: Tensor with 1 or 2 axes.
        y: more variables.
        rowvar: whether a row is a variable, or an observation.
        bias: divide by N instead of N - 1.
        ddof: divide by N - ddof.
        fweights, aweights: how often observations occurred, and how much they count.
        dtype: of the result.

    Raises:
        TypeError: fweights that are no ints.
        ValueError: more than 2 axes.
    """
    x = wide(tensor("cov", m))
    if x.ndim > 2:
        raise ValueError(f"cov: expected at most 2 axes, got shape {x.shape}")
    y = None if y is None else wide(tensor("cov", y))
    if fweights is not None:
        fweights = tensor("cov", fweights)
        if fweights.dtype.kind not in "iu":
            raise TypeError(f"cov: fweights must be ints, got {fweights.dtype}")
    aweights = None if aweights is None else wide(tensor("cov", aweights))
    result = jnp.cov(
        x, y, bool(rowvar), bool(bias), ddof, fweights=fweights, aweights=aweights
    )
    return cast(result, dtype)


@op
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, dtype: Any = None) -> Any:
    """Correlations of variables, in rows or columns (mindspore.numpy.corrcoef)."""
    x = wide(tensor("corrcoef", x))
    if x.ndim > 2:
        raise ValueError(f"corrcoef: expected at most 2 axes, got shape {x.shape}")
    y = None if y is None else wide(tensor("corrcoef", y))
    return cast(jnp.corrcoef(x, y, bool(rowvar)), dtype)
