"""Products of matrices and vectors."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_axis
from cellnet.ops._arrays import array, plain, promoted
from cellnet.ops._op import op

bmm = ops.bmm
dot = ops.dot
einsum = ops.einsum
inverse = ops.inverse
matmul = ops.matmul
mm = ops.mm
outer = ops.outer


def _rank(owner: str, x: Any, *ndim: int) -> Any:
    x = array(owner, x)
    if x.ndim not in ndim:
        raise ValueError(f"{owner}: expected {ndim[0]} dimensions, got shape {x.shape}")
    return x


@op
def mv(input: Any, vec: Any) -> Any:
    """Matrix (n, m) times vector (m,) (mindspore.mint.mv)."""
    return ops.matmul.on_arrays(_rank("mv", input, 2), _rank("mv", vec, 1))


@op
def vdot(input: Any, other: Any) -> Any:
    """Sum of products of two vectors, the first conjugated (mindspore.mint.vdot)."""
    return jnp.vdot(_rank("vdot", input, 1), _rank("vdot", other, 1))


def _sum_with_product(name: str, product: Any, formula: str) -> Any:
    def compute(
        input: Any, first: Any, second: Any, *, beta: Any = 1, alpha: Any = 1
    ) -> Any:
        made = product(array(name, first), array(name, second))
        return (beta * array(name, input) + alpha * made).astype(made.dtype)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"beta * input + alpha * {formula} (mindspore.mint.{name})"
    return op(compute)


def _summed_product(x: Any, y: Any) -> Any:
    return jnp.sum(ops.bmm.on_arrays(x, y), 0)


addmm = _sum_with_product("addmm", ops.mm.on_arrays, "mat1 @ mat2")
addmv = _sum_with_product("addmv", mv.on_arrays, "mat @ vec")
addbmm = _sum_with_product("addbmm", _summed_product, "sum(batch1 @ batch2)")
baddbmm = _sum_with_product("baddbmm", ops.bmm.on_arrays, "batch1 @ batch2")


def addr_(input: Any, vec1: Any, vec2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """input = beta * input + alpha * outer(vec1, vec2) (mindspore.mint.addr_)."""
    value = beta * input + alpha * outer(vec1, vec2)
    input._value = value.astype(input.dtype)._value
    return input


@op
def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """Cross products of vectors with 3 elements (mindspore.mint.cross).

    Args:
        input, other: Tensors, broadcast.
        dim: of the vectors; by default the first that has length 3.
    """
    x, y = promoted([array("cross", input), array("cross", other)])
    shape = jnp.broadcast_shapes(x.shape, y.shape)
    if dim is None:
        dim = next((i for i, n in enumerate(shape) if n == 3), None)
    if dim is None or shape[check_axis("cross", plain(dim), len(shape))] != 3:
        raise ValueError(f"cross: vectors must have 3 elements, got shape {shape}")
    x, y = jnp.broadcast_to(x, shape), jnp.broadcast_to(y, shape)
    return jnp.cross(x, y, axis=dim)


@op
def cdist(
    x1: Any,
    x2: Any,
    p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Any:
    """p-norms of the differences of all pairs of rows (mindspore.mint.cdist).

    Args:
        x1, x2: Tensors (..., n, d) and (..., m, d).
        p: >= 0.
        compute_mode: without effect.

    Returns:
        Tensor (..., n, m).
    """
    del compute_mode
    x, y = array("cdist", x1), array("cdist", x2)
    if p < 0:
        raise ValueError(f"cdist: p must be >= 0, got {p}")
    apart = jnp.abs(x[..., :, None, :] - y[..., None, :, :])
    if p == 0:
        return jnp.sum(apart != 0, -1).astype(x.dtype)
    if p == float("inf"):
        return jnp.max(apart, -1)
    if p == 1:
        return jnp.sum(apart, -1)
    if p == 2:
        total = jnp.sum(jnp.square(apart), -1)
        # the root has no derivative at 0; there it counts as 0
        return jnp.where(total > 0, jnp.sqrt(jnp.where(total > 0, total, 1)), 0)
    return jnp.sum(apart**p, -1) ** (1 / p)


@op
def triangular_solve(
    b: Any,
    A: Any,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
) -> tuple[Any, Any]:
    """(x with A x = b of a triangular A, A) (mindspore.mint.triangular_solve)."""
    b, A = array("triangular_solve", b), array("triangular_solve", A)
    shape = jnp.broadcast_shapes(A.shape[:-2], b.shape[:-2])
    A = jnp.broadcast_to(A, shape + A.shape[-2:])
    b = jnp.broadcast_to(b, shape + b.shape[-2:])
    x = jax.scipy.linalg.solve_triangular(
        A, b, trans=int(transpose), lower=not upper, unit_diagonal=unitriangular
    )
    return x, A
