"""What all convolution Cells share: settings, weight, bias and their checks."""

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


class Convolution(Cell):
    """A convolution over the axes of ``layout`` after N and C.

    ``layout`` and ``transposed`` are properties of the class; subclasses define
    ``_compute``.
    """

    layout = "NCHW"
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        pad_mode: str = "same",
        padding: Any = 0,
        dilation: Any = 1,
        group: int = 1,
        has_bias: bool = False,
        weight_init: Any = None,
        bias_init: Any = None,
        *,
        data_format: str | None = None,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        check_choice(owner, "data_format", data_format, (self.layout, None))
        self.in_channels = check_int(owner, "in_channels", in_channels, minimum=1)
        self.out_channels = check_int(owner, "out_channels", out_channels, minimum=1)
        self.kernel_size = self._sizes("kernel_size", kernel_size)
        self.stride = self._sizes("stride", stride)
        self.pad_mode = check_choice(owner, "pad_mode", pad_mode, _PAD_MODES)
        self.padding, self._pads = self._read_padding(padding)
        self.dilation = self._sizes("dilation", dilation)
        self.group = check_int(owner, "group", group, minimum=1)
        self.has_bias = check_bool(owner, "has_bias", has_bias)
        if pad_mode != "pad" and any(map(any, self._pads)):
            raise ValueError(
                f"{owner}: padding must be 0 unless pad_mode is 'pad', got "
                f"padding={padding} with pad_mode={pad_mode!r}"
            )
        if in_channels % group or out_channels % group:
            raise ValueError(
                f"{owner}: in_channels and out_channels must be multiples of group, "
                f"got {in_channels} and {out_channels} with group={group}"
            )
        first, second = in_channels, out_channels
        if not self.transposed:
            first, second = second, first
        shape = (first, second // group, *self.kernel_size)
        if weight_init is None:
            weight_init = HeUniform(math.sqrt(5))
        if has_bias and bias_init is None:
            bias_init = Uniform(1 / math.sqrt(math.prod(shape[1:])))
        self.weight_init = weight_init
        self.bias_init = bias_init
        self.weight = Parameter(initializer(weight_init, shape, dtype), name="weight")
        self.bias = None
        if has_bias:
            bias = initializer(bias_init, (out_channels,), dtype)
            self.bias = Parameter(bias, name="bias")

    def _sizes(self, name: str, value: Any) -> tuple[int, ...]:
        """One int >= 1 for each spatial axis."""
        return geometry.per_axis(self.cls_name, name, value, len(self.layout) - 2)

    def _read_padding(self, padding: Any) -> tuple[Any, geometry.Pads]:
        """``padding`` as it is shown, and as (before, after) for each axis."""
        return padding, geometry.pads_of(self.cls_name, padding, len(self.layout) - 2)

    def construct(self, x: Tensor) -> Tensor:
        """Convolve."""
        self._check_input(x, self.layout)
        return self._compute(x, *like(x, self.weight, self.bias))

    def _compute(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        raise NotImplementedError

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

    def extend_repr(self) -> str:
        """Every setting, as MindSpore shows it."""
        return (
            f"input_channels={self.in_channels}, output_channels={self.out_channels}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}, "
            f"pad_mode={self.pad_mode}, padding={self.padding}, "
            f"dilation={self.dilation}, group={self.group}, has_bias={self.has_bias}, "
            f"weight_init={self.weight_init}, bias_init={self.bias_init}, "
            f"format={self.layout}"
        )


class OverSequences(Convolution):
    """Mixed into a 2-D convolution, makes it one of (N, C, L), as height 1.

    Weights therefore are four-dimensional, as in MindSpore's checkpoints.
    """

    def _sizes(self, name: str, value: Any) -> tuple[int, ...]:
        return (1, check_int(self.cls_name, name, value, minimum=1))

    def _read_padding(self, padding: Any) -> tuple[Any, geometry.Pads]:
        pad = check_int(self.cls_name, "padding", padding, minimum=0)
        return (0, 0, pad, pad), ((0, 0), (pad, pad))

    def construct(self, x: Tensor) -> Tensor:
        """Convolve as images of height 1."""
        self._check_input(x, "NCL")
        image = ops.expand_dims(x, 2)
        y = self._compute(image, *like(x, self.weight, self.bias))
        return ops.squeeze(y, 2)
