"""The form of Tensors: shapes, axes, joining and splitting."""

from __future__ import annotations

import builtins
import math
from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_axes, check_axis, check_int, check_int_tuple
from cellnet.dtype import Type
from cellnet.ops._arrays import array, array_only, plain, spelled
from cellnet.ops._op import op
from cellnet.ops.primitive import REQUIRED, primitive
from cellnet.tensor import Tensor

_axis_or_dim = spelled(dim="axis", dims="axis")


def _tensor(owner: str, value: Any) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError(f"{owner}: expected a Tensor, got {type(value).__name__}")
    return value


def shape(input_x: Tensor) -> tuple[int, ...]:
    """Lengths of the axes, a tuple of ints (mindspore.ops.shape)."""
    return _tensor("shape", input_x).shape


def dtype(x: Tensor) -> Type:
    """Type of the elements (mindspore.ops.dtype)."""
    return _tensor("dtype", x).dtype


def rank(input_x: Tensor) -> int:
    """Number of axes (mindspore.ops.rank)."""
    return _tensor("rank", input_x).ndim


def size(input_x: Tensor) -> int:
    """Number of elements (mindspore.ops.size)."""
    return _tensor("size", input_x).size


numel = size


@op
def reshape(input: Any, shape: Any) -> Any:
    """The elements in another shape (mindspore.ops.reshape).

    Args:
        input: Tensor of any shape.
        shape: int, tuple, list or Int Tensor; one length may be -1 and is worked out.

    Raises:
        TypeError: a length that is no int.
        ValueError: two lengths of -1, or another number of elements.

    Example:
        >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, -1)).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    x = array("reshape", input)
    new = check_int_tuple("reshape", "shape", plain(shape), minimum=-1)
    if new.count(-1) > 1:
        raise ValueError(f"reshape: only one length may be -1, got {new}")
    known = math.prod(n for n in new if n != -1)
    fits = x.size == known if -1 not in new else known and x.size % known == 0
    if not fits and not (x.size == 0 and -1 in new and known == 0):
        raise ValueError(
            f"reshape: {x.size} elements of shape {x.shape} cannot take shape {new}"
        )
    return x.reshape(new)


@op
def transpose(input: Any, input_perm: Any) -> Any:
    """Axes in another order (mindspore.ops.transpose).

    Args:
        input: Tensor.
        input_perm: each axis once, a tuple of ints.

    Raises:
        ValueError: not each axis just once.
    """
    x, order = array("transpose", input), plain(input_perm)
    if not isinstance(order, tuple):
        raise TypeError(
            f"transpose: expected a tuple of axes, got {type(input_perm).__name__}"
        )
    order = check_int_tuple("transpose", "dims", order)
    axes = check_axes("transpose", order, x.ndim) or ()
    if len(axes) != x.ndim:
        raise ValueError(
            f"transpose: expected each of {x.ndim} axes once, got {input_perm}"
        )
    return jnp.transpose(x, axes)


@op
def permute(input: Any, axis: Any) -> Any:
    """Axes in another order (mindspore.ops.permute)."""
    return transpose.on_arrays(input, axis)


@op
def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """Two axes in each other's place (mindspore.ops.swapaxes)."""
    x = array("swapaxes", input)
    axis0 = check_axis("swapaxes", axis0, x.ndim)
    return jnp.swapaxes(x, axis0, check_axis("swapaxes", axis1, x.ndim))


@op
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the rest in order (mindspore.ops.moveaxis)."""
    return jnp.moveaxis(array("moveaxis", x), source, destination)


@op
def t(input: Any) -> Any:
    """Transpose of a Tensor with at most 2 axes (mindspore.ops.t).

    Raises:
        ValueError: more than 2 axes.
    """
    x = array("t", input)
    if x.ndim > 2:
        raise ValueError(f"t: expected at most 2 axes, got shape {x.shape}")
    return x.T


@_axis_or_dim
@op
def expand_dims(input_x: Any, axis: int) -> Any:
    """A new axis of length 1, at ``axis`` in [-ndim-1, ndim] (mindspore.ops)."""
    x = array("expand_dims", input_x)
    return jnp.expand_dims(x, check_axis("expand_dims", plain(axis), x.ndim + 1))


@_axis_or_dim
@op
def unsqueeze(input: Any, axis: int) -> Any:
    """A new axis of length 1 (mindspore.ops.unsqueeze)."""
    return expand_dims.on_arrays(input, axis)


@_axis_or_dim
@op
def squeeze(input: Any, axis: Any = None) -> Any:
    """Without axes of length 1: all, or the given ones that have it.

    (mindspore.ops.squeeze)

    Raises:
        ValueError: an axis out of range.
    """
    x = array("squeeze", input)
    axes = check_axes("squeeze", plain(axis), x.ndim)
    axes = builtins.range(x.ndim) if axes is None else axes
    return jnp.squeeze(x, tuple(a for a in axes if x.shape[a] == 1))


@op
def flatten(
    input: Any, order: str = "C", *, start_dim: int = 1, end_dim: int = -1
) -> Any:
    """Axes from start_dim to end_dim as one (mindspore.ops.flatten).

    Args:
        input: Tensor (N, ...).
        order: "C" goes along the last axis first, "F" along the first.
        start_dim, end_dim: first and last axis that become one.

    Raises:
        ValueError: an axis out of range, start after end, another order.

    Example:
        >>> flatten(Tensor([[[1.0, 2.0], [3.0, 4.0]]])).shape
        (1, 4)
    """
    x = array_only("flatten", input)
    if order not in ("C", "F"):
        raise ValueError(f"flatten: order must be 'C' or 'F', got {order!r}")
    if x.ndim < 2 and start_dim in (0, 1) and end_dim in (-1, 0):
        return x.reshape(-1)
    first = check_axis("flatten", start_dim, x.ndim)
    last = check_axis("flatten", end_dim, x.ndim)
    if first > last:
        raise ValueError(
            f"flatten: start_dim {start_dim} lies behind end_dim {end_dim} in {x.shape}"
        )
    if order == "F":
        inner = tuple(builtins.range(last, first - 1, -1))
        x = jnp.transpose(
            x, (*builtins.range(first), *inner, *builtins.range(last + 1, x.ndim))
        )
    merged = math.prod(x.shape[first : last + 1])
    return x.reshape(*x.shape[:first], merged, *x.shape[last + 1 :])


@op
def ravel(input: Any) -> Any:
    """All elements as one axis (mindspore.ops.ravel)."""
    return array("ravel", input).reshape(-1)


@_axis_or_dim
@op
def flip(input: Any, axis: Any) -> Any:
    """Elements in reverse order along axes (mindspore.ops.flip, ReverseV2)."""
    x = array("flip", input)
    return jnp.flip(x, check_axes("flip", plain(axis), x.ndim))


@_axis_or_dim
@op
def roll(input: Any, shifts: Any, axis: Any = None) -> Any:
    """Elements moved along axes, those that leave entering again (mindspore.ops)."""
    return jnp.roll(array("roll", input), plain(shifts), axis)


@op
def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle of matrices, zero above it (mindspore.ops.tril)."""
    return jnp.tril(_matrices("tril", input, diagonal), diagonal)


@op
def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle of matrices, zero below it (mindspore.ops.triu)."""
    return jnp.triu(_matrices("triu", input, diagonal), diagonal)


def _matrices(owner: str, x: Any, diagonal: Any) -> Any:
    x = array_only(owner, x)
    check_int(owner, "diagonal", plain(diagonal))
    if x.ndim < 2:
        raise ValueError(f"{owner}: expected matrices (..., M, N), got shape {x.shape}")
    return x


@op
def diag(input: Any) -> Any:
    """A Tensor (*s, *s) with this diagonal, zero beside it (mindspore.ops.diag)."""
    x = array("diag", input)
    return jnp.diag(x.ravel()).reshape(*x.shape, *x.shape)


@op
def _diag_part(input_x: Any) -> Any:
    """The diagonal (*s) of a Tensor (*s, *s) (mindspore.ops.DiagPart)."""
    x = array("DiagPart", input_x)
    half = x.ndim // 2
    if not x.ndim or x.ndim % 2 or x.shape[:half] != x.shape[half:]:
        raise ValueError(f"DiagPart: expected shape (*s, *s), got {x.shape}")
    count = math.prod(x.shape[:half])
    return jnp.diagonal(x.reshape(count, count)).reshape(x.shape[:half])


@spelled(axis1="dim1", axis2="dim2")
@op
def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """Diagonals of matrices over two axes (mindspore.ops.diagonal)."""
    return jnp.diagonal(array("diagonal", input), offset, dim1, dim2)


@op
def reverse_sequence(x: Any, seq_lengths: Any, seq_dim: int, batch_dim: int = 0) -> Any:
    """The first elements of each sequence in reverse order (mindspore.ops).

    Args:
        x: Tensor.
        seq_lengths: Int Tensor, how many elements of each sequence to reverse.
        seq_dim: axis along which sequences run.
        batch_dim: axis of the sequences.

    Raises:
        TypeError: lengths that are no ints.
        ValueError: axes out of range or equal, another number of lengths.
    """
    owner = "ReverseSequence"
    x, lengths = array(owner, x), array(owner, seq_lengths)
    along, batch = (
        check_axis(owner, seq_dim, x.ndim),
        check_axis(owner, batch_dim, x.ndim),
    )
    if lengths.dtype.kind not in "iu":
        raise TypeError(f"{owner}: seq_lengths must be ints, got {lengths.dtype}")
    if along == batch or lengths.shape != (x.shape[batch],):
        raise ValueError(
            f"{owner}: input {x.shape} with seq_dim {seq_dim} and batch_dim {batch_dim}"
            f" expects lengths of shape ({x.shape[batch]},), got {lengths.shape}"
        )
    index = jnp.arange(x.shape[along])
    lengths = jnp.minimum(lengths, x.shape[along])[:, None]
    index = jnp.where(index < lengths, lengths - 1 - index, index)
    form = [1] * x.ndim
    form[batch], form[along] = x.shape[batch], x.shape[along]
    index = index if batch < along else index.T
    return jnp.take_along_axis(x, index.reshape(form), along)


def _check_squeeze(axis: Any) -> None:
    check_int_tuple("Squeeze", "axis", axis)


Shape = primitive("Shape", shape)
DType = primitive("DType", dtype)
Rank = primitive("Rank", rank)
Size = primitive("Size", size)
Reshape = primitive("Reshape", reshape)
Transpose = primitive("Transpose", transpose)
ExpandDims = primitive("ExpandDims", expand_dims)
Squeeze = primitive("Squeeze", squeeze, check=_check_squeeze, axis=())
Flatten = primitive("Flatten", flatten)
ReverseSequence = primitive(
    "ReverseSequence", reverse_sequence, seq_dim=REQUIRED, batch_dim=0
)
ReverseV2 = primitive("ReverseV2", flip, axis=REQUIRED)
Diag = primitive("Diag", diag)
DiagPart = primitive("DiagPart", _diag_part)
TransposeView = primitive("TransposeView", transpose)
Tril = primitive("Tril", tril, diagonal=0)
Triu = primitive("Triu", triu, diagonal=0)
