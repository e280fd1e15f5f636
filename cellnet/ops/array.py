"""The form of Tensors: shapes, axes, joining and splitting."""

from __future__ import annotations

import builtins
import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_axes, check_axis, check_int, check_int_tuple
from cellnet.dtype import Type
from cellnet.ops._arrays import array, plain, promoted, spelled
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
    x = array("transpose", input)
    order = check_int_tuple("transpose", "dims", plain(input_perm))
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
    x = array("flatten", input)
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


def _joined(owner: str, tensors: Any, *, same_shape: bool) -> list[Any]:
    if not isinstance(tensors, tuple | list):
        raise TypeError(
            f"{owner}: expected a tuple or list of Tensors, got "
            f"{type(tensors).__name__}"
        )
    if not tensors:
        raise ValueError(f"{owner}: got no Tensors, expected at least one")
    arrays = promoted([array(owner, item) for item in tensors])
    shapes = [x.shape for x in arrays]
    if same_shape and len(set(shapes)) > 1:
        raise ValueError(f"{owner}: shapes must be equal, got {shapes}")
    return arrays


@_axis_or_dim
@op
def concat(tensors: Any, axis: int = 0) -> Any:
    """Tensors joined along an axis they have (mindspore.ops.concat).

    Args:
        tensors: tuple or list; lengths may differ along ``axis`` only.  Different
            dtypes are promoted.
        axis: in [-ndim, ndim).

    Raises:
        TypeError: no tuple or list of Tensors.
        ValueError: none given, or other lengths differ.
    """
    arrays = _joined("concat", tensors, same_shape=False)
    axis = check_axis("concat", axis, arrays[0].ndim)
    rests = [(*x.shape[:axis], *x.shape[axis + 1 :]) for x in arrays]
    if len({(len(x.shape), rest) for x, rest in zip(arrays, rests, strict=True)}) > 1:
        shapes = [x.shape for x in arrays]
        raise ValueError(
            f"concat: shapes may differ along axis {axis} only, got {shapes}"
        )
    return jnp.concatenate(arrays, axis)


cat = concat


@_axis_or_dim
@op
def stack(tensors: Any, axis: int = 0) -> Any:
    """Tensors of one shape joined along a new axis (mindspore.ops.stack)."""
    arrays = _joined("stack", tensors, same_shape=True)
    return jnp.stack(arrays, check_axis("stack", axis, arrays[0].ndim + 1))


@op
def hstack(tensors: Any) -> Any:
    """Tensors joined along axis 1, or 0 if they have one (mindspore.ops.hstack)."""
    return jnp.hstack(_joined("hstack", tensors, same_shape=False))


@op
def vstack(inputs: Any) -> Any:
    """Tensors joined along axis 0, rows being made 2-d (mindspore.ops.vstack)."""
    return jnp.vstack(_joined("vstack", inputs, same_shape=False))


@_axis_or_dim
@op
def unstack(input_x: Any, axis: int = 0, num: int | None = None) -> Any:
    """A tuple of the slices along an axis (mindspore.ops.unstack, unbind).

    Raises:
        ValueError: ``num`` is given and is not the length of the axis.
    """
    x = array("unstack", input_x)
    axis = check_axis("unstack", axis, x.ndim)
    if num is not None and num != x.shape[axis]:
        raise ValueError(
            f"unstack: num is {num}, axis {axis} of {x.shape} has {x.shape[axis]}"
        )
    return tuple(jnp.unstack(x, axis=axis))


unbind = unstack


@_axis_or_dim
@op
def split(tensor: Any, split_size_or_sections: Any, axis: int = 0) -> Any:
    """Parts along an axis, a tuple (mindspore.ops.split).

    Args:
        tensor: Tensor.
        split_size_or_sections: the length of each part, the last perhaps shorter; or
            a tuple or list of all lengths, which add up to that of the axis.
        axis: in [-ndim, ndim).

    Raises:
        ValueError: a length < 1, or lengths with another sum.
    """
    x = array("split", tensor)
    axis = check_axis("split", axis, x.ndim)
    length = x.shape[axis]
    sections = plain(split_size_or_sections)
    if isinstance(sections, tuple):
        sizes = check_int_tuple("split", "sections", sections, minimum=0)
        if builtins.sum(sizes) != length:
            raise ValueError(
                f"split: sections {sizes} must add up to {length}, axis {axis} of "
                f"{x.shape}"
            )
        ends = np.cumsum(sizes)[:-1]
    else:
        step = check_int("split", "split_size", sections, minimum=1)
        ends = np.arange(step, length, step)
    return tuple(jnp.split(x, [int(end) for end in ends], axis))


@op
def _split_equally(input_x: Any, axis: int, output_num: int) -> Any:
    """``output_num`` equal parts along an axis, a tuple (mindspore.ops.Split)."""
    axis = check_axis("Split", axis, input_x.ndim)
    if input_x.shape[axis] % output_num:
        raise ValueError(
            f"Split: axis {axis} of {input_x.shape} has {input_x.shape[axis]} elements,"
            f" which output_num={output_num} does not divide"
        )
    return tuple(jnp.split(input_x, output_num, axis))


@_axis_or_dim
@op
def chunk(input: Any, chunks: int, axis: int = 0) -> Any:
    """At most so many parts along an axis, the last perhaps shorter (mindspore.ops)."""
    x = array("chunk", input)
    check_int("chunk", "chunks", chunks, minimum=1)
    length = x.shape[check_axis("chunk", axis, x.ndim)]
    return split.on_arrays(x, builtins.max(-(-length // chunks), 1), axis)


@op
def tile(input: Any, multiples: Any) -> Any:
    """The Tensor repeated along each axis (mindspore.ops.tile).

    Args:
        input: Tensor.
        multiples: tuple of ints, one an axis counted from the last; more add axes.
    """
    x = array("tile", input)
    return jnp.tile(x, check_int_tuple("tile", "dims", plain(multiples), minimum=0))


@_axis_or_dim
@op
def repeat_elements(x: Any, rep: int, axis: int = 0) -> Any:
    """Each element so many times along an axis (mindspore.ops.repeat_elements)."""
    x = array("repeat_elements", x)
    check_int("repeat_elements", "rep", rep, minimum=1)
    return jnp.repeat(x, rep, check_axis("repeat_elements", axis, x.ndim))


@_axis_or_dim
@op
def repeat_interleave(input: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element so many times, of the flattened Tensor if there is no axis.

    (mindspore.ops.repeat_interleave)
    """
    x = array("repeat_interleave", input)
    repeats = plain(repeats)
    counts = repeats if isinstance(repeats, int) else np.asarray(repeats)
    total = None
    if not isinstance(repeats, int):
        total = int(counts.sum()) if counts.size > 1 else None
    return jnp.repeat(x, counts, axis, total_repeat_length=total)


@op
def broadcast_to(input: Any, shape: Any) -> Any:
    """The Tensor repeated to a larger shape (mindspore.ops.broadcast_to).

    Args:
        input: Tensor whose lengths are 1 or those of ``shape``, counted from the last.
        shape: tuple of ints; -1 keeps the input's length.

    Raises:
        ValueError: a length that fits neither rule.
    """
    x = array("broadcast_to", input)
    new = check_int_tuple("broadcast_to", "shape", plain(shape), minimum=-1)
    own = (None,) * (len(new) - x.ndim) + x.shape
    target = tuple(n if w == -1 else w for n, w in zip(own, new, strict=False))
    if None in target or len(own) != len(new):
        raise ValueError(f"broadcast_to: shape {x.shape} cannot become {new}")
    try:
        return jnp.broadcast_to(x, target)
    except ValueError:
        raise ValueError(
            f"broadcast_to: shape {x.shape} cannot become {new}; lengths must be equal "
            "or 1, counted from the last axis"
        ) from None


@op
def expand_as(input: Any, other: Any) -> Any:
    """The Tensor repeated to the shape of another (mindspore.Tensor.expand_as)."""
    return broadcast_to.on_arrays(input, other.shape)


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
    return jnp.tril(array("tril", input), diagonal)


@op
def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle of matrices, zero below it (mindspore.ops.triu)."""
    return jnp.triu(array("triu", input), diagonal)


@op
def diag(input: Any) -> Any:
    """A matrix with this diagonal (mindspore.ops.diag)."""
    return jnp.diag(array("diag", input))


@spelled(axis1="dim1", axis2="dim2")
@op
def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """Diagonals of matrices over two axes (mindspore.ops.diagonal)."""
    return jnp.diagonal(array("diagonal", input), offset, dim1, dim2)


@op
def pad(input_x: Any, padding: Any, mode: str = "constant", value: Any = None) -> Any:
    """The Tensor with elements around it (mindspore.ops.pad).

    Args:
        input_x: Tensor.
        padding: (left, right) of the last axis, then of the one before it, and so on;
            negative ones cut off.
        mode: "constant", "reflect", "replicate" or "circular".
        value: what fills in for "constant"; 0 by default.

    Raises:
        ValueError: an odd number of paddings, too many, or another mode.
    """
    x = array("pad", input_x)
    flat = check_int_tuple("pad", "padding", plain(padding))
    if len(flat) % 2 or len(flat) > 2 * x.ndim:
        raise ValueError(
            f"pad: padding must hold a pair for each of at most {x.ndim} axes, got "
            f"{flat}"
        )
    names = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}
    names["circular"] = "wrap"
    if mode not in names:
        raise ValueError(f"pad: mode must be one of {tuple(names)}, got {mode!r}")
    pairs = [(0, 0)] * (x.ndim - len(flat) // 2)
    pairs += reversed(list(zip(flat[::2], flat[1::2], strict=True)))
    kept = tuple(
        slice(builtins.max(-low, 0), n - builtins.max(-high, 0))
        for (low, high), n in zip(pairs, x.shape, strict=True)
    )
    widths = [(builtins.max(low, 0), builtins.max(high, 0)) for low, high in pairs]
    options = {"constant_values": value or 0} if mode == "constant" else {}
    return jnp.pad(x[kept], widths, names[mode], **options)


@op
def _pad_pairs(input_x: Any, paddings: Any) -> Any:
    """Zeros around a Tensor, a (before, after) pair an axis (mindspore.ops.Pad)."""
    if len(paddings) != input_x.ndim:
        raise ValueError(f"Pad: {len(paddings)} pairs for {input_x.ndim} axes")
    return jnp.pad(input_x, paddings)


@op
def _mirror_pad(input_x: Any, paddings: Any, mode: str) -> Any:
    """A Tensor with its mirror image around it (mindspore.ops.MirrorPad)."""
    return jnp.pad(input_x, np.asarray(plain(paddings)), mode.lower())


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
Concat = primitive("Concat", concat, axis=0)
Stack = primitive("Stack", stack, axis=0)
Pack = primitive("Pack", stack, axis=0)
Unstack = primitive("Unstack", unstack, axis=0, num=None)
Split = primitive("Split", _split_equally, axis=0, output_num=1)
Tile = primitive("Tile", tile)
BroadcastTo = primitive("BroadcastTo", broadcast_to, shape=REQUIRED)
ReverseV2 = primitive("ReverseV2", flip, axis=REQUIRED)
Tril = primitive("Tril", tril, diagonal=0)
Triu = primitive("Triu", triu, diagonal=0)
Pad = primitive("Pad", _pad_pairs, paddings=REQUIRED)
MirrorPad = primitive("MirrorPad", _mirror_pad, mode="REFLECT")
