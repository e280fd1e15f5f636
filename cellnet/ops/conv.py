"""Convolution and the bias of its channels."""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_choice, check_int, check_int_tuple
from cellnet.ops import lowering
from cellnet.ops._arrays import array
from cellnet.ops._op import op
from cellnet.ops._windows import check_data_format, check_windows, padding_pairs
from cellnet.ops.primitive import REQUIRED, primitive
from cellnet.tensor import Tensor


def _convolved(
    owner: str,
    x: Any,
    weight: Any,
    bias: Any,
    num_axes: int,
    stride: Any,
    pad_mode: str,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Any:
    x, weight = array(owner, x), array(owner, weight)
    if x.ndim != num_axes + 2 or weight.ndim != num_axes + 2:
        raise ValueError(
            f"{owner}: expected input and weight with {num_axes + 2} axes, got "
            f"{x.shape} and {weight.shape}"
        )
    if x.dtype != weight.dtype:
        raise TypeError(
            f"{owner}: input is {x.dtype}, weight is {weight.dtype}; cast one"
        )
    if x.shape[1] != weight.shape[1] * groups:
        raise ValueError(
            f"{owner}: input {x.shape} has {x.shape[1]} channels (axis 1), expected "
            f"{weight.shape[1] * groups} for weight {weight.shape} in {groups} groups"
        )
    sizes, window = x.shape[2:], weight.shape[2:]
    stride = check_int_tuple(owner, "stride", stride, num_axes, minimum=1)
    dilation = check_int_tuple(owner, "dilation", dilation, num_axes, minimum=1)
    pairs = padding_pairs(owner, pad_mode, padding, sizes, window, stride, dilation)
    check_windows(owner, sizes, window, stride, dilation, pairs)
    y = lowering.conv(
        x, weight, stride=stride, padding=pairs, dilation=dilation, groups=groups
    )
    return y if bias is None else bias_add.on_arrays(y, bias)


@op
def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    pad_mode: str = "valid",
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Sum over a window of input * weight, at each place (mindspore.ops.conv2d).

    Args:
        input: float Tensor (N, C, H, W).
        weight: Tensor (O, C // groups, h, w) of the same dtype.
        bias: Tensor (O,), or None.
        stride: int or 2 ints >= 1.
        pad_mode: "valid" for none; "same" for ceil(size / stride) outputs, the odd
            element behind; "pad" for ``padding``.
        padding: int, (height, width) or (top, bottom, left, right), >= 0.
        dilation: int or 2 ints >= 1.
        groups: number of groups that channels are split into.

    Returns:
        Tensor (N, O, H', W').

    Raises:
        TypeError: different dtypes, or settings that are no ints.
        ValueError: shapes that do not fit, or padding without pad_mode "pad".
    """
    return _convolved(
        "conv2d", input, weight, bias, 2, stride, pad_mode, padding, dilation, groups
    )


@op
def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    pad_mode: str = "valid",
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """As :func:`conv2d`, over (N, C, L) (mindspore.ops.conv1d)."""
    return _convolved(
        "conv1d", input, weight, bias, 1, stride, pad_mode, padding, dilation, groups
    )


@op
def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    pad_mode: str = "valid",
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """As :func:`conv2d`, over (N, C, D, H, W) (mindspore.ops.conv3d)."""
    return _convolved(
        "conv3d", input, weight, bias, 3, stride, pad_mode, padding, dilation, groups
    )


@op
def _conv2d_primitive(
    x: Any,
    weight: Any,
    out_channel: int,
    kernel_size: Any,
    mode: int,
    pad_mode: str,
    pad: Any,
    stride: Any,
    dilation: Any,
    group: int,
    data_format: str,
) -> Any:
    """Convolution of (N, C, H, W) with (O, C // group, h, w) (mindspore.ops.Conv2D)."""
    del mode, data_format
    expected = (out_channel, *check_int_tuple("Conv2D", "kernel_size", kernel_size, 2))
    if (weight.shape[0], *weight.shape[2:]) != expected:
        raise ValueError(
            f"Conv2D: weight {weight.shape} does not fit out_channel {out_channel} and "
            f"kernel_size {kernel_size}"
        )
    return _convolved(
        "Conv2D", x, weight, None, 2, stride, pad_mode, pad, dilation, group
    )


@op
def bias_add(input_x: Any, bias: Any) -> Any:
    """input + bias along axis 1, the channels (mindspore.ops.bias_add, BiasAdd).

    Args:
        input_x: Tensor (N, C, ...).
        bias: Tensor (C,).

    Raises:
        ValueError: a bias of another shape.
    """
    x, bias = array("BiasAdd", input_x), array("BiasAdd", bias)
    if x.ndim < 2 or bias.shape != (x.shape[1],):
        raise ValueError(
            f"BiasAdd: input {x.shape} expects a bias of shape "
            f"({x.shape[1] if x.ndim > 1 else 'C'},), got {bias.shape}"
        )
    return x + bias.reshape(-1, *(1,) * (x.ndim - 2))


def _bias_add_primitive(x: Tensor, bias: Tensor, data_format: str) -> Tensor:
    """input + bias along axis 1, the channels (mindspore.ops.BiasAdd)."""
    check_data_format("BiasAdd", data_format)
    return bias_add(x, bias)


def _check_conv(
    out_channel: Any, kernel_size: Any, mode: Any, pad_mode: Any, **others: Any
) -> None:
    check_int("Conv2D", "out_channel", out_channel, minimum=1)
    check_int_tuple("Conv2D", "kernel_size", kernel_size, 2, minimum=1)
    check_choice("Conv2D", "mode", mode, (1,))
    check_choice("Conv2D", "pad_mode", str(pad_mode).lower(), ("same", "valid", "pad"))
    check_int("Conv2D", "group", others["group"], minimum=1)
    check_data_format("Conv2D", others["data_format"])


Conv2D = primitive(
    "Conv2D",
    _conv2d_primitive,
    check=_check_conv,
    out_channel=REQUIRED,
    kernel_size=REQUIRED,
    mode=1,
    pad_mode="valid",
    pad=0,
    stride=1,
    dilation=1,
    group=1,
    data_format="NCHW",
)
BiasAdd = primitive("BiasAdd", _bias_add_primitive, data_format="NCHW")
