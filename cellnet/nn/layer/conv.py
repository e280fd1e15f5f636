"""Convolutions."""

from __future__ import annotations

import math
from typing import Any

from cellnet import dtype as mstype
from cellnet import ops
from cellnet._checks import check_bool, check_choice, check_int
from cellnet.common.initializer import HeUniform, Uniform, initializer
from cellnet.nn._inputs import check_dtype, like
from cellnet.nn.cell import Cell
from cellnet.nn.layer import _geometry as geometry
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_PAD_MODES = ("same", "valid", "pad")


class _Conv(Cell):
    """What Conv1d and Conv2d share: a 2-D convolution in NCHW, weights in OIHW."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        pad_mode: str,
        padding: Any,
        pads: geometry.Pads,
        dilation: tuple[int, ...],
        group: int,
        has_bias: bool,
        weight_init: Any,
        bias_init: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        self.in_channels = check_int(owner, "in_channels", in_channels, minimum=1)
        self.out_channels = check_int(owner, "out_channels", out_channels, minimum=1)
        self.kernel_size = kernel_size
        self.stride = stride
        self.pad_mode = check_choice(owner, "pad_mode", pad_mode, _PAD_MODES)
        self.padding = padding
        self.dilation = dilation
        self.group = check_int(owner, "group", group, minimum=1)
        self.has_bias = check_bool(owner, "has_bias", has_bias)
        self._pads = pads
        if pad_mode != "pad" and any(map(any, pads)):
            raise ValueError(
                f"{owner}: padding must be 0 unless pad_mode is 'pad', got "
                f"padding={padding} with pad_mode={pad_mode!r}"
            )
        if in_channels % group or out_channels % group:
            raise ValueError(
                f"{owner}: in_channels and out_channels must be multiples of group, "
                f"got {in_channels} and {out_channels} with group={group}"
            )
        fan_in = in_channels // group * math.prod(kernel_size)
        if weight_init is None:
            weight_init = HeUniform(math.sqrt(5))
        if has_bias and bias_init is None:
            bias_init = Uniform(1 / math.sqrt(fan_in))
        self.weight_init = weight_init
        self.bias_init = bias_init
        weight_shape = (out_channels, in_channels // group, *kernel_size)
        weight = initializer(weight_init, weight_shape, dtype)
        self.weight = Parameter(weight, name="weight")
        self.bias = None
        if has_bias:
            bias = initializer(bias_init, (out_channels,), dtype)
            self.bias = Parameter(bias, name="bias")

    def _check_input(self, x: Tensor, layout: str) -> None:
        check_dtype(self, x, self.weight)
        if x.ndim == len(layout) and x.shape[1] == self.in_channels:
            return
        expected = ", ".join([layout[0], str(self.in_channels), *layout[2:]])
        hint = "check the order of the axes"
        if x.ndim == len(layout) and x.shape[-1] == self.in_channels:
            order = (0, x.ndim - 1, *range(1, x.ndim - 1))
            hint = f"move the channels with ops.transpose(x, {order})"
        raise ValueError(
            f"{self.cls_name}: got input {x.shape}, expected ({expected}); {hint}"
        )

    def _convolve(self, x: Tensor) -> Tensor:
        weight, bias = like(x, self.weight, self.bias)
        (top, bottom), (left, right) = self._pads
        return ops.conv2d(
            x,
            weight,
            bias,
            self.stride,
            self.pad_mode,
            (top, bottom, left, right),
            self.dilation,
            self.group,
        )

    def extend_repr(self) -> str:
        """Every setting, as MindSpore shows it."""
        return (
            f"input_channels={self.in_channels}, output_channels={self.out_channels}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}, "
            f"pad_mode={self.pad_mode}, padding={self.padding}, "
            f"dilation={self.dilation}, group={self.group}, has_bias={self.has_bias}, "
            f"weight_init={self.weight_init}, bias_init={self.bias_init}, format=NCHW"
        )


class Conv2d(_Conv):
    r"""2-D convolution, in fact cross-correlation (mindspore.nn.Conv2d).

    y[n, o, i, j] = b[o] + sum_{c, u, v} w[o, c, u, v] x[n, c, s i + d u, s j + d v]

    Args:
        in_channels: channels of the input, > 0.
        out_channels: channels of the output, > 0.
        kernel_size: height and width of the window, an int or a tuple of two.
        stride: step of the window s, an int or a tuple of two.
        pad_mode: "same" (output is ceil(input / stride)), "valid" (no padding) or
            "pad" (``padding`` zeros).
        padding: zeros around the input, an int or (top, bottom, left, right); only
            with pad_mode="pad".
        dilation: distance of the window's elements d, an int or a tuple of two.
        group: channels are cut into so many groups that do not see each other.
        has_bias: whether there is a b.
        weight_init: initial w, a Tensor, number, name or Initializer; by default
            uniform within 1/sqrt(fan_in) of 0.
        bias_init: initial b; by default as the weight.
        data_format: "NCHW".
        dtype: type of the Parameters.

    Inputs: x (N, in_channels, H, W), the dtype of the weight.
    Outputs: (N, out_channels, H', W'), the same dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, an input of another shape, or a window
            larger than the padded input.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> images = Tensor(np.ones((1, 3, 9, 9), np.float32))
        >>> nn.Conv2d(3, 8, 3, stride=2)(images).shape
        (1, 8, 5, 5)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        pad_mode: str = "same",
        padding: int | tuple[int, int, int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Any = None,
        bias_init: Any = None,
        data_format: str = "NCHW",
        dtype: Any = mstype.float32,
    ) -> None:
        check_choice("Conv2d", "data_format", data_format, ("NCHW",))
        super().__init__(
            in_channels,
            out_channels,
            geometry.per_axis("Conv2d", "kernel_size", kernel_size, 2),
            geometry.per_axis("Conv2d", "stride", stride, 2),
            pad_mode,
            padding,
            _pads_of(padding),
            geometry.per_axis("Conv2d", "dilation", dilation, 2),
            group,
            has_bias,
            weight_init,
            bias_init,
            dtype,
        )

    def construct(self, x: Tensor) -> Tensor:
        """Convolve."""
        self._check_input(x, "NCHW")
        return self._convolve(x)


class Conv1d(_Conv):
    """1-D convolution (mindspore.nn.Conv1d).

    The weight is (out_channels, in_channels / group, 1, kernel_size), as in
    MindSpore's checkpoints.

    Args:
        in_channels: channels of the input, > 0.
        out_channels: channels of the output, > 0.
        kernel_size: length of the window.
        stride: step of the window.
        pad_mode: "same", "valid" or "pad"; see Conv2d.
        padding: zeros on both sides; only with pad_mode="pad".
        dilation: distance of the window's elements.
        group: channels are cut into so many groups that do not see each other.
        has_bias: whether there is a bias.
        weight_init: initial weight; see Conv2d.
        bias_init: initial bias; see Conv2d.
        dtype: type of the Parameters.

    Inputs: x (N, in_channels, L), the dtype of the weight.
    Outputs: (N, out_channels, L'), the same dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, an input of another shape, or a window
            larger than the padded input.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.Conv1d(3, 8, 5)(Tensor(np.ones((1, 3, 9), np.float32))).shape
        (1, 8, 9)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        pad_mode: str = "same",
        padding: int = 0,
        dilation: int = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Any = None,
        bias_init: Any = None,
        dtype: Any = mstype.float32,
    ) -> None:
        pad = check_int("Conv1d", "padding", padding, minimum=0)
        super().__init__(
            in_channels,
            out_channels,
            (1, check_int("Conv1d", "kernel_size", kernel_size, minimum=1)),
            (1, check_int("Conv1d", "stride", stride, minimum=1)),
            pad_mode,
            (0, 0, pad, pad),
            ((0, 0), (pad, pad)),
            (1, check_int("Conv1d", "dilation", dilation, minimum=1)),
            group,
            has_bias,
            weight_init,
            bias_init,
            dtype,
        )

    def construct(self, x: Tensor) -> Tensor:
        """Convolve as images of height 1."""
        self._check_input(x, "NCL")
        return ops.squeeze(self._convolve(ops.expand_dims(x, 2)), 2)


def _pads_of(padding: Any) -> geometry.Pads:
    """Conv2d's ``padding`` as (before, after) for height and width."""
    if isinstance(padding, tuple):
        if len(padding) != 4:
            raise ValueError(
                "Conv2d: padding must be an int or (top, bottom, left, right), got "
                f"{padding}"
            )
        sides = [check_int("Conv2d", "padding", side, minimum=0) for side in padding]
        return (sides[0], sides[1]), (sides[2], sides[3])
    side = check_int("Conv2d", "padding", padding, minimum=0)
    return (side, side), (side, side)
