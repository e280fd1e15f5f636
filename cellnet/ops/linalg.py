"""Matrix products, norms and decompositions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_axes, check_bool
from cellnet.dtype import to_numpy
from cellnet.ops._arrays import array, array_only, floating, plain, spelled
from cellnet.ops._op import op
from cellnet.ops.primitive import REQUIRED, primitive


def _swapped(x: Any, wanted: bool) -> Any:
    return jnp.swapaxes(x, -1, -2) if wanted else x


def _check_product(owner: str, x: Any, y: Any) -> None:
    inner = y.shape[-2] if y.ndim > 1 else y.shape[0]
    if x.shape[-1] != inner:
        raise ValueError(
            f"{owner}: shapes {x.shape} and {y.shape} do not fit: the last axis of the "
            f"first has length {x.shape[-1]}, the second expects {inner}"
        )


@op
def matmul(input: Any, other: Any) -> Any:
    """Matrix product over the last two axes (mindspore.ops.matmul).

    Args:
        input: Tensor (..., n, k) or (k,).
        other: Tensor (..., k, m) or (k,); leading axes are broadcast.

    Returns:
        Tensor (..., n, m), without the axis that a vector lacks.

    Raises:
        TypeError: no Tensors.
        ValueError: a Tensor with 0 axes, or lengths that do not fit.

    Example:
        >>> matmul(Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]])).tolist()
        [[11.0]]
    """
    x, y = array_only("matmul", input), array_only("matmul", other)
    if x.ndim == 0 or y.ndim == 0:
        raise ValueError(f"matmul: got shapes {x.shape} and {y.shape}, expected axes")
    _check_product("matmul", x, y)
    return jnp.matmul(x, y)


def _product(owner: str, x: Any, y: Any, transpose_a: bool, transpose_b: bool) -> Any:
    x = _swapped(array(owner, x), transpose_a)
    y = _swapped(array(owner, y), transpose_b)
    if x.dtype != y.dtype:
        raise TypeError(f"{owner}: dtypes must be equal, got {x.dtype} and {y.dtype}")
    _check_product(owner, x, y)
    return jnp.matmul(x, y)


@op
def _matmul_2d(x: Any, y: Any, transpose_a: bool, transpose_b: bool) -> Any:
    """Product of two matrices, each transposed if wanted (mindspore.ops.MatMul)."""
    if x.ndim != 2 or y.ndim != 2:
        raise ValueError(
            f"MatMul: expected two Tensors with 2 axes, got {x.shape} and {y.shape}; "
            "use BatchMatMul or ops.matmul"
        )
    return _product("MatMul", x, y, transpose_a, transpose_b)


@op
def _matmul_batch(x: Any, y: Any, transpose_a: bool, transpose_b: bool) -> Any:
    """Products of matrices held in the last two axes (mindspore.ops.BatchMatMul)."""
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError(
            f"BatchMatMul: expected at least 2 axes, got {x.shape} and {y.shape}"
        )
    return _product("BatchMatMul", x, y, transpose_a, transpose_b)


@op
def bmm(input_x: Any, mat2: Any) -> Any:
    """Products of matrices held in the last two axes (mindspore.ops.bmm)."""
    return _matmul_batch.on_arrays(input_x, mat2, False, False)


batch_matmul = bmm


@op
def mm(input: Any, mat2: Any) -> Any:
    """Product of two matrices (mindspore.ops.mm)."""
    return _matmul_2d.on_arrays(input, mat2, False, False)


@op
def dense(input: Any, weight: Any, bias: Any = None) -> Any:
    """input @ weight.T + bias (mindspore.ops.dense).

    Args:
        input: Tensor (..., in).
        weight: Tensor (out, in).
        bias: Tensor (out,), or None.

    Returns:
        Tensor (..., out).

    Raises:
        ValueError: lengths that do not fit.
    """
    x, weight = array("dense", input), array("dense", weight)
    if x.shape[-1:] != weight.shape[-1:]:
        raise ValueError(
            f"dense: input {x.shape} and weight {weight.shape} must end in one length"
        )
    result = jnp.matmul(x, weight.T)
    return result if bias is None else result + bias


@op
def dot(input: Any, other: Any) -> Any:
    """Sum of products over the last and the second last axis (mindspore.ops.dot)."""
    return jnp.dot(array("dot", input), array("dot", other))


@op
def outer(input: Any, vec2: Any) -> Any:
    """Each element times each (mindspore.ops.outer, ger)."""
    return jnp.outer(array("outer", input), array("outer", vec2))


ger = outer


@op
def tensor_dot(x1: Any, x2: Any, axes: Any) -> Any:
    """Sum of products over given axes (mindspore.ops.tensor_dot)."""
    return jnp.tensordot(array("tensor_dot", x1), array("tensor_dot", x2), plain(axes))


@op
def einsum(equation: str, *operands: Any) -> Any:
    """Sum of products by Einstein's notation (mindspore.ops.einsum)."""
    if len(operands) == 1 and isinstance(operands[0], tuple | list):
        operands = tuple(operands[0])
    return jnp.einsum(equation, *operands)


@op
def _einsum_of(operands: Any, equation: str) -> Any:
    """Sum of products by Einstein's notation (mindspore.ops.Einsum)."""
    return jnp.einsum(equation, *operands)


@spelled(axis="dim", keepdims="keepdim", keep_dims="keepdim")
@op
def norm(
    A: Any,
    ord: Any = None,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Any:
    """Norm of vectors or matrices (mindspore.ops.norm).

    Args:
        A: Tensor.
        ord: None for the root of the sum of squares; a number, inf, -inf, "fro" or
            "nuc" as in ``numpy.linalg.norm``.
        dim: an axis for vectors, two for matrices, None for all.
        keepdim: leave axes of length 1.
        dtype: cast to it first.
    """
    x = array("norm", A)
    x = floating(x) if dtype is None else x.astype(to_numpy(dtype))
    axes = check_axes("norm", plain(dim), x.ndim)
    if ord is None:
        return jnp.sqrt(jnp.sum(jnp.square(jnp.abs(x)), axes, keepdims=keepdim))
    axis = axes[0] if axes is not None and len(axes) == 1 else axes
    return jnp.linalg.norm(x, ord, axis, keepdim)


@op
def cond(A: Any, p: Any = None) -> Any:
    """Condition number of matrices, norm(A) * norm(inverse of A) (mindspore.ops.cond).

    Args:
        A: Tensor (..., N, N); (..., M, N) for the norms None, 2 and -2.
        p: which norm: None, 1, -1, 2, -2, inf, -inf, "fro" or "nuc".

    Raises:
        ValueError: fewer than two axes, or another norm.
    """
    x = floating(array("cond", A))
    if x.ndim < 2:
        raise ValueError(f"cond: expected matrices (..., M, N), got shape {x.shape}")
    return jnp.linalg.cond(x, p)


@op
def l2_normalize(x: Any, axis: Any = 0, epsilon: float = 1e-4) -> Any:
    """x / sqrt(max(sum(x ** 2), epsilon)) along axes (mindspore.ops.L2Normalize)."""
    x = array("L2Normalize", x)
    axes = check_axes("L2Normalize", plain(axis), x.ndim)
    total = jnp.sum(jnp.square(x), axes, keepdims=True)
    return x * jax.lax.rsqrt(jnp.maximum(total, epsilon))


@op
def lp_norm(
    input: Any, axis: Any, p: int = 2, keep_dims: bool = False, epsilon: float = 1e-12
) -> Any:
    """sum(\\|x\\| ** p) ** (1 / p) over axes, at least epsilon (mindspore.ops)."""
    x = array("LpNorm", input)
    axes = check_axes("LpNorm", plain(axis), x.ndim)
    total = jnp.sum(jnp.abs(x) ** p, axes, keepdims=keep_dims) ** (1 / p)
    return jnp.maximum(total, epsilon)


@op
def inverse(input: Any) -> Any:
    """Inverse of square matrices (mindspore.ops.inverse)."""
    return jnp.linalg.inv(floating(array("inverse", input)))


@op
def cholesky(input_x: Any, upper: bool = False) -> Any:
    """Triangular root of positive definite matrices (mindspore.ops.cholesky)."""
    x = array("cholesky", input_x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"cholesky: expected square matrices, got shape {x.shape}")
    return jnp.linalg.cholesky(x, upper=upper)


@op
def svd(input: Any, full_matrices: bool = False, compute_uv: bool = True) -> Any:
    """(s, u, v) with input = u @ diag(s) @ v.T (mindspore.ops.svd)."""
    found = jnp.linalg.svd(array("svd", input), full_matrices, compute_uv)
    if not compute_uv:
        return found
    u, s, vh = found
    return s, u, jnp.swapaxes(vh, -1, -2).conj()


@op
def _matrix_inverse(x: Any, adjoint: bool) -> Any:
    """Inverse of square matrices (mindspore.ops.MatrixInverse)."""
    result = jnp.linalg.inv(x)
    return jnp.swapaxes(result, -1, -2).conj() if adjoint else result


def _check_transposes(transpose_a: Any, transpose_b: Any) -> None:
    check_bool("MatMul", "transpose_a", transpose_a)
    check_bool("MatMul", "transpose_b", transpose_b)


MatMul = primitive(
    "MatMul", _matmul_2d, check=_check_transposes, transpose_a=False, transpose_b=False
)
BatchMatMul = primitive(
    "BatchMatMul",
    _matmul_batch,
    check=_check_transposes,
    transpose_a=False,
    transpose_b=False,
)
Einsum = primitive("Einsum", _einsum_of, equation=REQUIRED)
L2Normalize = primitive("L2Normalize", l2_normalize, axis=0, epsilon=1e-4)
LpNorm = primitive(
    "LpNorm", lp_norm, axis=REQUIRED, p=2, keep_dims=False, epsilon=1e-12
)
Cholesky = primitive("Cholesky", cholesky, upper=False)
MatrixInverse = primitive("MatrixInverse", _matrix_inverse, adjoint=False)
