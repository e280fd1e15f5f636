"""Functions applied along axes, and questions about dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.dtype import Type, from_numpy
from cellnet.numpy._shared import axes, axis_in, dtype_of, tensor
from cellnet.ops._op import raw
from cellnet.tensor import Tensor


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Tensor:
    """A function of vectors, applied to those along an axis (mindspore.numpy).

    Args:
        func1d: takes a 1-d Tensor, gives a Tensor of any one shape.
        axis: along which the vectors lie.
        arr: Tensor.
        *args, **kwargs: go to the function.
    """
    x = tensor("apply_along_axis", raw(arr))
    along = axis_in("apply_along_axis", axis, x.ndim)

    def apply(vector: Any) -> Any:
        result = raw(func1d(Tensor._wrap(vector), *args, **kwargs))
        return tensor("apply_along_axis", result)

    return Tensor._wrap(jnp.apply_along_axis(apply, along, x))


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """A reduction applied over one axis after the other (mindspore.numpy).

    Args:
        func: takes (Tensor, axis); an axis that it takes away is put back.
        a: Tensor.
        axes: an int or a tuple of ints.

    Raises:
        ValueError: an axis out of range; a result with other axes.
    """
    result = a if isinstance(a, Tensor) else Tensor._wrap(tensor("apply_over_axes", a))
    ndim = result.ndim
    for axis in _each(axes, ndim):
        reduced = func(result, axis)
        if reduced.ndim == ndim - 1:
            reduced = reduced.expand_dims(axis)
        if reduced.ndim != ndim:
            raise ValueError(
                f"apply_over_axes: {func} made {reduced.shape} of {result.shape}"
            )
        result = reduced
    return result


def _each(given: Any, ndim: int) -> tuple[int, ...]:
    return axes("apply_over_axes", given, ndim) or tuple(range(ndim))


def promote_types(type1: Any, type2: Any) -> Type:
    """The Type that values of both types are promoted to (mindspore.numpy)."""
    return from_numpy(jnp.promote_types(dtype_of(type1), dtype_of(type2)))


def result_type(*arrays_and_dtypes: Any) -> Type:
    """The Type that Tensors, numbers and types are promoted to (mindspore.numpy)."""
    kinds = [_kind(given) for given in arrays_and_dtypes]
    result = kinds[0]
    for kind in kinds[1:]:
        result = jnp.promote_types(result, kind)
    return from_numpy(result)


def _kind(given: Any) -> Any:
    if isinstance(given, Type | str | type):
        return dtype_of(given)
    given = raw(given)
    if isinstance(given, jax.Array | bool | int | float):
        return tensor("result_type", given).dtype
    raise TypeError(
        f"result_type: expected a Tensor, number or type, got {type(given).__name__}"
    )
