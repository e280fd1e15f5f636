"""Tensors joined and split."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_axis, check_int
from cellnet.numpy._shared import axis_in, pair, tensor, tensors
from cellnet.ops import joining
from cellnet.ops._arrays import plain
from cellnet.ops._op import op


@op
def concatenate(arrays: Any, axis: int | None = 0) -> Any:
    """Tensors joined along an axis they have (mindspore.numpy.concatenate).

    Args:
        arrays: tuple or list; lengths may differ along ``axis`` only.  A Tensor is
            joined out of its slices.  Different dtypes are promoted.
        axis: in [-ndim, ndim); None flattens first.

    Raises:
        TypeError: no tuple, list or Tensor; an axis that is no int.
        ValueError: none given; other lengths differ; an axis out of range.
    """
    if isinstance(arrays, jax.Array):  # as slices of the first axis
        return arrays.reshape(-1) if axis is None else _joined_slices(arrays, axis)
    given = tensors("concatenate", arrays)
    if axis is None:
        return jnp.concatenate([x.reshape(-1) for x in given])
    axis_in("concatenate", axis, given[0].ndim)
    return joining.concat.on_arrays(given, axis)


def _joined_slices(x: Any, axis: Any) -> Any:
    return jnp.concatenate(list(x), axis_in("concatenate", axis, x.ndim - 1))


@op
def stack(arrays: Any, axis: int = 0) -> Any:
    """Tensors of one shape joined along a new axis (mindspore.numpy.stack)."""
    given = tensors("stack", arrays)
    shapes = [x.shape for x in given]
    if len(set(shapes)) > 1:
        raise ValueError(f"stack: shapes must be equal, got {shapes}")
    return jnp.stack(given, check_axis("stack", axis, given[0].ndim + 1))


def _side_by_side(name: str, fn: Callable[..., Any], summary: str) -> Any:
    def compute(tup: Any) -> Any:
        given = tensors(name, tup)
        try:
            return fn(given)
        except (TypeError, ValueError) as error:
            shapes = [x.shape for x in given]
            raise ValueError(f"{name}: shapes {shapes} do not fit") from error

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} (mindspore.numpy.{name})"
    return op(compute)


hstack = _side_by_side(
    "hstack", jnp.hstack, "Tensors joined along axis 1, or 0 if they have one"
)
vstack = _side_by_side(
    "vstack", jnp.vstack, "Tensors joined along axis 0, rows being made 2-d"
)
dstack = _side_by_side("dstack", jnp.dstack, "Tensors joined along axis 2")
column_stack = _side_by_side(
    "column_stack", jnp.column_stack, "1-d Tensors as columns, beside matrices"
)


@op
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Values put behind, along an axis or flattened (mindspore.numpy.append)."""
    x, values = pair("append", arr, values)
    return concatenate.on_arrays([x, values], axis)


def _parts(owner: str, x: Any, indices_or_sections: Any, axis: Any, even: bool) -> Any:
    along, where = axis_in(owner, axis, x.ndim), indices_or_sections
    length = x.shape[along]
    if isinstance(where, tuple | list):
        cuts = [check_int(owner, "index", plain(cut)) for cut in where]
        edges = [0, *cuts, length]
        if any(lo >= hi for lo, hi in zip(edges[:-1], edges[1:], strict=True)):
            raise ValueError(f"{owner}: a part of {length} elements is empty: {cuts}")
        return list(jnp.split(x, cuts, along))
    count = check_int(owner, "indices_or_sections", where, minimum=1)
    if count > length or (even and length % count):
        raise ValueError(
            f"{owner}: {length} elements cannot be split into {count} parts"
        )
    return tuple(jnp.array_split(x, count, along))


@op
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Equal parts along an axis, or parts between cuts (mindspore.numpy.split).

    Args:
        x: Tensor.
        indices_or_sections: an int, how many parts; or a tuple or list of ints, where
            to cut.
        axis: along which.

    Returns:
        A tuple of equal parts; a list of parts between cuts.

    Raises:
        TypeError: another way to split.
        ValueError: parts that are not equal, or an empty one.
    """
    return _parts("split", tensor("split", x), indices_or_sections, axis, True)


@op
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """As split, but parts may differ in length by 1 (mindspore.numpy.array_split)."""
    x = tensor("array_split", x)
    return _parts("array_split", x, indices_or_sections, axis, False)


def _split_along(name: str, axis: int) -> Any:
    def compute(x: Any, indices_or_sections: Any) -> Any:
        return _parts(name, tensor(name, x), indices_or_sections, axis, True)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"Parts along axis {axis} (mindspore.numpy.{name})"
    return op(compute)


vsplit = _split_along("vsplit", 0)
hsplit = _split_along("hsplit", 1)
dsplit = _split_along("dsplit", 2)
