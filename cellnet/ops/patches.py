"""Windows of images as columns and back, and channels as pixels and back."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_int, check_int_tuple
from cellnet.ops._arrays import array, array_only, plain
from cellnet.ops._op import op
from cellnet.ops.primitive import REQUIRED, primitive

_Pair = tuple[int, int]


def _pair(owner: str, name: str, value: Any, minimum: int = 1) -> _Pair:
    value = plain(value)
    if isinstance(value, tuple | list) and len(value) == 1:
        value = value[0]
    first, second = check_int_tuple(owner, name, value, 2, minimum=minimum)
    return first, second


def _geometry(owner: str, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    return (
        _pair(owner, "kernel_size", kernel),
        _pair(owner, "dilation", dilation),
        _pair(owner, "padding", padding, 0),
        _pair(owner, "stride", stride),
    )


def _columns(owner: str, x: Any, geometry: Any) -> Any:
    """(N, C, kh * kw, windows) of (N, C, H, W)."""
    if x.ndim != 4:
        raise ValueError(f"{owner}: expected (N, C, H, W), got shape {x.shape}")
    (kh, kw), dilation, padding, stride = geometry
    counts = _window_counts(owner, x.shape[2:], geometry)
    ph, pw = padding
    x = jnp.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    taps = [
        x[(..., *_span(i, j, dilation, stride, counts))]
        for i in range(kh)
        for j in range(kw)
    ]
    return jnp.stack(taps, 2).reshape(*x.shape[:2], kh * kw, math.prod(counts))


def _span(i: int, j: int, dilation: _Pair, stride: _Pair, counts: _Pair) -> Any:
    """Where element (i, j) of each window lies."""
    starts = i * dilation[0], j * dilation[1]
    return tuple(
        slice(start, start + (n - 1) * step + 1, step)
        for start, n, step in zip(starts, counts, stride, strict=True)
    )


def _window_counts(owner: str, sizes: Any, geometry: Any) -> _Pair:
    kernel, dilation, padding, stride = geometry
    high, wide = (
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(sizes, kernel, dilation, padding, stride, strict=True)
    )
    if high < 1 or wide < 1:
        raise ValueError(
            f"{owner}: windows {kernel} with dilation {dilation} do not fit into "
            f"{tuple(sizes)} with padding {padding}"
        )
    return high, wide


@op
def unfold(
    input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """Windows of images as columns (mindspore.ops.unfold).

    Args:
        input: Tensor (N, C, H, W).
        kernel_size, dilation, stride: int or 2 ints >= 1.
        padding: int or 2 ints >= 0.

    Returns:
        Tensor (N, C * kh * kw, windows).

    Raises:
        TypeError: settings that are no ints.
        ValueError: settings out of range, or windows that do not fit.
    """
    x = array_only("unfold", input)
    geometry = _geometry("unfold", kernel_size, dilation, padding, stride)
    columns = _columns("unfold", x, geometry)
    return columns.reshape(x.shape[0], -1, columns.shape[-1])


@op
def _im2col(x: Any, ksizes: Any, strides: Any, dilations: Any, pads: Any) -> Any:
    """Windows of images as columns (N, C, kh * kw, windows) (mindspore.ops.Im2Col)."""
    x = array_only("Im2Col", x)
    return _columns("Im2Col", x, _geometry("Im2Col", ksizes, dilations, pads, strides))


@op
def fold(
    input: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Any:
    """Columns added up where their windows lie in images (mindspore.ops.fold).

    Args:
        input: Tensor (N, C * kh * kw, windows).
        output_size: 2 ints or Int Tensor (2,), (H, W) of the images.
        kernel_size, dilation, padding, stride: as of :func:`unfold`.

    Returns:
        Tensor (N, C, H, W).

    Raises:
        ValueError: columns that are not those of such windows.
    """
    x = array_only("fold", input)
    geometry = _geometry("fold", kernel_size, dilation, padding, stride)
    (kh, kw), dilation, (ph, pw), stride = geometry
    size = _pair("fold", "output_size", output_size)
    counts = _window_counts("fold", size, geometry)
    if x.ndim != 3 or x.shape[1] % (kh * kw) or x.shape[2] != math.prod(counts):
        raise ValueError(
            f"fold: expected (N, C * {kh * kw}, {math.prod(counts)}), got {x.shape}"
        )
    channels = x.shape[1] // (kh * kw)
    taps = x.reshape(x.shape[0], channels, kh * kw, *counts)
    y = jnp.zeros((x.shape[0], channels, size[0] + 2 * ph, size[1] + 2 * pw), x.dtype)
    for tap in range(kh * kw):
        place = _span(*divmod(tap, kw), dilation, stride, counts)
        y = y.at[(..., *place)].add(taps[:, :, tap])
    return y[:, :, ph : ph + size[0], pw : pw + size[1]]


def _blocks(owner: str, x: Any, block: int) -> tuple[int, int, int]:
    """Channels, height and width after ``block`` ** 2 channels became pixels."""
    channels, height, width = x.shape[-3:]
    if channels % (block * block):
        raise ValueError(
            f"{owner}: {block} ** 2 does not divide the {channels} channels of "
            f"{x.shape}"
        )
    return channels // (block * block), height, width


@op
def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """r ** 2 channels as r x r pixels: (*, C r^2, H, W) -> (*, C, H r, W r).

    (mindspore.ops.pixel_shuffle)

    Args:
        input: Tensor with 3 axes and more.
        upscale_factor: r >= 1.

    References: Shi et al., CVPR 2016.
    """
    x = array_only("pixel_shuffle", input)
    r = check_int("pixel_shuffle", "upscale_factor", upscale_factor, minimum=1)
    if x.ndim < 3:
        raise ValueError(f"pixel_shuffle: expected (*, C, H, W), got shape {x.shape}")
    c, h, w = _blocks("pixel_shuffle", x, r)
    y = x.reshape(-1, c, r, r, h, w).transpose(0, 1, 4, 2, 5, 3)
    return y.reshape(*x.shape[:-3], c, h * r, w * r)


@op
def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """r x r pixels as r ** 2 channels, the inverse of :func:`pixel_shuffle`.

    (mindspore.ops.pixel_unshuffle)
    """
    x = array_only("pixel_unshuffle", input)
    r = check_int("pixel_unshuffle", "downscale_factor", downscale_factor, minimum=1)
    if x.ndim < 3 or x.shape[-1] % r or x.shape[-2] % r:
        raise ValueError(f"pixel_unshuffle: {r} does not divide H and W of {x.shape}")
    c, h, w = x.shape[-3], x.shape[-2] // r, x.shape[-1] // r
    y = x.reshape(-1, c, h, r, w, r).transpose(0, 1, 3, 5, 2, 4)
    return y.reshape(*x.shape[:-3], c * r * r, h, w)


@op
def _depth_to_space(x: Any, block_size: int) -> Any:
    """block ** 2 groups of channels as pixels of (N, C, H, W) (mindspore.ops)."""
    x = _image("DepthToSpace", x)
    c, h, w = _blocks("DepthToSpace", x, block_size)
    y = x.reshape(-1, block_size, block_size, c, h, w).transpose(0, 3, 4, 1, 5, 2)
    return y.reshape(-1, c, h * block_size, w * block_size)


@op
def _space_to_depth(x: Any, block_size: int) -> Any:
    """Blocks of pixels of (N, C, H, W) as groups of channels (mindspore.ops)."""
    x = _image("SpaceToDepth", x)
    n, c, h, w = x.shape
    if h % block_size or w % block_size:
        raise ValueError(f"SpaceToDepth: {block_size} does not divide {(h, w)}")
    y = x.reshape(n, c, h // block_size, block_size, w // block_size, block_size)
    y = y.transpose(0, 3, 5, 1, 2, 4)
    return y.reshape(n, -1, h // block_size, w // block_size)


def _image(owner: str, x: Any) -> Any:
    x = array(owner, x)
    if x.ndim != 4:
        raise ValueError(f"{owner}: expected (N, C, H, W), got shape {x.shape}")
    return x


@op
def lrn(
    x: Any,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
    norm_region: str = "ACROSS_CHANNELS",
) -> Any:
    """x / (bias + alpha * sum of x ** 2 over near channels) ** beta (mindspore.ops).

    Args:
        x: float Tensor (N, C, H, W).
        depth_radius: channels to each side.
        bias, alpha, beta: numbers as in the formula.
        norm_region: "ACROSS_CHANNELS".

    References: Krizhevsky et al., NIPS 2012.
    """
    x = _image("LRN", x)
    if norm_region != "ACROSS_CHANNELS":
        raise ValueError(
            f"LRN: norm_region must be 'ACROSS_CHANNELS', got {norm_region!r}"
        )
    radius = check_int("LRN", "depth_radius", depth_radius, minimum=0)
    near = jax.lax.reduce_window(
        jnp.square(x),
        np.zeros((), x.dtype),
        jax.lax.add,
        (1, 2 * radius + 1, 1, 1),
        (1, 1, 1, 1),
        ((0, 0), (radius, radius), (0, 0), (0, 0)),
    )
    return x / (bias + alpha * near) ** beta


def _check_block(block_size: Any) -> None:
    check_int("DepthToSpace", "block_size", block_size, minimum=2)


DepthToSpace = primitive(
    "DepthToSpace", _depth_to_space, check=_check_block, block_size=REQUIRED
)
SpaceToDepth = primitive(
    "SpaceToDepth", _space_to_depth, check=_check_block, block_size=REQUIRED
)
Im2Col = primitive("Im2Col", _im2col, ksizes=REQUIRED, strides=1, dilations=1, pads=0)
LRN = primitive(
    "LRN",
    lrn,
    depth_radius=5,
    bias=1.0,
    alpha=1.0,
    beta=0.5,
    norm_region="ACROSS_CHANNELS",
)
