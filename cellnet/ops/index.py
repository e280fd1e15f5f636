"""Reading and writing at positions: gather, scatter, slices."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_axis, check_int, check_int_tuple
from cellnet.ops._arrays import array, plain, spelled
from cellnet.ops._op import op, raw
from cellnet.ops.primitive import primitive
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_axis_or_dim = spelled(dim="axis")


def _positions(owner: str, indices: Any) -> Any:
    indices = array(owner, indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{owner}: indices must be ints, got {indices.dtype}")
    return indices


@op
def gather(
    input_params: Any, input_indices: Any, axis: int, batch_dims: int = 0
) -> Any:
    """Slices at indices along an axis (mindspore.ops.gather).

    Args:
        input_params: Tensor.
        input_indices: Int Tensor in [-n, n), n being the length of the axis.
        axis: in [-ndim, ndim).
        batch_dims: leading axes that both share.

    Returns:
        Tensor of shape params.shape[:axis] + indices.shape[batch_dims:] +
        params.shape[axis + 1:].

    Raises:
        TypeError: indices that are no ints.
        ValueError: an axis out of range.
    """
    x = array("gather", input_params)
    indices = _positions("gather", input_indices)
    axis = check_axis("gather", plain(axis), x.ndim)
    check_int("gather", "batch_dims", batch_dims, minimum=0, maximum=indices.ndim)

    def take(values: Any, where: Any) -> Any:
        return jnp.take(values, where, axis - batch_dims)

    for _ in range(batch_dims):
        take = jax.vmap(take)
    return take(x, indices)


@op
def gather_d(x: Any, dim: int, index: Any) -> Any:
    """x[..., index, ...] element by element along an axis (mindspore.ops.gather_d).

    Args:
        x: Tensor.
        dim: the axis.
        index: Int Tensor of as many axes, whose other lengths are at most x's.
    """
    x = array("gather_elements", x)
    index = _positions("gather_elements", index)
    dim = check_axis("gather_elements", plain(dim), x.ndim)
    fitting = tuple(
        _span(None) if axis == dim else _span(n) for axis, n in enumerate(index.shape)
    )
    return jnp.take_along_axis(x[fitting], index, dim)


@op
def gather_elements(input: Any, dim: int, index: Any) -> Any:
    """x[..., index, ...] element by element along an axis (mindspore.ops)."""
    return gather_d.on_arrays(input, dim, index)


@op
def gather_nd(input_x: Any, indices: Any) -> Any:
    """Slices at index tuples held in the last axis (mindspore.ops.gather_nd)."""
    indices = _positions("gather_nd", indices)
    return array("gather_nd", input_x)[tuple(jnp.moveaxis(indices, -1, 0))]


@_axis_or_dim
@op
def index_select(input: Any, axis: int, index: Any) -> Any:
    """Slices at 1-d indices along an axis (mindspore.ops.index_select)."""
    x = array("index_select", input)
    axis = check_axis("index_select", axis, x.ndim)
    return jnp.take(x, _positions("index_select", index), axis)


@op
def slice(input_x: Any, begin: Any, size: Any) -> Any:
    """``size`` elements from ``begin`` on, an entry an axis (mindspore.ops.slice).

    Args:
        input_x: Tensor.
        begin: tuple of ints >= 0.
        size: tuple of ints; -1 takes all that are left.

    Raises:
        ValueError: other numbers of axes, or a part that reaches beyond the Tensor.
    """
    x = array("slice", input_x)
    begin = check_int_tuple("slice", "begin", plain(begin), x.ndim, minimum=0)
    size = check_int_tuple("slice", "size", plain(size), x.ndim, minimum=-1)
    ends = tuple(
        n if s == -1 else b + s for n, b, s in zip(x.shape, begin, size, strict=True)
    )
    if any(end > n or b > end for b, end, n in zip(begin, ends, x.shape, strict=True)):
        raise ValueError(
            f"slice: begin {begin} and size {size} reach beyond shape {x.shape}"
        )
    return jax.lax.slice(x, begin, ends)


@op
def strided_slice(
    input_x: Any,
    begin: Any,
    end: Any,
    strides: Any,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Any:
    """begin:end:stride along each axis (mindspore.ops.strided_slice).

    Args:
        input_x: Tensor.
        begin, end, strides: tuples of ints, an entry for each of the first axes.
        begin_mask, end_mask: bit i leaves out that bound of entry i.
        ellipsis_mask: bit i makes entry i stand for all axes not named.
        new_axis_mask: bit i makes entry i a new axis.
        shrink_axis_mask: bit i makes entry i the single index ``begin``.

    Raises:
        ValueError: tuples of different lengths, a stride of 0.
    """
    x = array("strided_slice", input_x)
    begin, end, strides = plain(begin), plain(end), plain(strides)
    if not len(begin) == len(end) == len(strides):
        raise ValueError(
            "strided_slice: begin, end and strides must be of one length, got "
            f"{begin}, {end}, {strides}"
        )
    if 0 in strides:
        raise ValueError(f"strided_slice: strides must not be 0, got {strides}")
    index: list[Any] = []
    for i, (low, high, step) in enumerate(zip(begin, end, strides, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            index.append(Ellipsis)
        elif new_axis_mask & bit:
            index.append(None)
        elif shrink_axis_mask & bit:
            index.append(low)
        else:
            index.append(
                _span(
                    None if begin_mask & bit else low,
                    None if end_mask & bit else high,
                    step,
                )
            )
    return x[tuple(index)]


# ``slice`` is an operation here
_span = type(np.s_[:])


# -- writing: new Tensors -------------------------------------------------------------
def _at(x: Any, indices: Any) -> Any:
    return x.at[tuple(jnp.moveaxis(_positions("scatter", indices), -1, 0))]


@op
def scatter_nd(indices: Any, updates: Any, shape: Any) -> Any:
    """Updates added into zeros at index tuples (mindspore.ops.scatter_nd)."""
    shape = check_int_tuple("scatter_nd", "shape", plain(shape), minimum=1)
    updates = array("scatter_nd", updates)
    return _at(jnp.zeros(shape, updates.dtype), indices).add(updates)


def _as(x: Any, updates: Any) -> Any:
    """Updates in the dtype of what they go into."""
    return array("scatter", updates).astype(x.dtype)


@op
def tensor_scatter_update(input_x: Any, indices: Any, updates: Any) -> Any:
    """The Tensor with updates set at index tuples (mindspore.ops)."""
    return _at(input_x, indices).set(_as(input_x, updates))


@op
def tensor_scatter_add(input_x: Any, indices: Any, updates: Any) -> Any:
    """The Tensor with updates added at index tuples (mindspore.ops)."""
    return _at(input_x, indices).add(_as(input_x, updates))


def _along(x: Any, axis: int, index: Any) -> Any:
    """x.at of element-wise positions along an axis."""
    index = _positions("scatter", index)
    axis = check_axis("scatter", axis, x.ndim)
    grid = list(jnp.indices(index.shape, sparse=True))
    grid[axis] = index
    return x.at[tuple(grid)]


def _cut(x: Any, src: Any, index: Any) -> Any:
    src = _as(x, src)
    if src.ndim == 0:
        return src
    return src[tuple(_span(n) for n in index.shape)]


@_axis_or_dim
@op
def scatter(input: Any, axis: int, index: Any, src: Any) -> Any:
    """src set at element-wise positions along an axis (mindspore.ops.scatter)."""
    return _along(input, axis, index).set(_cut(input, src, index))


@_axis_or_dim
@op
def scatter_add_elements(input: Any, axis: int, index: Any, src: Any) -> Any:
    """src added at element-wise positions along an axis (mindspore.Tensor)."""
    return _along(input, axis, index).add(_cut(input, src, index))


@op
def tensor_scatter_elements(
    input_x: Any, indices: Any, updates: Any, axis: int = 0, reduction: str = "none"
) -> Any:
    """Updates set or added at element-wise positions (mindspore.ops).

    Raises:
        ValueError: a reduction other than "none" and "add".
    """
    if reduction not in ("none", "add"):
        raise ValueError(
            f"tensor_scatter_elements: reduction must be 'none' or 'add', got "
            f"{reduction!r}"
        )
    place = _along(input_x, axis, indices)
    updates = _cut(input_x, updates, indices)
    return place.set(updates) if reduction == "none" else place.add(updates)


@op
def unsorted_segment_sum(input_x: Any, segment_ids: Any, num_segments: int) -> Any:
    """Sums of slices with one segment number (mindspore.ops.unsorted_segment_sum)."""
    ids = _positions("unsorted_segment_sum", segment_ids)
    x = input_x.reshape(-1, *input_x.shape[ids.ndim :])
    num_segments = check_int(
        "unsorted_segment_sum", "num_segments", plain(num_segments), minimum=1
    )
    # a negative number means: drop this slice
    ids = jnp.where(ids < 0, num_segments, ids).reshape(-1)
    return jax.ops.segment_sum(x, ids, num_segments)


# -- writing: Parameters in place -----------------------------------------------------
def _in_place(owner: str, update: str, by_tuple: bool) -> Any:
    def write(
        input_x: Parameter, indices: Tensor, updates: Any, use_locking: bool = False
    ) -> Tensor:
        del use_locking  # one writer at a time is all there is
        if not isinstance(input_x, Tensor):
            raise TypeError(
                f"{owner}: expected a Parameter, got {type(input_x).__name__}"
            )
        where = _positions(owner, raw(indices))
        value = input_x._value
        place = _at(value, where) if by_tuple else value.at[where]
        input_x._value = getattr(place, update)(_as(value, raw(updates)))
        return (
            Tensor._wrap(input_x._value)
            if not isinstance(input_x, Parameter)
            else input_x.value()
        )

    write.__name__ = owner
    write.__doc__ = f"Updates written into a Parameter (mindspore.ops.{owner})."
    return write


scatter_update = _in_place("scatter_update", "set", by_tuple=False)
scatter_add = _in_place("scatter_add", "add", by_tuple=False)
scatter_nd_update = _in_place("scatter_nd_update", "set", by_tuple=True)
scatter_nd_add = _in_place("scatter_nd_add", "add", by_tuple=True)


def _without_locking(fn: Any) -> Any:
    def write(input_x: Any, indices: Any, updates: Any, use_locking: bool) -> Any:
        del use_locking  # one writer at a time is all there is
        return fn(input_x, indices, updates)

    write.__name__ = fn.__name__
    write.__doc__ = fn.__doc__
    return write


Gather = primitive("Gather", gather, batch_dims=0)
GatherV2 = primitive("GatherV2", gather)
GatherD = primitive("GatherD", gather_d)
GatherNd = primitive("GatherNd", gather_nd)
Slice = primitive("Slice", slice)
StridedSlice = primitive(
    "StridedSlice",
    strided_slice,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
)
ScatterNd = primitive("ScatterNd", scatter_nd)
TensorScatterUpdate = primitive("TensorScatterUpdate", tensor_scatter_update)
TensorScatterAdd = primitive("TensorScatterAdd", tensor_scatter_add)
UnsortedSegmentSum = primitive("UnsortedSegmentSum", unsorted_segment_sum)
ScatterUpdate = primitive(
    "ScatterUpdate", _without_locking(scatter_update), use_locking=True
)
ScatterAdd = primitive("ScatterAdd", _without_locking(scatter_add), use_locking=False)
ScatterNdUpdate = primitive(
    "ScatterNdUpdate", _without_locking(scatter_nd_update), use_locking=True
)
ScatterNdAdd = primitive(
    "ScatterNdAdd", _without_locking(scatter_nd_add), use_locking=False
)
