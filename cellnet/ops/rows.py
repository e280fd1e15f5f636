"""Rows added, subtracted or put at positions of an axis, in new Tensors or in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_axis, check_int_tuple
from cellnet.ops._arrays import array, plain
from cellnet.ops._op import op, raw
from cellnet.ops.primitive import REQUIRED, primitive
from cellnet.ops.state import assign
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


def _at(owner: str, x: Any, axis: int, indices: Any) -> Any:
    """x.at[..., indices] along an axis."""
    axis = check_axis(owner, plain(axis), x.ndim)
    return x.at[(slice(None),) * axis + (indices,)]


@op
def added_rows(x: Any, axis: int, indices: Any, rows: Any, alpha: Any = 1) -> Any:
    """x with alpha * rows added at indices of an axis (mindspore.Tensor.index_add)."""
    owner = "index_add"
    x, indices, rows = array(owner, x), array(owner, indices), array(owner, rows)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{owner}: indices must be ints, got {indices.dtype}")
    along = check_axis(owner, plain(axis), x.ndim)
    expected = (*x.shape[:along], indices.size, *x.shape[along + 1 :])
    if indices.ndim != 1 or rows.shape != expected:
        raise ValueError(
            f"{owner}: indices {indices.shape} along axis {axis} of {x.shape} expect "
            f"rows of shape {expected}, got {rows.shape}"
        )
    return _at(owner, x, along, indices).add((alpha * rows).astype(x.dtype))


def index_add(
    x: Tensor,
    indices: Tensor,
    y: Tensor,
    axis: int,
    use_lock: bool = True,
    check_index_bound: bool = True,
) -> Tensor:
    """Rows added to a Parameter at indices of an axis (mindspore.ops.index_add).

    Args:
        x: Parameter, changed in place, or a Tensor.
        indices: Int Tensor (K,).
        y: rows, of x's shape but for K along ``axis``.
        axis: in [-ndim, ndim).
        use_lock, check_index_bound: accepted.

    Returns:
        The new value.

    Raises:
        TypeError: indices that are no ints.
        ValueError: an axis out of range, or rows of another shape.
    """
    del use_lock, check_index_bound
    new = added_rows(x, axis, indices, y)
    return assign(x, new) if isinstance(x, Parameter) else new


def _put(name: str, how: str, what: str) -> Callable[..., Any]:
    def put(x: Any, v: Any, indices: Any) -> Any:
        x, v = array(name, x), array(name, v)
        index = check_int_tuple(name, "indices", plain(indices))
        for item in index:
            if not 0 <= item < x.shape[0]:
                raise ValueError(
                    f"{name}: indices must be in [0, {x.shape[0]}), got {index}"
                )
        if v.shape != (len(index), *x.shape[1:]):
            raise ValueError(
                f"{name}: {len(index)} indices of {x.shape} expect rows of shape "
                f"{(len(index), *x.shape[1:])}, got {v.shape}"
            )
        return getattr(x.at[np.asarray(index)], how)(v.astype(x.dtype))

    put.__name__ = put.__qualname__ = name
    put.__doc__ = f"The Tensor with rows {what} along axis 0 (mindspore.ops.{name})."
    return op(put)


inplace_add = _put("inplace_add", "add", "added")
inplace_sub = _put("inplace_sub", "subtract", "subtracted")
inplace_update = _put("inplace_update", "set", "put")


@op
def select_along(x: Any, dim: int, index: Any) -> Any:
    """The slice at one index of an axis (mindspore.Tensor.select)."""
    x = array("select", x)
    return jnp.take(x, plain(raw(index)), check_axis("select", dim, x.ndim))


IndexAdd = primitive(
    "IndexAdd", index_add, axis=REQUIRED, use_lock=True, check_index_bound=True
)
InplaceAdd = primitive("InplaceAdd", inplace_add, indices=REQUIRED)
InplaceSub = primitive("InplaceSub", inplace_sub, indices=REQUIRED)
InplaceUpdate = primitive("InplaceUpdate", inplace_update, indices=REQUIRED)
