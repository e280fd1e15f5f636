"""Tensors as sets, and comparisons of whole Tensors."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_number
from cellnet.numpy._shared import broadcasting, pair, tensor
from cellnet.ops._op import op


@op
def isin(element: Any, test_elements: Any, invert: bool = False) -> Any:
    """True for elements that are among others (mindspore.numpy.isin)."""
    return jnp.isin(*pair("isin", element, test_elements), invert=bool(invert))


@op
def in1d(ar1: Any, ar2: Any, invert: bool = False) -> Any:
    """As isin, flattened (mindspore.numpy.in1d)."""
    x, y = pair("in1d", ar1, ar2)
    return jnp.isin(x.reshape(-1), y, invert=bool(invert))


@op
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """Elements of one that the other lacks, sorted (mindspore.numpy.setdiff1d).

    How many there are depends on values, so a compiled program cannot use it.  With
    ``assume_unique`` they stay in order, and as many as they are.
    """
    x, y = pair("setdiff1d", ar1, ar2)
    x = x.reshape(-1) if assume_unique else jnp.unique(x)
    return x[jnp.isin(x, y, invert=True)]


@op
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """Elements that both have, sorted (mindspore.numpy.intersect1d).

    How many there are depends on values, so a compiled program cannot use it.

    Returns:
        1-d Tensor; with ``return_indices`` also the Int32 places of each in ar1, ar2.
    """
    x, y = pair("intersect1d", ar1, ar2)
    found = jnp.intersect1d(x, y, assume_unique, return_indices)
    if not return_indices:
        return found
    values, *places = found
    return (values, *(place.astype(np.int32) for place in places))


@op
def isclose(
    a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Any:
    """True where \\|a - b\\| <= atol + rtol * \\|b\\| (mindspore.numpy.isclose)."""
    check_number("isclose", "rtol", rtol)
    check_number("isclose", "atol", atol)
    x, y = pair("isclose", a, b)

    def close(x: Any, y: Any) -> Any:
        return jnp.isclose(x, y, rtol, atol, bool(equal_nan))

    return broadcasting("isclose", close, x, y)


@op
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Bool Tensor: the same shape and elements (mindspore.numpy.array_equal)."""
    x, y = tensor("array_equal", a1), tensor("array_equal", a2)
    return jnp.array_equal(x, y, equal_nan=bool(equal_nan))


@op
def array_equiv(a1: Any, a2: Any) -> Any:
    """Bool Tensor: the same after broadcasting (mindspore.numpy.array_equiv)."""
    x, y = tensor("array_equiv", a1), tensor("array_equiv", a2)
    try:
        jnp.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        return jnp.asarray(False)
    return jnp.array_equiv(x, y)
