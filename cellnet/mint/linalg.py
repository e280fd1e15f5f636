"""Norms, inverses and decompositions (mindspore.mint.linalg)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_axes, check_choice
from cellnet.dtype import to_numpy
from cellnet.mint._reduce import vector_norm as _of_vectors
from cellnet.ops._arrays import array, floating, plain
from cellnet.ops._op import op

inv = ops.inverse


def _floats(owner: str, x: Any, dtype: Any) -> Any:
    x = floating(array(owner, x))
    return x if dtype is None else x.astype(to_numpy(dtype))


@op
def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """(sum \\|x\\| ** ord) ** (1 / ord) over dimensions (mindspore.mint.linalg)."""
    x = _floats("vector_norm", x, dtype)
    dims = check_axes("vector_norm", plain(dim), x.ndim)
    return _of_vectors(x, ord, dims, keepdim)


@op
def matrix_norm(
    A: Any,
    ord: Any = "fro",
    dim: Any = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Any:
    """Norm of matrices (mindspore.mint.linalg.matrix_norm).

    Args:
        A: Tensor.
        ord: "fro", "nuc", inf, -inf, 1, -1, 2 or -2.
        dim: the two dimensions of the matrices.
        keepdim: leave dimensions of length 1.
        dtype: cast to it first.
    """
    x = _floats("matrix_norm", A, dtype)
    dims = check_axes("matrix_norm", plain(dim), x.ndim)
    if dims is None or len(dims) != 2:
        raise ValueError(f"matrix_norm: expected two dimensions, got {dim}")
    return jnp.linalg.norm(x, ord, dims, keepdim)


@op
def norm(
    A: Any,
    ord: Any = None,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Any:
    """Norm of vectors or matrices (mindspore.mint.linalg.norm)."""
    return ops.norm.on_arrays(A, ord, dim, keepdim, dtype=dtype)


@op
def qr(A: Any, mode: str = "reduced") -> Any:
    """(Q, R) with A = Q R, Q orthogonal, R upper triangular (mindspore.mint.linalg).

    ``mode`` is "reduced", "complete" or "r", which leaves Q empty.
    """
    x = _floats("qr", A, None)
    check_choice("qr", "mode", mode, ("reduced", "complete", "r"))
    if mode == "r":
        return jnp.zeros((0,), x.dtype), jnp.linalg.qr(x, mode)
    return tuple(jnp.linalg.qr(x, mode))


__all__ = ["inv", "matrix_norm", "norm", "qr", "vector_norm"]
