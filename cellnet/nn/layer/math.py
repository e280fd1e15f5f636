"""Cells around mathematical functions of Tensors, mostly of MindSpore's older releases.

Functions of ``cellnet.ops`` do the same; programs of today call those.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import ops
from cellnet._checks import check_axes, check_bool, check_number, check_type
from cellnet.nn._inputs import check_tensors
from cellnet.nn.cell import Cell
from cellnet.nn.layer._elementwise import Elementwise
from cellnet.ops._op import op
from cellnet.tensor import Tensor

Axis = int | tuple[int, ...]


def _check_axis_type(owner: str, axis: Any) -> Any:
    items = axis if isinstance(axis, tuple) else (axis,)
    for item in items:
        if item is not None:
            check_type(owner, "axis", item, int)
    return axis


class _Reduction(Cell):
    """Settings of a function over axes: which, and whether they stay."""

    def __init__(self, axis: Any, keep_dims: bool) -> None:
        super().__init__()
        self.axis = _check_axis_type(self.cls_name, axis)
        self.keep_dims = check_bool(self.cls_name, "keep_dims", keep_dims)


class Moments(_Reduction):
    """Mean and variance (divisor n) over axes (mindspore.nn.Moments).

    Args:
        axis: an int, a tuple of ints, or None or () for all.
        keep_dims: whether the axes stay with length 1; None for False.

    Inputs: x, a float type.
    Outputs: the mean and the variance, two Tensors of x's dtype.

    Raises:
        TypeError: an argument or x has a wrong type.
        ValueError: an axis out of range.
    """

    def __init__(self, axis: Axis | None = None, keep_dims: bool | None = None) -> None:
        super().__init__(axis, bool(keep_dims) if keep_dims is None else keep_dims)

    def construct(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Average x and its squared distance from the mean."""
        check_tensors("Moments", x=x)
        return _moments(x, self.axis, self.keep_dims)


class Norm(_Reduction):
    """sqrt(sum x^2) over axes (mindspore.nn.Norm).

    Args, Inputs, Outputs, Raises: as ReduceLogSumExp; all axes unless given.
    """

    def __init__(self, axis: Axis = (), keep_dims: bool = False) -> None:
        super().__init__(axis, keep_dims)

    def construct(self, x: Tensor) -> Tensor:
        """Sum the squares."""
        check_tensors("Norm", x=x)
        return _norm(x, self.axis, self.keep_dims)

    def extend_repr(self) -> str:
        """Axes."""
        return f"axis={self.axis}, keep_dims={self.keep_dims}"


class ReduceLogSumExp(_Reduction):
    """log(sum exp(x)) over axes (mindspore.nn.ReduceLogSumExp).

    Args:
        axis: an int, a tuple of ints, or () for all.
        keep_dims: whether the axes stay with length 1.

    Inputs: x, a float type.
    Outputs: x's dtype.

    Raises:
        TypeError: an argument or x has a wrong type.
        ValueError: an axis out of range.
    """

    def __init__(self, axis: Axis, keep_dims: bool = False) -> None:
        super().__init__(axis, keep_dims)

    def construct(self, x: Tensor) -> Tensor:
        """Add in the exponent."""
        return ops.logsumexp(x, self.axis, self.keep_dims)


class Range(Cell):
    """start, start + delta, ... below limit (mindspore.nn.Range).

    Args:
        start: the first number; alone, the limit, and 0 is the first.
        limit: where the numbers end, itself not among them.
        delta: the step, not 0.

    Outputs: (n,), int32 for ints, else float32.

    Raises:
        TypeError: an argument is no number.
        ValueError: delta is 0.

    Example:
        >>> from cellnet import nn
        >>> nn.Range(1, 8, 2)().asnumpy().tolist()
        [1, 3, 5, 7]
    """

    def __init__(
        self, start: float, limit: float | None = None, delta: float = 1
    ) -> None:
        super().__init__()
        if limit is None:
            start, limit = 0, start
        self.start = check_number("Range", "start", start)
        self.limit = check_number("Range", "limit", limit)
        self.delta = check_number("Range", "delta", delta)
        if delta == 0:
            raise ValueError("Range: delta must not be 0")
        numbers = np.arange(start, limit, delta)
        kind = np.int32 if numbers.dtype.kind == "i" else np.float32
        self._numbers = Tensor(numbers.astype(kind))

    def construct(self) -> Tensor:
        """The numbers."""
        return self._numbers


class Tril(Cell):
    """The lower triangle of matrices, zeros above (mindspore.nn.Tril).

    Inputs: x (..., M, N), a number type; k, the last diagonal that is kept, 0 being the
        main one and larger ones above it.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: k is no int.
        ValueError: x has less than two axes.
    """

    def construct(self, x: Tensor, k: int = 0) -> Tensor:
        """Clear what is above."""
        return ops.tril(x, check_type("Tril", "k", k, int))


class Triu(Cell):
    """The upper triangle of matrices, zeros below (mindspore.nn.Triu).

    Inputs: x (..., M, N), a number type; k, the first diagonal that is kept, 0 being
        the main one and larger ones above it.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: k is no int.
        ValueError: x has less than two axes.
    """

    def construct(self, x: Tensor, k: int = 0) -> Tensor:
        """Clear what is below."""
        return ops.triu(x, check_type("Triu", "k", k, int))


class MatMul(Cell):
    """The product of two matrices or batches of them (mindspore.nn.MatMul).

    Args:
        transpose_x1: whether the last two axes of x1 change places first.
        transpose_x2: the same for x2.

    Inputs: x1 and x2 as of ops.matmul, one dtype.
    Outputs: as of ops.matmul.

    Raises:
        TypeError: an argument is no bool.
        ValueError: shapes that do not fit.
    """

    def __init__(self, transpose_x1: bool = False, transpose_x2: bool = False) -> None:
        super().__init__()
        self.transpose_x1 = check_bool("MatMul", "transpose_x1", transpose_x1)
        self.transpose_x2 = check_bool("MatMul", "transpose_x2", transpose_x2)

    def construct(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Turn and multiply."""
        check_tensors("MatMul", x1=x1, x2=x2)
        if self.transpose_x1 and x1.ndim > 1:
            x1 = ops.swapaxes(x1, -1, -2)
        if self.transpose_x2 and x2.ndim > 1:
            x2 = ops.swapaxes(x2, -1, -2)
        return ops.matmul(x1, x2)


class MatrixDiag(Elementwise):
    """Vectors (..., N) as diagonals of matrices (..., N, N) (mindspore.nn.MatrixDiag).

    The rest as Elementwise.
    """

    @staticmethod
    @op
    def function(x: Any) -> Any:
        return x[..., None] * jnp.eye(x.shape[-1], dtype=x.dtype)


class MatrixDiagPart(Elementwise):
    """The diagonals (..., min(M, N)) of matrices (..., M, N).

    The rest as Elementwise (mindspore.nn.MatrixDiagPart).
    """

    @staticmethod
    @op
    def function(x: Any) -> Any:
        return jnp.diagonal(x, axis1=-2, axis2=-1)


class LGamma(Elementwise):
    """log |Gamma(x)| (mindspore.nn.LGamma).  The rest as Elementwise."""

    function = staticmethod(ops.lgamma)


class DiGamma(Elementwise):
    """d/dx log Gamma(x) (mindspore.nn.DiGamma).  The rest as Elementwise."""

    @staticmethod
    @op
    def function(x: Any) -> Any:
        return jax.scipy.special.digamma(x)


class IGamma(Cell):
    """The lower incomplete gamma function, from 0 to x (mindspore.nn.IGamma).

    Inputs: a > 0 and x >= 0, float types, shapes that broadcast.
    Outputs: the broadcast shape, the same dtype.
    """

    def construct(self, a: Tensor, x: Tensor) -> Tensor:
        """Integrate."""
        check_tensors("IGamma", a=a, x=x)
        return _igamma(a, x)


@op
def _moments(x: Any, axis: Any, keep_dims: bool) -> Any:
    axes = check_axes("Moments", axis, x.ndim)
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    mean = wide.mean(axes, keepdims=keep_dims)
    return mean.astype(x.dtype), wide.var(axes, keepdims=keep_dims).astype(x.dtype)


@op
def _norm(x: Any, axis: Any, keep_dims: bool) -> Any:
    axes = check_axes("Norm", axis, x.ndim)
    return jnp.sqrt(jnp.square(x).sum(axes, keepdims=keep_dims))


@op
def _igamma(a: Any, x: Any) -> Any:
    return jax.scipy.special.gammainc(a, x)


__all__ = [
    "DiGamma",
    "IGamma",
    "LGamma",
    "MatMul",
    "MatrixDiag",
    "MatrixDiagPart",
    "Moments",
    "Norm",
    "Range",
    "ReduceLogSumExp",
    "Tril",
    "Triu",
]
