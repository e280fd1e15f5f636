"""Pooling: arguments checked, primitives called; ``_pool_by_axis`` computes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.ops.lowering._geometry import (
    Pads,
    Size,
    output_size,
    pad_pairs,
    positive_ints,
)
from cellnet.ops.lowering._pool_primitives import max_pool_p, window_sum_p


def max_pool(
    x: Any,
    *,
    window: Sequence[int] | int,
    stride: Sequence[int] | int,
    padding: Sequence[Sequence[int]] | int = 0,
) -> jax.Array:
    r"""Maximum over a sliding window of 1 to 3 spatial axes.

    .. math:: y_{n,c,p} = \max_k x_{n,c,\, s p + k - low}

    The gradient goes to the first maximum of the window, in row-major order.  A NaN is
    larger than any number.

    Args:
        window: size > 0, one int or one per spatial axis.
        stride: s > 0, one int or one per spatial axis.
        padding: pairs ``(low, high)`` >= 0 of elements that no value is smaller than.

    Inputs:
        x: ``(N, C, *spatial)``, float or int.

    Outputs:
        ``(N, C, *positions)``, dtype of x.

    Raises:
        TypeError: x is neither float nor int.
        ValueError: static arguments that do not fit the shape of x.

    Example:
        >>> max_pool(jnp.array([[[1, 3, 2, 4]]]), window=2, stride=2).tolist()
        [[[3, 4]]]

    References: mindspore.nn.MaxPool1d, MaxPool2d, MaxPool3d.
    """
    x = jnp.asarray(x)
    box = _window("max_pool", x.shape, window, stride, padding)
    if not jnp.issubdtype(x.dtype, np.number) or jnp.iscomplexobj(x):
        raise TypeError(f"max_pool: got {x.dtype}, expected a float or int dtype")
    return max_pool_p.bind(x, **box)


def avg_pool(
    x: Any,
    *,
    window: Sequence[int] | int,
    stride: Sequence[int] | int,
    padding: Sequence[Sequence[int]] | int = 0,
    count_include_pad: bool = True,
) -> jax.Array:
    r"""Mean over a sliding window of 1 to 3 spatial axes.

    .. math:: y_{n,c,p} = \frac{1}{count_p} \sum_k x_{n,c,\, s p + k - low}

    Args:
        window: size > 0, one int or one per spatial axis.
        stride: s > 0, one int or one per spatial axis.
        padding: pairs ``(low, high)`` >= 0 of zeros.
        count_include_pad: whether count is the size of the window, or the number of
            elements of x in it.

    Inputs:
        x: ``(N, C, *spatial)``, float.

    Outputs:
        ``(N, C, *positions)``, dtype of x; half types are summed in float32.

    Raises:
        TypeError: x is not floating.
        ValueError: static arguments that do not fit the shape of x, or a window that
            lies in the padding entirely, without count_include_pad.

    Example:
        >>> avg_pool(jnp.array([[[1.0, 3.0, 2.0, 4.0]]]), window=2, stride=2).tolist()
        [[[2.0, 3.0]]]

    References: mindspore.nn.AvgPool1d, AvgPool2d, AvgPool3d.
    """
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"avg_pool: got {x.dtype}, expected a floating dtype")
    box = _window("avg_pool", x.shape, window, stride, padding)
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    total = window_sum_p.bind(wide, **box)
    if count_include_pad:
        return (total / math.prod(box["window"])).astype(x.dtype)
    count = _count_inside(x.shape[2:], **box)
    return (total / count.astype(total.dtype)).astype(x.dtype)


def _count_inside(size: Size, window: Size, stride: Size, padding: Pads) -> np.ndarray:
    """How many elements of the input each window holds, a constant of shape P.

    Raises:
        ValueError: a window lies in the padding entirely.
    """
    count = np.ones((), np.int64)
    for n, k, s, (low, high) in zip(size, window, stride, padding, strict=True):
        inside = np.pad(np.ones(n, np.int64), (low, high))
        per_axis = np.lib.stride_tricks.sliding_window_view(inside, k)[::s].sum(-1)
        count = np.multiply.outer(count, per_axis)
    if not count.all():
        raise ValueError(
            f"avg_pool: got padding {padding} for a window {window}, expected every "
            "window to reach the input. Pad less, or set count_include_pad."
        )
    return count


def _window(owner: str, shape: Size, window, stride, padding) -> dict[str, Any]:
    """The static parameters of the primitives."""
    rank = len(shape) - 2
    if not 1 <= rank <= 3:
        raise ValueError(
            f"{owner}: got an input {shape}, expected (N, C, ...) with 1 to 3 more axes"
        )
    window = positive_ints(owner, "window", window, rank)
    stride = positive_ints(owner, "stride", stride, rank)
    padding = pad_pairs(owner, padding, rank)
    output_size(owner, shape[2:], window, stride, padding, (1,) * rank)
    return {"window": window, "stride": stride, "padding": padding}
