"""Convolution and the bias of its channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellnet._checks import check_choice, check_int, check_int_tuple
from cellnet.ops import lowering
from cellnet.ops._arrays import array, plain
from cellnet.ops._op import op
from cellnet.ops._windows import check_data_format, check_windows, padding_pairs
from cellnet.ops.primitive import REQUIRED, Primitive, primitive
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


def _function(num_axes: int, layout: str) -> Callable[..., Any]:
    owner = f"conv{num_axes}d"

    def convolve(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        pad_mode: str = "valid",
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        rest = (stride, pad_mode, padding, dilation, groups)
        return _convolved(owner, input, weight, bias, num_axes, *rest)

    convolve.__name__ = convolve.__qualname__ = owner
    convolve.__doc__ = f"""Sum over a window of input * weight, at each place.

    (mindspore.ops.{owner})

    Args:
        input: float Tensor (N, C, {layout}).
        weight: Tensor (O, C // groups, {layout.lower()}) of the same dtype.
        bias: Tensor (O,), or None.
        stride: int or {num_axes} ints >= 1.
        pad_mode: "valid" for none; "same" for ceil(size / stride) outputs, the odd
            element behind; "pad" for ``padding``.
        padding: int >= 0, one an axis, or two an axis, before and after it.
        dilation: int or {num_axes} ints >= 1.
        groups: number of groups that channels are split into.

    Returns:
        Tensor (N, O, ...).

    Raises:
        TypeError: different dtypes, or settings that are no ints.
        ValueError: shapes that do not fit, or padding without pad_mode "pad".
    """
    return op(convolve)


conv1d = _function(1, "L")
conv2d = _function(2, "H, W")
conv3d = _function(3, "D, H, W")


def _primitive_form(owner: str, num_axes: int) -> Callable[..., Any]:
    def convolve(
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
        del mode, data_format
        window = check_int_tuple(owner, "kernel_size", kernel_size, num_axes)
        if (weight.shape[0], *weight.shape[2:]) != (out_channel, *window):
            raise ValueError(
                f"{owner}: weight {weight.shape} does not fit out_channel "
                f"{out_channel} and kernel_size {kernel_size}"
            )
        rest = (stride, pad_mode, pad, dilation, group)
        return _convolved(owner, x, weight, None, num_axes, *rest)

    convolve.__name__ = convolve.__qualname__ = owner
    convolve.__doc__ = f"Convolution over {num_axes} axes (mindspore.ops.{owner})."
    return op(convolve)


@op
def _transposed(
    dout: Any,
    weight: Any,
    input_size: Any,
    out_channel: int,
    kernel_size: Any,
    pad_mode: str,
    pad: Any,
    pad_list: Any,
    mode: int,
    stride: Any,
    dilation: Any,
    group: int,
    data_format: str,
) -> Any:
    """The gradient of a convolution by its input (mindspore.ops.Conv2DTranspose).

    Args:
        dout: Tensor (N, O, H', W'), as the convolution gives.
        weight: Tensor (O, C // group, h, w), as the convolution takes.
        input_size: (N, C, H, W), the shape of the result.
    """
    del out_channel, kernel_size, mode, data_format
    owner = "Conv2DTranspose"
    dout, weight = array(owner, dout), array(owner, weight)
    shape = check_int_tuple(owner, "input_size", plain(input_size), 4, minimum=1)
    stride = _last_two(owner, "stride", stride)
    dilation = _last_two(owner, "dilation", dilation)
    pads = padding_pairs(
        owner,
        pad_mode,
        pad if pad_list is None else pad_list,
        shape[2:],
        weight.shape[2:],
        stride,
        dilation,
    )
    return lowering.conv_input_grad(
        dout,
        weight,
        size=shape[2:],
        stride=stride,
        padding=pads,
        dilation=dilation,
        groups=group,
    )


def _last_two(owner: str, name: str, value: Any) -> tuple[int, ...]:
    """An int, (h, w) or (1, 1, h, w) as (h, w)."""
    value = value[2:] if isinstance(value, tuple) and len(value) == 4 else value
    return check_int_tuple(owner, name, value, 2, minimum=1)


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


def _flat(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _checked(owner: str, num_axes: int, data_format: str) -> Callable[..., None]:
    def check(
        out_channel: Any, kernel_size: Any, mode: Any, pad_mode: Any, **others: Any
    ) -> None:
        check_int(owner, "out_channel", out_channel, minimum=1)
        check_int_tuple(owner, "kernel_size", kernel_size, num_axes, minimum=1)
        check_choice(owner, "mode", mode, (1,))
        modes = ("same", "valid", "pad")
        check_choice(owner, "pad_mode", str(pad_mode).lower(), modes)
        check_int(owner, "group", others["group"], minimum=1)
        for name in ("stride", "dilation"):
            check_int_tuple(owner, name, others[name], minimum=1)
        if str(pad_mode).lower() != "pad" and any(_flat(others["pad"])):
            raise ValueError(
                f"{owner}: pad must be 0 when pad_mode is {pad_mode!r}, got "
                f"{others['pad']}; use pad_mode='pad'"
            )
        for pad in _flat(others["pad"]):
            check_int(owner, "pad", pad, minimum=0)
        check_data_format(owner, others["data_format"], data_format)

    return check


def _class_form(owner: str, num_axes: int, data_format: str) -> type[Primitive]:
    return primitive(
        owner,
        _primitive_form(owner, num_axes),
        check=_checked(owner, num_axes, data_format),
        out_channel=REQUIRED,
        kernel_size=REQUIRED,
        mode=1,
        pad_mode="valid",
        pad=0,
        stride=1,
        dilation=1,
        group=1,
        data_format=data_format,
    )


Conv2D = _class_form("Conv2D", 2, "NCHW")
Conv3D = _class_form("Conv3D", 3, "NCDHW")
_TRANSPOSED: dict[str, Any] = {
    "out_channel": REQUIRED,
    "kernel_size": REQUIRED,
    "pad_mode": "valid",
    "pad": 0,
    "pad_list": None,
    "mode": 1,
    "stride": 1,
    "dilation": 1,
    "group": 1,
    "data_format": "NCHW",
}
Conv2DTranspose = primitive(
    "Conv2DTranspose",
    _transposed,
    check=_checked("Conv2DTranspose", 2, "NCHW"),
    **_TRANSPOSED,
)
Conv2DBackpropInput = primitive(
    "Conv2DBackpropInput",
    _transposed,
    check=_checked("Conv2DBackpropInput", 2, "NCHW"),
    **_TRANSPOSED,
)
BiasAdd = primitive(
    "BiasAdd",
    _bias_add_primitive,
    check=lambda data_format: check_data_format("BiasAdd", data_format),
    data_format="NCHW",
)
