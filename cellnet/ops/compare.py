"""Comparisons, logic, and choices between values."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet.ops._arrays import array, binary, operands, unary
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive

equal = binary("equal", jnp.equal, "x == y")
not_equal = binary("not_equal", jnp.not_equal, "x != y")
greater = binary("greater", jnp.greater, "x > y")
greater_equal = binary("greater_equal", jnp.greater_equal, "x >= y")
less = binary("less", jnp.less, "x < y")
less_equal = binary("less_equal", jnp.less_equal, "x <= y")
logical_and = binary("logical_and", jnp.logical_and, "x and y")
logical_or = binary("logical_or", jnp.logical_or, "x or y")
logical_xor = binary("logical_xor", jnp.logical_xor, "Just one of x and y")
logical_not = unary("logical_not", jnp.logical_not, "not x")
isnan = unary("isnan", jnp.isnan, "True where x is nan", inexact=True)
isinf = unary("isinf", jnp.isinf, "True where x is infinite", inexact=True)
isfinite = unary("isfinite", jnp.isfinite, "True where x is a number", inexact=True)

eq = equal
ne = not_equal
gt = tensor_gt = greater
ge = tensor_ge = greater_equal
lt = tensor_lt = less
le = tensor_le = less_equal


@op
def isclose(
    input: Any,
    other: Any,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
) -> Any:
    """True where \\|x - y\\| <= atol + rtol * \\|y\\| (mindspore.ops.isclose)."""
    x, y = operands("isclose", input, other)
    return jnp.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)


@op
def where(condition: Any, input: Any, other: Any) -> Any:
    """``input`` where the condition holds, else ``other`` (mindspore.ops.where).

    Args:
        condition: Bool Tensor; the three are broadcast against each other.
        input, other: Tensors or numbers.

    Raises:
        TypeError: a condition that is not Bool.
        ValueError: shapes that do not broadcast.
    """
    condition = array("where", condition)
    if condition.dtype != np.bool_:
        raise TypeError(
            f"where: condition must be Bool, got {condition.dtype}; compare it, say "
            "condition != 0"
        )
    x, y = operands("where", input, other)
    try:
        return jnp.where(condition, x, y)
    except (TypeError, ValueError) as error:
        shapes = condition.shape, np.shape(x), np.shape(y)
        raise ValueError(
            f"where: shapes {shapes} cannot be broadcast against each other"
        ) from error


select = where


@op
def masked_fill(input_x: Any, mask: Any, value: Any) -> Any:
    """``value`` where the mask holds, else the input (mindspore.ops.masked_fill).

    Args:
        input_x: Tensor, whose dtype the result keeps.
        mask: Bool Tensor, broadcast against it.
        value: a number or a Tensor with 0 axes.

    Raises:
        TypeError: a mask that is not Bool.
    """
    x = array("masked_fill", input_x)
    mask = array("masked_fill", mask)
    if mask.dtype != np.bool_:
        raise TypeError(f"masked_fill: mask must be Bool, got {mask.dtype}")
    return jnp.where(mask, jnp.asarray(array("masked_fill", value), x.dtype), x)


@op
def masked_select(input: Any, mask: Any) -> Any:
    """Elements where the mask holds, as one axis (mindspore.ops.masked_select).

    How many there are depends on values, so a compiled program cannot use it.
    """
    x, mask = jnp.broadcast_arrays(input, mask)
    return x[mask]


@op
def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """Positions of elements that are not zero (mindspore.ops.nonzero).

    Returns:
        Int Tensor (number found, axes), or with ``as_tuple`` one Tensor for each axis.
    """
    found = jnp.nonzero(array("nonzero", input))
    return found if as_tuple else jnp.stack(found, axis=1)


Equal = primitive("Equal", equal)
NotEqual = primitive("NotEqual", not_equal)
Greater = primitive("Greater", greater)
GreaterEqual = primitive("GreaterEqual", greater_equal)
Less = primitive("Less", less)
LessEqual = primitive("LessEqual", less_equal)
LogicalAnd = primitive("LogicalAnd", logical_and)
LogicalOr = primitive("LogicalOr", logical_or)
LogicalXor = primitive("LogicalXor", logical_xor)
LogicalNot = primitive("LogicalNot", logical_not)
IsNan = primitive("IsNan", isnan)
IsInf = primitive("IsInf", isinf)
IsFinite = primitive("IsFinite", isfinite)
Select = primitive("Select", where)
MaskedFill = primitive("MaskedFill", masked_fill)
MaskedSelect = primitive("MaskedSelect", masked_select)
NonZero = primitive("NonZero", nonzero)
