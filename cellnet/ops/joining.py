"""Tensors joined, split, repeated and padded."""

from __future__ import annotations

import builtins
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import (
    check_axis,
    check_int,
    check_int_tuple,
    check_type,
)
from cellnet.ops._arrays import (
    array,
    array_only,
    plain,
    promoted,
    spelled,
)
from cellnet.ops._op import op
from cellnet.ops.primitive import REQUIRED, primitive

_axis_or_dim = spelled(dim="axis", dims="axis")


def _joined(owner: str, tensors: Any, *, same_shape: bool) -> list[Any]:
    if not isinstance(tensors, tuple | list):
        raise TypeError(
            f"{owner}: expected a tuple or list of Tensors, got "
            f"{type(tensors).__name__}"
        )
    if not tensors:
        raise ValueError(f"{owner}: got no Tensors, expected at least one")
    arrays = promoted([array_only(owner, item) for item in tensors])
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
    for count in repeats if isinstance(repeats, tuple) else (repeats,):
        check_int("repeat_interleave", "repeats", count, minimum=0)
    if isinstance(repeats, int):
        return jnp.repeat(x, repeats, axis)
    counts = np.asarray(repeats)
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


Concat = primitive("Concat", concat, axis=0)


def _check_stack(axis: Any) -> None:
    check_int("Stack", "axis", axis)


def _check_pad(paddings: Any) -> None:
    check_type("Pad", "paddings", paddings, tuple)


Stack = primitive("Stack", stack, check=_check_stack, axis=0)
Pack = primitive("Pack", stack, axis=0)
Unstack = primitive("Unstack", unstack, axis=0, num=None)
Split = primitive("Split", _split_equally, axis=0, output_num=1)
Tile = primitive("Tile", tile)
BroadcastTo = primitive("BroadcastTo", broadcast_to, shape=REQUIRED)
Pad = primitive("Pad", _pad_pairs, check=_check_pad, paddings=REQUIRED)
MirrorPad = primitive("MirrorPad", _mirror_pad, mode="REFLECT")
