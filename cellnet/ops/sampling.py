"""Values of images between their pixels: grids, crops, deformed windows."""

from __future__ import annotations

import itertools
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool, check_choice, check_int_tuple, check_type
from cellnet.ops import lowering
from cellnet.ops._arrays import array, array_only, plain
from cellnet.ops._op import op
from cellnet.ops.conv import bias_add
from cellnet.ops.primitive import primitive


def sampled(images: Any, places: Any, corner: Any = None) -> Any:
    """Multilinear mixtures of the pixels around each place; 0 outside of an image.

    Args:
        images: (N, C, *sizes).
        places: (N, *positions, axes) in pixels, an entry for each axis of ``sizes``.
        corner: round the places by this function instead of mixing.

    Returns:
        (N, C, *positions).
    """
    sizes = images.shape[2:]
    inner = (images.shape[0],) + (1,) * (places.ndim - 2)
    batch = jnp.arange(images.shape[0]).reshape(inner)
    channels_last = jnp.moveaxis(images, 1, -1)

    def pixels(index: list[Any]) -> Any:
        inside = jnp.stack(
            [(i >= 0) & (i < n) for i, n in zip(index, sizes, strict=True)]
        ).all(0)
        safe = [jnp.clip(i, 0, n - 1) for i, n in zip(index, sizes, strict=True)]
        values = channels_last[(batch, *safe)]
        return values * inside[..., None].astype(values.dtype)

    axes = [places[..., axis] for axis in range(len(sizes))]
    if corner is not None:
        return jnp.moveaxis(pixels([_ints(corner(a)) for a in axes]), -1, 1)
    first = [jnp.floor(a) for a in axes]
    total = 0
    for step in itertools.product((0, 1), repeat=len(sizes)):
        index = [f + s for f, s in zip(first, step, strict=True)]
        shares = [1 - jnp.abs(a - i) for a, i in zip(axes, index, strict=True)]
        share = jnp.stack(shares).prod(0)
        values = pixels([_ints(i) for i in index])
        total = total + values * share[..., None].astype(values.dtype)
    return jnp.moveaxis(total, -1, 1)


def _ints(x: Any) -> Any:
    return x.astype(np.int32)


@op
def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """Values of images at places given in [-1, 1] (mindspore.ops.grid_sample).

    Args:
        input: float Tensor (N, C, H, W) or (N, C, D, H, W).
        grid: Tensor (N, H', W', 2) of (x, y), or (N, D', H', W', 3) of (x, y, z).
        mode: "bilinear" or "nearest".
        padding_mode: what lies outside: "zeros", "border" (the edge) or "reflection".
        align_corners: whether -1 and 1 are the middles of the outer pixels, instead of
            their outer edges.

    Returns:
        Tensor (N, C, H', W') or (N, C, D', H', W').

    Raises:
        ValueError: another mode, or shapes that do not fit.
    """
    x, grid = array_only("grid_sample", input), array_only("grid_sample", grid)
    check_choice("grid_sample", "mode", mode, ("bilinear", "nearest"))
    modes = ("zeros", "border", "reflection")
    check_choice("grid_sample", "padding_mode", padding_mode, modes)
    aligned = False if align_corners is None else align_corners
    check_bool("grid_sample", "align_corners", aligned)
    if x.ndim not in (4, 5) or grid.ndim != x.ndim or grid.shape[-1] != x.ndim - 2:
        raise ValueError(
            f"grid_sample: expected (N, C, H, W) and (N, H', W', 2), or (N, C, D, H, W)"
            f" and (N, D', H', W', 3), got {x.shape} and {grid.shape}"
        )
    if x.shape[0] != grid.shape[0]:
        raise ValueError(f"grid_sample: batches differ: {x.shape} and {grid.shape}")
    sizes = jnp.asarray(x.shape[2:], grid.dtype)
    places = grid[..., ::-1]  # x is the last axis
    if aligned:
        places = (places + 1) / 2 * (sizes - 1)
    else:
        places = ((places + 1) * sizes - 1) / 2
    if padding_mode == "reflection":
        places = _reflected(places, sizes, aligned)
    if padding_mode != "zeros":
        places = jnp.clip(places, 0, sizes - 1)
    return sampled(x, places, jnp.round if mode == "nearest" else None)


def _reflected(places: Any, sizes: Any, aligned: bool) -> Any:
    """Places outside as their mirror images at the edges of the image."""
    low = 0.0 if aligned else -0.5
    span = sizes - 1 if aligned else sizes
    span = jnp.maximum(span, 1)
    distance = jnp.mod(jnp.abs(places - low), 2 * span)
    return jnp.minimum(distance, 2 * span - distance) + low


@op
def _crop_and_resize(
    x: Any,
    boxes: Any,
    box_index: Any,
    crop_size: Any,
    method: str,
    extrapolation_value: float,
) -> Any:
    """Boxes cut out of (N, H, W, C) images, in one size (mindspore.ops.CropAndResize).

    Args:
        x: Tensor (N, H, W, C).
        boxes: float Tensor (B, 4) of (y0, x0, y1, x1), 1 being the last pixel.
        box_index: Int32 Tensor (B,), which image each box is of.
        crop_size: (height, width).

    Returns:
        Float32 Tensor (B, height, width, C).
    """
    owner = "CropAndResize"
    x, boxes = array(owner, x), array(owner, boxes)
    if x.ndim != 4 or boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(
            f"{owner}: expected images (N, H, W, C) and boxes (B, 4), got {x.shape} "
            f"and {boxes.shape}"
        )
    size = check_int_tuple(owner, "crop_size", plain(crop_size), 2, minimum=1)
    images = jnp.moveaxis(x, -1, 1).astype(np.float32)[array(owner, box_index)]
    at = [
        _along(boxes[:, a], boxes[:, a + 2], size[a], x.shape[1 + a], method)
        for a in (0, 1)
    ]
    shape = (len(boxes), *size)
    places = jnp.stack(
        [
            jnp.broadcast_to(at[0][:, :, None], shape),
            jnp.broadcast_to(at[1][:, None], shape),
        ],
        -1,
    )
    last = jnp.asarray(images.shape[2:], places.dtype) - 1
    inside = jnp.all((places >= 0) & (places <= last), -1)[:, None]
    places = jnp.clip(places, 0, last)
    y = sampled(images, places, _half_up if method == "nearest" else None)
    return jnp.moveaxis(jnp.where(inside, y, extrapolation_value), 1, -1)


def _half_up(x: Any) -> Any:
    return jnp.floor(x + 0.5)


def _along(low: Any, high: Any, count: int, length: int, method: str) -> Any:
    """(B, count) places in pixels between two edges, given as parts of an axis."""
    index = jnp.arange(count)
    if method == "bilinear_v2":  # middles of equal parts, of whole pixels
        start, end = jnp.trunc(low * length), jnp.trunc(high * length)
        span = jnp.maximum(end - start + 1, 1)[:, None]
        at = jnp.clip((index + 0.5) * span / count - 0.5, 0, span - 1)
        return jnp.clip(start[:, None] + at, 0, length - 1)
    if count == 1:
        return ((low + high) * 0.5 * (length - 1))[:, None]
    step = (high - low) * (length - 1) / (count - 1)
    return low[:, None] * (length - 1) + index * step[:, None]


@op
def deformable_conv2d(
    x: Any,
    weight: Any,
    offsets: Any,
    kernel_size: Any,
    strides: Any,
    padding: Any,
    bias: Any = None,
    dilations: Any = (1, 1, 1, 1),
    groups: int = 1,
    deformable_groups: int = 1,
    modulated: bool = True,
) -> Any:
    """Convolution whose windows' elements are moved (mindspore.ops.deformable_conv2d).

    Args:
        x: float Tensor (N, C, H, W).
        weight: Tensor (O, C // groups, kh, kw).
        offsets: Tensor (N, 3 * G * kh * kw, H', W') of x shifts, y shifts and weights
            for G deformable groups; 2 instead of 3 without ``modulated``.
        kernel_size: (kh, kw).
        strides, dilations: (1, 1, along H, along W).
        padding: (top, bottom, left, right).
        bias: Tensor (O,), or None.

    References: Zhu et al., Deformable ConvNets v2, CVPR 2019.
    """
    owner = "deformable_conv2d"
    x, weight, offsets = (array(owner, each) for each in (x, weight, offsets))
    kh, kw = check_int_tuple(owner, "kernel_size", kernel_size, 2, minimum=1)
    sh, sw = check_int_tuple(owner, "strides", strides, 4, minimum=1)[2:]
    dh, dw = check_int_tuple(owner, "dilations", dilations, 4, minimum=1)[2:]
    top, bottom, left, right = check_int_tuple(owner, "padding", padding, 4, minimum=0)
    n, c, h, w = x.shape
    rows = (h + top + bottom - dh * (kh - 1) - 1) // sh + 1
    columns = (w + left + right - dw * (kw - 1) - 1) // sw + 1
    parts = 3 if modulated else 2
    expected = (n, parts * deformable_groups * kh * kw, rows, columns)
    if offsets.shape != expected:
        raise ValueError(f"{owner}: offsets must be {expected}, got {offsets.shape}")
    moves = offsets.reshape(n, parts, deformable_groups, kh, kw, rows, columns)
    base_y = (jnp.arange(rows) * sh - top)[:, None] + (jnp.arange(kh) * dh)[
        :, None, None, None
    ]
    base_x = jnp.arange(columns) * sw - left + (jnp.arange(kw) * dw)[:, None, None]
    places = jnp.stack([moves[:, 1] + base_y, moves[:, 0] + base_x], -1)
    grouped = x.reshape(n * deformable_groups, c // deformable_groups, h, w)
    values = sampled(grouped, places.reshape(n * deformable_groups, *places.shape[2:]))
    if modulated:
        scales = moves[:, 2].reshape(n * deformable_groups, 1, kh, kw, rows, columns)
        values = values * scales
    # (N, C, kh, kw, H', W') -> windows side by side, so that a plain convolution
    # with stride (kh, kw) takes each once
    tiled = values.reshape(n, c, kh, kw, rows, columns).transpose(0, 1, 4, 2, 5, 3)
    tiled = tiled.reshape(n, c, rows * kh, columns * kw)
    y = lowering.conv(tiled, weight, stride=(kh, kw), groups=groups)
    return y if bias is None else bias_add.on_arrays(y, bias)


def _check_crop(method: Any, extrapolation_value: Any) -> None:
    check_type("CropAndResize", "method", method, str)
    methods = ("bilinear", "nearest", "bilinear_v2")
    check_choice("CropAndResize", "method", method, methods)
    check_type("CropAndResize", "extrapolation_value", extrapolation_value, float)


CropAndResize = primitive(
    "CropAndResize",
    _crop_and_resize,
    check=_check_crop,
    method="bilinear",
    extrapolation_value=0.0,
)
