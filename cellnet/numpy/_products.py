"""Products and norms of vectors, matrices and Tensors."""

from __future__ import annotations

import functools
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_int
from cellnet.numpy._shared import (
    axes as checked_axes,
)
from cellnet.numpy._shared import (
    axis_in,
    cast,
    pair,
    tensor,
    tensors,
    wide,
)
from cellnet.ops import linalg
from cellnet.ops._arrays import plain
from cellnet.ops._op import op


@op
def matmul(x1: Any, x2: Any, dtype: Any = None) -> Any:
    """Matrix product over the last two axes (mindspore.numpy.matmul)."""
    return cast(linalg.matmul.on_arrays(*pair("matmul", x1, x2)), dtype)


def _check_aligned(owner: str, x: Any, y: Any, axis: int) -> None:
    if x.ndim and y.ndim and x.shape[-1] != y.shape[axis]:
        raise ValueError(
            f"{owner}: shapes {x.shape} and {y.shape} do not fit: {x.shape[-1]} "
            f"elements against {y.shape[axis]}"
        )


@op
def dot(a: Any, b: Any) -> Any:
    """Sums of products over a's last and b's second last axis (mindspore.numpy.dot)."""
    x, y = pair("dot", a, b)
    _check_aligned("dot", x, y, -2 if y.ndim > 1 else -1)
    return jnp.dot(x, y)


@op
def inner(a: Any, b: Any) -> Any:
    """Sums of products over the last axes (mindspore.numpy.inner)."""
    x, y = pair("inner", a, b)
    _check_aligned("inner", x, y, -1)
    return jnp.inner(x, y)


@op
def outer(a: Any, b: Any) -> Any:
    """Each element times each, a matrix (mindspore.numpy.outer)."""
    return jnp.outer(*pair("outer", a, b))


@op
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sums of products over axes of both (mindspore.numpy.tensordot).

    Args:
        a, b: Tensors.
        axes: an int n, the last n axes of a and the first n of b; or two tuples, the
            axes of a and those of b.

    Raises:
        TypeError: other axes.
        ValueError: lengths that differ, or an axis out of range.

    Example:
        >>> tensordot(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]), 1).tolist()
        11.0
    """
    x, y = pair("tensordot", a, b)
    axes = plain(axes)
    if isinstance(axes, tuple):
        if len(axes) != 2:
            raise ValueError(f"tensordot: axes must be two tuples, got {axes}")
        mine, other = (
            checked_axes("tensordot", over, z.ndim) or ()
            for over, z in zip(axes, (x, y), strict=True)
        )
    else:
        limit = min(x.ndim, y.ndim)
        n = check_int("tensordot", "axes", axes, minimum=0, maximum=limit)
        mine, other = tuple(range(x.ndim - n, x.ndim)), tuple(range(n))
    if [x.shape[i] for i in mine] != [y.shape[i] for i in other]:
        raise ValueError(
            f"tensordot: axes {mine} of {x.shape} and {other} of {y.shape} differ in "
            "length"
        )
    return jnp.tensordot(x, y, (mine, other))


@op
def kron(a: Any, b: Any) -> Any:
    """Kronecker's product: each element of a times all of b (mindspore.numpy.kron)."""
    return jnp.kron(*pair("kron", a, b))


@op
def cross(
    a: Any,
    b: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Any:
    """Cross products of vectors with 2 or 3 elements (mindspore.numpy.cross).

    Args:
        a, b: Tensors, broadcast but for the vectors' axes.
        axisa, axisb, axisc: axis of the vectors in a, b and the result.
        axis: all three at once.

    Raises:
        ValueError: vectors of another length; an axis out of range.
    """
    x, y = pair("cross", a, b)
    if axis is not None:
        axisa = axisb = axisc = axis
    x = jnp.moveaxis(x, axis_in("cross", axisa, x.ndim), -1)
    y = jnp.moveaxis(y, axis_in("cross", axisb, y.ndim), -1)
    if x.shape[-1] not in (2, 3) or y.shape[-1] not in (2, 3):
        raise ValueError(
            f"cross: vectors must have 2 or 3 elements, got {x.shape} and {y.shape}"
        )
    result = jnp.cross(x, y)
    if x.shape[-1] == y.shape[-1] == 2:
        return result
    return jnp.moveaxis(result, -1, axis_in("cross", axisc, result.ndim))


@op
def multi_dot(arrays: Any) -> Any:
    """Matrix product of several, in the order of least work (mindspore.numpy)."""
    given = tensors("multi_dot", arrays)
    if len(given) < 2:
        raise ValueError(f"multi_dot: expected at least 2 Tensors, got {len(given)}")
    shapes = [x.shape for x in given]
    for x, y in zip(given[:-1], given[1:], strict=True):
        _check_aligned("multi_dot", x, y, 0)
    if any(len(shape) not in (1, 2) for shape in shapes):
        raise ValueError(f"multi_dot: expected matrices, got {shapes}")
    return jnp.linalg.multi_dot(given)


@op
def matrix_power(a: Any, n: int) -> Any:
    """A square matrix times itself, n >= 0 times (mindspore.numpy.matrix_power)."""
    x = tensor("matrix_power", a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"matrix_power: expected square matrices, got {x.shape}")
    return jnp.linalg.matrix_power(x, check_int("matrix_power", "n", n, minimum=0))


@op
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm of vectors or matrices, in Float32 or Float64 (mindspore.numpy.norm).

    ``(sum |x| ** ord) ** (1 / ord)`` of vectors; of matrices by columns or rows.

    Args:
        x: Tensor.
        ord: None, the root of the sum of squares; of vectors inf, -inf, 0 (how many
            are not 0) or a number; of matrices "fro", inf, -inf, 1, -1, 2, -2, "nuc".
        axis: an int for vectors, two for matrices; None takes all.
        keepdims: leave axes of length 1.

    Raises:
        ValueError: an ``ord`` that vectors or matrices do not have; more than two axes.

    Example:
        >>> norm(Tensor([[3.0, 4.0], [6.0, 8.0]]), axis=1).tolist()
        [5.0, 10.0]
    """
    x = wide(tensor("norm", x))
    over = checked_axes("norm", axis, x.ndim)
    if ord is None and (over is None or len(over) <= 2):
        return jnp.sqrt(jnp.sum(jnp.square(x), over, keepdims=keepdims))
    over = tuple(range(x.ndim)) if over is None else over
    if len(over) not in (1, 2):
        raise ValueError(f"norm: expected 1 or 2 axes, got {over} of {x.shape}")
    if len(over) == 1:
        if isinstance(ord, str):
            raise ValueError(f"norm: {ord!r} is a norm of matrices, not of vectors")
        return _vector_norm(x, ord, over[0], keepdims)
    if ord not in ("fro", "nuc", np.inf, -np.inf, 1, -1, 2, -2):
        raise ValueError(f"norm: matrices have no norm {ord!r}")
    return jnp.linalg.norm(x, ord, over, keepdims)


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    reduce = functools.partial(jnp.sum, axis=axis, keepdims=keepdims)
    size = jnp.abs(x)
    if ord == np.inf:
        return jnp.max(size, axis, keepdims=keepdims)
    if ord == -np.inf:
        return jnp.min(size, axis, keepdims=keepdims)
    if ord == 0:
        return reduce((x != 0).astype(x.dtype))
    if ord == 2:
        return jnp.sqrt(reduce(jnp.square(x)))
    return (
        reduce(size) if ord == 1 else jnp.power(reduce(jnp.power(size, ord)), 1 / ord)
    )
