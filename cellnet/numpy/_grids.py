"""Grids of coordinates and indices."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool, check_int, check_shape
from cellnet.dtype import int32
from cellnet.numpy._shared import axis_in, cast, dtype_of, tensor
from cellnet.ops._arrays import array as strictly
from cellnet.ops._arrays import index_dtype, plain
from cellnet.ops._op import op
from cellnet.tensor import Tensor


@op
def meshgrid(*xi: Any, sparse: bool = False, indexing: str = "xy") -> list[Any]:
    """Grids of coordinates from 1-d Tensors, a list (mindspore.numpy.meshgrid).

    Args:
        *xi: Tensors; those with more axes are flattened.
        sparse: leave the grids unbroadcast.
        indexing: "xy" has the first Tensor along the second axis, "ij" along the first.

    Raises:
        TypeError: another ``sparse`` or ``indexing``.
    """
    check_bool("meshgrid", "sparse", sparse)
    if indexing not in ("xy", "ij"):
        raise TypeError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    flat = [tensor("meshgrid", x).reshape(-1) for x in xi]
    return list(jnp.meshgrid(*flat, sparse=sparse, indexing=indexing))


@op
def indices(dimensions: Any, dtype: Any = int32, sparse: bool = False) -> list[Any]:
    """Indices of a grid along each of its axes, a list (mindspore.numpy.indices).

    Raises:
        TypeError: dimensions that are no tuple or list.
    """
    if not isinstance(dimensions, tuple | list):
        raise TypeError(f"indices: expected a tuple or list, got {dimensions!r}")
    shape = check_shape("indices", plain(dimensions))
    return list(jnp.indices(shape, dtype_of(dtype), sparse=sparse))


@op
def ix_(*args: Any) -> tuple[Any, ...]:
    """1-d Tensors along one axis each, to index a grid (mindspore.numpy.ix_).

    Raises:
        ValueError: a Tensor that is not 1-d.
    """
    given = [tensor("ix_", x) for x in args]
    for x in given:
        if x.ndim != 1:
            raise ValueError(f"ix_: expected Tensors with 1 axis, got shape {x.shape}")
    place = range(len(given))
    return tuple(
        jnp.expand_dims(x, [other for other in place if other != axis])
        for axis, x in zip(place, given, strict=True)
    )


class _Grid:
    """``mgrid[0:2, 0:1:3j]``: an imaginary step counts the points of an axis."""

    def __init__(self, name: str, sparse: bool) -> None:
        self._name = name
        self._sparse = sparse
        self.__doc__ = f"Grid by slices (mindspore.numpy.{name})"

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return Tensor._wrap(self._axis(key))
        if not isinstance(key, tuple):
            raise TypeError(f"{self._name}: expected slices, got {key!r}")
        lines = [self._axis(part) for part in key]
        kind = np.result_type(*[line.dtype for line in lines])
        kind = np.float32 if kind.kind == "f" else kind
        lines = [line.astype(kind) for line in lines]
        grids = jnp.meshgrid(*lines, sparse=self._sparse, indexing="ij")
        if self._sparse:
            return [Tensor._wrap(grid) for grid in grids]
        return Tensor._wrap(jnp.stack(grids))

    def _axis(self, part: Any) -> Any:
        if not isinstance(part, slice):
            raise TypeError(f"{self._name}: expected slices, got {part!r}")
        start, step = part.start or 0, 1 if part.step is None else part.step
        if isinstance(step, complex):
            count = int(abs(step))
            return jnp.linspace(start, part.stop, count, dtype=np.float32)
        start, stop, step = (
            check_int(self._name, "slice", plain(value))
            for value in (start, part.stop, step)
        )
        return jnp.arange(start, stop, step, dtype=np.int32)


mgrid = _Grid("mgrid", sparse=False)
ogrid = _Grid("ogrid", sparse=True)


def _square(owner: str, n: Any, k: Any, m: Any) -> tuple[int, int, int]:
    rows = check_int(owner, "n", plain(n), minimum=0)
    columns = rows if m is None else check_int(owner, "m", plain(m), minimum=0)
    return rows, check_int(owner, "k", plain(k)), columns


def _triangle(name: str, fn: Any, side: str) -> tuple[Any, Any]:
    def indices_of(n: int, k: int = 0, m: int | None = None) -> Any:
        rows, k, columns = _square(name, n, k, m)
        return tuple(jnp.asarray(i, np.int32) for i in fn(rows, k, columns))

    def indices_from(arr: Any, k: int = 0) -> Any:
        shape = tensor(f"{name}_from", arr).shape
        if len(shape) != 2:
            raise ValueError(f"{name}_from: expected 2 axes, got shape {shape}")
        return indices_of(shape[0], k, shape[1])

    indices_of.__name__, indices_from.__name__ = name, f"{name}_from"
    summary = f"(rows, columns) of what lies at and {side} the k-th diagonal"
    indices_of.__doc__ = f"{summary} of an (n, m) Tensor (mindspore.numpy.{name})"
    indices_from.__doc__ = f"{summary} of a Tensor (mindspore.numpy.{name}_from)"
    return op(indices_of), op(indices_from)


tril_indices, tril_indices_from = _triangle("tril_indices", np.tril_indices, "below")
triu_indices, triu_indices_from = _triangle("triu_indices", np.triu_indices, "above")


@op
def diag_indices(n: int, ndim: int = 2) -> tuple[Any, ...]:
    """Indices of the diagonal of an n x n x ... Tensor (mindspore.numpy)."""
    n = check_int("diag_indices", "n", plain(n), minimum=1)
    ndim = check_int("diag_indices", "ndim", plain(ndim), minimum=1)
    return (jnp.arange(n, dtype=np.int32),) * ndim


def _triangular(name: str, fn: Any, side: str) -> Any:
    def compute(m: Any, k: int = 0) -> Any:
        x = tensor(name, m)
        if x.ndim == 0:
            raise ValueError(f"{name}: expected at least 1 axis, got a number")
        if x.ndim == 1:
            x = jnp.broadcast_to(x, (x.shape[0], x.shape[0]))
        return fn(x, check_int(name, "k", plain(k)))

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"0 {side} the k-th diagonal (mindspore.numpy.{name})"
    return op(compute)


tril = _triangular("tril", jnp.tril, "above")
triu = _triangular("triu", jnp.triu, "below")


@op
def diag(v: Any, k: int = 0) -> Any:
    """The k-th diagonal of a matrix, or a matrix with it (mindspore.numpy.diag).

    Args:
        v: Tensor (n,), that becomes the diagonal, or (n, m), whose diagonal is taken.
        k: above (> 0) or below (< 0) the main diagonal.

    Raises:
        ValueError: other than 1 or 2 axes.
    """
    x = tensor("diag", v)
    if x.ndim not in (1, 2):
        raise ValueError(f"diag: expected 1 or 2 axes, got shape {x.shape}")
    return jnp.diag(x, check_int("diag", "k", plain(k)))


@op
def diagflat(v: Any, k: int = 0) -> Any:
    """All elements on the k-th diagonal of a matrix (mindspore.numpy.diagflat)."""
    return jnp.diagflat(tensor("diagflat", v), check_int("diagflat", "k", plain(k)))


def _plane(owner: str, x: Any, axis1: Any, axis2: Any) -> tuple[int, int]:
    if x.ndim < 2:
        raise ValueError(f"{owner}: expected at least 2 axes, got shape {x.shape}")
    first, second = axis_in(owner, axis1, x.ndim), axis_in(owner, axis2, x.ndim)
    if first == second:
        raise ValueError(f"{owner}: axis1 and axis2 must differ, got {axis1}, {axis2}")
    return first, second


@op
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Diagonals of the planes of two axes, last (mindspore.numpy.diagonal)."""
    x = strictly("diagonal", a)
    return jnp.diagonal(x, offset, *_plane("diagonal", x, axis1, axis2))


@op
def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
) -> Any:
    """Sums of diagonals; of ints as Int64 (mindspore.numpy.trace)."""
    x = cast(strictly("trace", a), dtype)
    kind = index_dtype() if dtype is None and x.dtype.kind in "iu" else x.dtype
    return jnp.trace(x, offset, *_plane("trace", x, axis1, axis2), dtype=kind)


@op
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers of a 1-d Tensor, N columns (mindspore.numpy.vander).

    Raises:
        ValueError: other than 1 axis; N < 1.
    """
    x = tensor("vander", x)
    if x.ndim != 1:
        raise ValueError(f"vander: expected 1 axis, got shape {x.shape}")
    N = x.size if N is None else check_int("vander", "N", plain(N), minimum=1)
    return jnp.vander(x, N, increasing)
