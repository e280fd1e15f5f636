"""Pooling: a maximum or a mean of each window."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_choice, check_int, check_int_tuple
from cellnet.ops import lowering
from cellnet.ops._arrays import array, plain
from cellnet.ops._op import op
from cellnet.ops._windows import (
    Pairs,
    check_data_format,
    check_windows,
    padding_pairs,
)
from cellnet.ops.primitive import REQUIRED, primitive


def _pooled(
    owner: str,
    x: Any,
    num_axes: int,
    kernel_size: Any,
    stride: Any,
    pad_mode: str,
    padding: Any,
    *,
    ceil_mode: bool = False,
    average: bool = False,
    count_include_pad: bool = False,
) -> Any:
    x = array(owner, x)
    if x.ndim not in (num_axes + 1, num_axes + 2):
        raise ValueError(
            f"{owner}: expected {num_axes + 2} axes (or {num_axes + 1} without the "
            f"batch), got shape {x.shape}"
        )
    batched = x if x.ndim == num_axes + 2 else x[None]
    sizes = batched.shape[2:]
    window = check_int_tuple(owner, "kernel_size", kernel_size, num_axes, minimum=1)
    stride = window if stride is None else stride
    stride = check_int_tuple(owner, "stride", stride, num_axes, minimum=1)
    ones = (1,) * num_axes
    pairs = padding_pairs(owner, pad_mode, padding, sizes, window, stride, ones)
    if ceil_mode:
        pairs = _rounded_up(sizes, window, stride, pairs)
    check_windows(owner, sizes, window, stride, ones, pairs)
    if average:
        y = lowering.avg_pool(
            batched,
            window=window,
            stride=stride,
            padding=pairs,
            count_include_pad=count_include_pad,
        )
    else:
        y = lowering.max_pool(batched, window=window, stride=stride, padding=pairs)
    return y if x.ndim == num_axes + 2 else y[0]


def _rounded_up(sizes: Any, window: Any, stride: Any, pairs: Pairs) -> Pairs:
    """More padding behind, so that a last window that starts inside is taken too."""
    result = []
    for n, k, s, (low, high) in zip(sizes, window, stride, pairs, strict=True):
        count = -(-(n + low + high - k) // s) + 1
        if (count - 1) * s >= n + low:
            count -= 1
        result.append((low, max((count - 1) * s + k - n - low, high)))
    return tuple(result)


def _pool_mode(padding: Any) -> str:
    return "pad" if np.any(padding) else "valid"


@op
def max_pool2d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, *, ceil_mode=False
) -> Any:
    """Largest element of each window (mindspore.ops.max_pool2d).

    Args:
        x: Tensor (N, C, H, W) or (C, H, W).
        kernel_size: int or 2 ints >= 1.
        stride: int or 2 ints >= 1; the kernel size by default.
        padding: int or 2 ints, of elements smaller than all.
        ceil_mode: take a last window that reaches beyond the padding too.
    """
    mode = _pool_mode(padding)
    return _pooled(
        "max_pool2d", x, 2, kernel_size, stride, mode, padding, ceil_mode=ceil_mode
    )


@op
def max_pool3d(
    x: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, *, ceil_mode=False
) -> Any:
    """As :func:`max_pool2d`, over (N, C, D, H, W) (mindspore.ops.max_pool3d)."""
    mode = _pool_mode(padding)
    return _pooled(
        "max_pool3d", x, 3, kernel_size, stride, mode, padding, ceil_mode=ceil_mode
    )


@op
def avg_pool2d(
    input_x: Any,
    kernel_size: Any = 1,
    stride: Any = 1,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """Mean of each window (mindspore.ops.avg_pool2d).

    Args:
        input_x: Tensor (N, C, H, W) or (C, H, W).
        kernel_size, stride: int or 2 ints >= 1.
        padding: int, 2 ints or 4 ints, of zeros.
        ceil_mode: take a last window that reaches beyond the padding too.
        count_include_pad: whether padding counts as elements of the mean.
    """
    return _pooled(
        "avg_pool2d",
        input_x,
        2,
        kernel_size,
        stride,
        _pool_mode(padding),
        padding,
        ceil_mode=ceil_mode,
        average=True,
        count_include_pad=count_include_pad,
    )


@op
def _max_pool_primitive(
    x: Any, kernel_size: Any, strides: Any, pad_mode: str, data_format: str
) -> Any:
    """Largest element of each window of (N, C, H, W) (mindspore.ops.MaxPool)."""
    del data_format
    return _pooled("MaxPool", x, 2, kernel_size, strides, pad_mode, 0)


@op
def _avg_pool_primitive(
    x: Any, kernel_size: Any, strides: Any, pad_mode: str, data_format: str
) -> Any:
    """Mean of each window of (N, C, H, W) (mindspore.ops.AvgPool)."""
    del data_format
    return _pooled("AvgPool", x, 2, kernel_size, strides, pad_mode, 0, average=True)


def _averaging_matrix(size: int, count: int, dtype: Any) -> np.ndarray:
    """(count, size): row i averages elements floor(i n / m) to ceil((i + 1) n / m)."""
    rows = np.zeros((count, size), np.float64)
    for i in range(count):
        low, high = i * size // count, -(-(i + 1) * size // count)
        rows[i, low:high] = 1.0 / (high - low)
    return rows.astype(dtype)


def _adaptive(owner: str, x: Any, output_size: Any, num_axes: int) -> Any:
    x = array(owner, x)
    wanted = plain(output_size)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,) * num_axes
    if len(wanted) != num_axes:
        raise ValueError(
            f"{owner}: output_size must be an int or {num_axes} ints, got {wanted}"
        )
    for axis, count in enumerate(wanted, start=x.ndim - num_axes):
        if count is None:
            continue
        count = check_int(owner, "output_size", count, minimum=1)
        weights = _averaging_matrix(x.shape[axis], count, x.dtype)
        x = jnp.moveaxis(jnp.moveaxis(x, axis, -1) @ weights.T, -1, axis)
    return x


@op
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """Means over ``output_size`` equal parts of the last axis (mindspore.ops)."""
    return _adaptive("adaptive_avg_pool1d", input, output_size, 1)


@op
def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """Means over a grid of equal parts of the last two axes (mindspore.ops).

    Args:
        input: float Tensor (N, C, H, W) or (C, H, W).
        output_size: int or (height, width); None keeps a length.
    """
    return _adaptive("adaptive_avg_pool2d", input, output_size, 2)


def _check_pool(
    kernel_size: Any, strides: Any, pad_mode: Any, data_format: Any
) -> None:
    check_int_tuple("MaxPool", "kernel_size", kernel_size, 2, minimum=1)
    check_int_tuple("MaxPool", "strides", strides, 2, minimum=1)
    check_choice("MaxPool", "pad_mode", str(pad_mode).lower(), ("same", "valid"))
    check_data_format("MaxPool", data_format)


MaxPool = primitive(
    "MaxPool",
    _max_pool_primitive,
    check=_check_pool,
    kernel_size=1,
    strides=1,
    pad_mode="valid",
    data_format="NCHW",
)
AvgPool = primitive(
    "AvgPool",
    _avg_pool_primitive,
    check=_check_pool,
    kernel_size=1,
    strides=1,
    pad_mode="valid",
    data_format="NCHW",
)
AdaptiveAvgPool2D = primitive(
    "AdaptiveAvgPool2D", adaptive_avg_pool2d, output_size=REQUIRED
)
