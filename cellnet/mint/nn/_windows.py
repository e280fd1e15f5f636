"""Convolution and pooling with torch's arguments."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet import ops
from cellnet._checks import check_choice, check_int_tuple
from cellnet.ops import lowering
from cellnet.ops._arrays import array, plain
from cellnet.ops._op import op

adaptive_avg_pool1d = ops.adaptive_avg_pool1d
adaptive_avg_pool2d = ops.adaptive_avg_pool2d
adaptive_avg_pool3d = ops.adaptive_avg_pool3d
adaptive_max_pool1d = ops.adaptive_max_pool1d
adaptive_max_pool2d = ops.adaptive_max_pool2d


def _convolution(axes: int) -> Any:
    owner = f"conv{axes}d"

    def convolve(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        x, w = array(owner, input), array(owner, weight)
        if w.ndim != axes + 2 or x.ndim not in (axes + 1, axes + 2):
            raise ValueError(
                f"{owner}: input {x.shape} and weight {w.shape}: expected (N, C, ...) "
                f"and (O, C / groups, ...) with {axes} spatial dimensions"
            )
        batched = x if x.ndim == axes + 2 else x[None]
        stride = check_int_tuple(owner, "stride", plain(stride), axes, minimum=1)
        dilation = check_int_tuple(owner, "dilation", plain(dilation), axes, minimum=1)
        y = lowering.conv(
            batched,
            w,
            stride=stride,
            padding=_padding(owner, padding, w.shape[2:], stride, dilation),
            dilation=dilation,
            groups=groups,
        )
        if bias is not None:
            y = y + jnp.reshape(bias, (-1,) + (1,) * axes)
        return y if batched is x else y[0]

    convolve.__name__ = convolve.__qualname__ = owner
    convolve.__doc__ = f"""Cross-correlation over {axes} dimensions (mindspore.mint).

    Args:
        input: Tensor (N, C, ...), or without N.
        weight: Tensor (O, C // groups, ...).
        bias: Tensor (O,), or None.
        stride, dilation: int or {axes} ints >= 1.
        padding: int or {axes} ints >= 0, or "valid", or "same", for a stride of 1.
        groups: parts of the channels that do not see each other.
    """
    return op(convolve)


def _padding(owner: str, padding: Any, window: Any, stride: Any, dilation: Any) -> Any:
    if not isinstance(padding, str):
        ints = check_int_tuple(owner, "padding", plain(padding), len(window), minimum=0)
        return tuple((n, n) for n in ints)
    check_choice(owner, "padding", padding, ("same", "valid"))
    if padding == "valid":
        return ((0, 0),) * len(window)
    if any(s != 1 for s in stride):
        raise ValueError(f"{owner}: padding='same' needs a stride of 1, got {stride}")
    totals = [d * (k - 1) for k, d in zip(window, dilation, strict=True)]
    return tuple((n // 2, n - n // 2) for n in totals)


conv1d = _convolution(1)
conv2d = _convolution(2)
conv3d = _convolution(3)


@op
def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """The gradient of a convolution by its input (mindspore.mint.nn.functional).

    Args:
        input: Tensor (N, C, H, W), or without N.
        weight: Tensor (C, O // groups, h, w).
        bias: Tensor (O,), or None.
        stride, padding, dilation: of the convolution.
        output_padding: rows and columns more in the result.
        groups: parts of the channels that do not see each other.
    """
    owner = "conv_transpose2d"
    x, w = array(owner, input), array(owner, weight)
    batched = x if x.ndim == 4 else x[None]
    stride, padding, more, dilation = (
        check_int_tuple(owner, name, plain(value), 2, minimum=low)
        for name, value, low in (
            ("stride", stride, 1),
            ("padding", padding, 0),
            ("output_padding", output_padding, 0),
            ("dilation", dilation, 1),
        )
    )
    rows = zip(
        batched.shape[2:], stride, padding, dilation, w.shape[2:], more, strict=True
    )
    size = tuple((n - 1) * s - 2 * p + d * (k - 1) + o + 1 for n, s, p, d, k, o in rows)
    y = lowering.conv_input_grad(
        batched,
        w,
        size=size,
        stride=stride,
        padding=tuple((p, p) for p in padding),
        dilation=dilation,
        groups=groups,
    )
    y = y if bias is None else y + jnp.reshape(bias, (-1, 1, 1))
    return y if batched is x else y[0]


@op
def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """Convolution of (time, batch, channels) by (window, C, O) (mindspore.mint)."""
    x, w = array("conv_tbc", input), array("conv_tbc", weight)
    y = conv1d.on_arrays(
        jnp.transpose(x, (1, 2, 0)), jnp.transpose(w, (2, 1, 0)), bias, padding=pad
    )
    return jnp.transpose(y, (2, 0, 1))


def _average(axes: int) -> Any:
    owner = f"avg_pool{axes}d"

    def pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        x = array(owner, input)
        batched = x if x.ndim == axes + 2 else x[None]
        kernel = check_int_tuple(
            owner, "kernel_size", plain(kernel_size), axes, minimum=1
        )
        stride = (
            kernel
            if stride is None
            else check_int_tuple(owner, "stride", plain(stride), axes, minimum=1)
        )
        pads = check_int_tuple(owner, "padding", plain(padding), axes, minimum=0)
        behind = [
            _overhang(n, k, s, p) if ceil_mode else 0
            for n, k, s, p in zip(batched.shape[2:], kernel, stride, pads, strict=True)
        ]
        total = lowering.avg_pool(
            batched,
            window=kernel,
            stride=stride,
            padding=tuple((p, p + more) for p, more in zip(pads, behind, strict=True)),
            count_include_pad=True,
        ) * int(np.prod(kernel))
        y = total / (
            divisor_override
            or _counts(
                batched.shape[2:], kernel, stride, pads, behind, count_include_pad
            ).astype(x.dtype)
        )
        return (y if batched is x else y[0]).astype(x.dtype)

    pool.__name__ = pool.__qualname__ = owner
    pool.__doc__ = f"""Mean of each window over {axes} dimensions (mindspore.mint).

    Args:
        input: Tensor (N, C, ...), or without N.
        kernel_size: int or ints >= 1.
        stride: int or ints >= 1; the kernel size by default.
        padding: int or ints >= 0.
        ceil_mode: take a last window that reaches beyond the padding too.
        count_include_pad: count the zeros of the padding.
        divisor_override: divide by this instead.
    """
    return op(pool)


def _overhang(n: int, k: int, s: int, p: int) -> int:
    """How far a last window reaches out that begins within input or left padding."""
    count = -(-(n + 2 * p - k) // s) + 1
    if (count - 1) * s >= n + p:
        count -= 1
    return max((count - 1) * s + k - n - 2 * p, 0)


def _counts(
    sizes: Any, kernel: Any, stride: Any, pads: Any, behind: Any, with_pads: bool
) -> np.ndarray:
    """Number of elements in each window; beyond the padding there are none."""
    result = np.ones((), np.float64)
    for n, k, s, p, more in zip(sizes, kernel, stride, pads, behind, strict=True):
        start = np.arange((n + 2 * p + more - k) // s + 1) * s - p
        low, high = (-p, n + p) if with_pads else (0, n)
        count = np.minimum(start + k, high) - np.maximum(start, low)
        result = result[..., None] * count
    return result


avg_pool1d = _average(1)
avg_pool2d = _average(2)
avg_pool3d = _average(3)


@op
def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Largest element of each window (mindspore.mint.nn.functional.max_pool2d)."""
    return ops.max_pool2d.on_arrays(
        input, kernel_size, stride, padding, dilation, return_indices, ceil_mode
    )
