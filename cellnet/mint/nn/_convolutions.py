"""Convolutions in torch's form: names, defaults and initial values."""

from __future__ import annotations

import math
from typing import Any

from cellnet._checks import check_choice, check_int, check_int_tuple
from cellnet.common.initializer import HeUniform, Uniform
from cellnet.mint.nn import functional as F
from cellnet.mint.nn._parameters import made
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class _Convolution(Cell):
    """A convolution over ``axes`` dimensions.

    The weight is uniform with a standard deviation of 1 / sqrt(3 fan_in) and so is the
    bias, as in torch.
    """

    axes = 0
    function: Any = None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: Any = None,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        self.groups = check_int(owner, "groups", groups, minimum=1)
        for name, value in (("in", in_channels), ("out", out_channels)):
            if check_int(owner, f"{name}_channels", value, minimum=1) % groups:
                raise ValueError(
                    f"{owner}: {name}_channels={value} must divide by groups={groups}"
                )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = self._ints("kernel_size", kernel_size, 1)
        self.stride = self._ints("stride", stride, 1)
        self.dilation = self._ints("dilation", dilation, 1)
        self.padding = (
            padding if isinstance(padding, str) else self._ints("padding", padding, 0)
        )
        self.padding_mode = check_choice(
            owner, "padding_mode", padding_mode, ("zeros", *_PAD_MODES)
        )
        shape = self._weight_shape()
        self.weight = made(HeUniform(math.sqrt(5)), shape, "weight", dtype)
        self.bias = None
        if bias:
            bound = 1 / math.sqrt(math.prod(shape[1:]))
            self.bias = made(Uniform(bound), (out_channels,), "bias", dtype)

    def _ints(self, name: str, value: Any, minimum: int) -> tuple[int, ...]:
        return check_int_tuple(self.cls_name, name, value, self.axes, minimum=minimum)

    def _weight_shape(self) -> tuple[int, ...]:
        share = self.in_channels // self.groups
        return (self.out_channels, share, *self.kernel_size)

    def construct(self, input: Tensor) -> Tensor:
        """Convolve and add the bias."""
        padding = self.padding
        if self.padding_mode != "zeros" and not isinstance(padding, str):
            pairs = [n for side in reversed(padding) for n in (side, side)]
            input = F.pad(input, pairs, _PAD_MODES[self.padding_mode])
            padding = 0
        rest = (self.stride, padding, self.dilation, self.groups)
        return type(self).function(input, self.weight, self.bias, *rest)

    def extend_repr(self) -> str:
        """Channels, kernel and what is not the default."""
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}"
        )
        return text if self.bias is not None else f"{text}, bias=False"


_PAD_MODES = {"reflect": "reflect", "replicate": "replicate", "circular": "circular"}


class Conv1d(_Convolution):
    """Convolution of (N, C, L) (mindspore.mint.nn.Conv1d).  Args: as Conv2d."""

    axes = 1
    function = staticmethod(F.conv1d)


class Conv2d(_Convolution):
    """Convolution of (N, C, H, W) (mindspore.mint.nn.Conv2d).

    Args:
        in_channels, out_channels: C and O.
        kernel_size, stride, dilation: int or 2 ints >= 1.
        padding: int or 2 ints >= 0, "same" or "valid".
        groups: parts of the channels that do not see each other.
        bias: whether there is one.
        padding_mode: "zeros", "reflect", "replicate" or "circular".
        dtype: of the Parameters, Float32 by default.

    Inputs: Tensor (N, C, H, W).
    Outputs: Tensor (N, O, H', W').

    Example:
        >>> Conv2d(3, 8, 3, padding=1)(Tensor(np.ones((1, 3, 5, 5), np.float32))).shape
        (1, 8, 5, 5)
    """

    axes = 2
    function = staticmethod(F.conv2d)


class Conv3d(_Convolution):
    """Convolution of (N, C, D, H, W) (mindspore.mint.nn.Conv3d).  Args: as Conv2d."""

    axes = 3
    function = staticmethod(F.conv3d)


class ConvTranspose2d(_Convolution):
    """Gradient of a Conv2d by its input (mindspore.mint.nn.ConvTranspose2d).

    Args: as Conv2d, and output_padding: rows and columns more in the result.
    """

    axes = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        dtype: Any = None,
    ) -> None:
        check_choice("ConvTranspose2d", "padding_mode", padding_mode, ("zeros",))
        rest = (stride, padding, dilation, groups, bias)
        super().__init__(in_channels, out_channels, kernel_size, *rest, dtype=dtype)
        self.output_padding = self._ints("output_padding", output_padding, 0)

    def _weight_shape(self) -> tuple[int, ...]:
        share = self.out_channels // self.groups
        return (self.in_channels, share, *self.kernel_size)

    def construct(self, input: Tensor) -> Tensor:
        """Convolve and add the bias."""
        rest = (self.output_padding, self.groups, self.dilation)
        return F.conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, *rest
        )
