"""Pooling to a wanted size: a mean or a maximum over a grid of equal parts."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_int
from cellnet.ops._arrays import array, index_dtype, plain
from cellnet.ops._op import op
from cellnet.ops._places import adaptive_places, max_at
from cellnet.ops.primitive import REQUIRED, primitive


def _wanted(owner: str, x: Any, output_size: Any, num_axes: int) -> tuple[int, ...]:
    """The new lengths; None keeps an old one."""
    if x.ndim not in (num_axes + 1, num_axes + 2):
        raise ValueError(
            f"{owner}: expected {num_axes + 2} axes (or {num_axes + 1} without the "
            f"batch), got shape {x.shape}"
        )
    wanted = plain(output_size)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,) * num_axes
    if len(wanted) != num_axes:
        raise ValueError(
            f"{owner}: output_size must be an int or {num_axes} ints, got {wanted}"
        )
    return tuple(
        n if m is None else check_int(owner, "output_size", m, minimum=1)
        for n, m in zip(x.shape[-num_axes:], wanted, strict=True)
    )


def averaging_matrix(size: int, count: int, dtype: Any) -> np.ndarray:
    """(count, size): row i averages elements floor(i n / m) to ceil((i + 1) n / m)."""
    rows = np.zeros((count, size), np.float64)
    for i in range(count):
        low, high = i * size // count, -(-(i + 1) * size // count)
        rows[i, low:high] = 1.0 / (high - low)
    return rows.astype(dtype)


def _averaged(owner: str, x: Any, output_size: Any, num_axes: int) -> Any:
    x = array(owner, x)
    counts = _wanted(owner, x, output_size, num_axes)
    for axis, count in enumerate(counts, start=x.ndim - num_axes):
        if count != x.shape[axis]:
            weights = averaging_matrix(x.shape[axis], count, x.dtype)
            x = jnp.moveaxis(jnp.moveaxis(x, axis, -1) @ weights.T, -1, axis)
    return x


@op
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """Means over ``output_size`` equal parts of the last axis (mindspore.ops)."""
    return _averaged("adaptive_avg_pool1d", input, output_size, 1)


@op
def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """Means over a grid of equal parts of the last two axes (mindspore.ops).

    Args:
        input: float Tensor (N, C, H, W) or (C, H, W).
        output_size: int or (height, width); None keeps a length.
    """
    return _averaged("adaptive_avg_pool2d", input, output_size, 2)


@op
def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """Means over a grid of equal parts of the last three axes (mindspore.ops)."""
    return _averaged("adaptive_avg_pool3d", input, output_size, 3)


def _maxima(owner: str, x: Any, output_size: Any, num_axes: int, indices: bool) -> Any:
    x = array(owner, x)
    counts = _wanted(owner, x, output_size, num_axes)
    places = adaptive_places(x.shape[-num_axes:], counts)
    values, index = max_at.on_arrays(x, places)
    # the places in a volume are Int32 whatever the platform's, as in MindSpore
    dtype = index_dtype() if num_axes < 3 else jnp.int32
    return (values, index.astype(dtype)) if indices else values


@op
def adaptive_max_pool1d(input: Any, output_size: Any) -> Any:
    """Maxima of ``output_size`` equal parts of the last axis (mindspore.ops)."""
    return _maxima("adaptive_max_pool1d", input, output_size, 1, False)


@op
def adaptive_max_pool2d(
    input: Any, output_size: Any, return_indices: bool = False
) -> Any:
    """Maxima over a grid of equal parts of the last two axes (mindspore.ops).

    Args:
        input: Tensor (N, C, H, W) or (C, H, W).
        output_size: int or (height, width); None keeps a length.
        return_indices: give (maxima, Int64 places in the flat plane).
    """
    return _maxima("adaptive_max_pool2d", input, output_size, 2, return_indices)


@op
def adaptive_max_pool3d(
    input: Any, output_size: Any, return_indices: bool = False
) -> Any:
    """Maxima over a grid of equal parts of the last three axes (mindspore.ops)."""
    return _maxima("adaptive_max_pool3d", input, output_size, 3, return_indices)


AdaptiveAvgPool2D = primitive(
    "AdaptiveAvgPool2D", adaptive_avg_pool2d, output_size=REQUIRED
)
AdaptiveAvgPool3D = primitive(
    "AdaptiveAvgPool3D", adaptive_avg_pool3d, output_size=REQUIRED
)
