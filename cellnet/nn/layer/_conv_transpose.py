"""Transposed convolutions: the gradients of convolutions by their inputs."""

from __future__ import annotations

from typing import Any

from cellnet import dtype as mstype
from cellnet import ops
from cellnet.nn.layer import _geometry as geometry
from cellnet.nn.layer._convolution import Convolution, OverSequences
from cellnet.ops._op import op
from cellnet.ops._windows import same_padding
from cellnet.ops.lowering import conv_input_grad
from cellnet.tensor import Tensor


class _Transposed(Convolution):
    transposed = True
    # what output_padding adds: zeros, or rows that the windows reach
    padded_with_zeros = True

    def __init__(self, *args: Any, output_padding: Any = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner, ndim = self.cls_name, len(self.layout) - 2
        self.output_padding = geometry.per_axis(
            owner, "output_padding", output_padding, ndim, minimum=0
        )
        for more, step, reach in zip(
            self.output_padding, self.stride, self.dilation, strict=True
        ):
            if more >= max(step, reach):
                raise ValueError(
                    f"{owner}: output_padding must be less than stride or dilation, "
                    f"got {output_padding} with stride={self.stride}, "
                    f"dilation={self.dilation}"
                )
        if any(self.output_padding) and self.pad_mode != "pad":
            raise ValueError(
                f"{owner}: output_padding must be 0 unless pad_mode is 'pad', got "
                f"{output_padding} with pad_mode={self.pad_mode!r}"
            )

    def _compute(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        size, pads = self._output_size(x.shape[2:])
        extra = self.output_padding
        if not self.padded_with_zeros:
            # what is asked for is cut off less, as far as something is cut off at all
            less = tuple(min(high, n) for (_, high), n in zip(pads, extra, strict=True))
            pads = tuple(
                (low, high - k) for (low, high), k in zip(pads, less, strict=True)
            )
            size = tuple(n + k for n, k in zip(size, less, strict=True))
            extra = tuple(n - k for n, k in zip(extra, less, strict=True))
        y = _transposed(x, weight, size, self.stride, pads, self.dilation, self.group)
        y = y if bias is None else ops.bias_add(y, bias)
        if any(extra):
            y = ops.pad(y, tuple(n for more in reversed(extra) for n in (0, more)))
        return y

    def _output_size(
        self, sizes: tuple[int, ...]
    ) -> tuple[tuple[int, ...], geometry.Pads]:
        """Spatial size of the output, and the padding of the convolution back."""
        axes = range(len(sizes))
        steps = self.stride
        window = tuple((self.kernel_size[i] - 1) * self.dilation[i] + 1 for i in axes)
        if self.pad_mode == "same":
            size = tuple(sizes[i] * steps[i] for i in axes)
            return size, same_padding(size, self.kernel_size, steps, self.dilation)
        if self.pad_mode == "valid":
            # MindSpore gives a window smaller than the stride the whole stride
            size = tuple(
                sizes[i] * steps[i] + max(window[i] - steps[i], 0) for i in axes
            )
            return size, self._pads
        size = tuple(
            (sizes[i] - 1) * steps[i] + window[i] - sum(self._pads[i]) for i in axes
        )
        return size, self._pads


class Conv2dTranspose(_Transposed):
    r"""Transposed 2-D convolution (mindspore.nn.Conv2dTranspose).

    y[n, o, s i + d u - p, s j + d v - p] sums w[c, o, u, v] x[n, c, i, j]: the gradient
    of Conv2d by its input.

    Args:
        in_channels: channels of the input, > 0.
        out_channels: channels of the output, > 0.
        kernel_size: height and width of the window, an int or a tuple of two.
        stride: distance of the windows s, an int or a tuple of two.
        pad_mode: "same" (output is input * stride), "valid" (all that windows touch)
            or "pad" (``padding`` less on each side).
        padding: what is cut off, an int or (top, bottom, left, right); only with "pad".
        output_padding: rows and columns of zeros more at the end, less than the stride
            or the dilation, an int or a tuple of two; only with "pad".
        dilation: distance of the window's elements d, an int or a tuple of two.
        group: channels are cut into so many groups that do not see each other.
        has_bias: whether there is a bias.
        weight_init: initial w (in_channels, out_channels / group, H, W); by default
            uniform within 1/sqrt(fan_in) of 0, fan_in being its size over in_channels.
        bias_init: initial bias; by default as the weight.
        dtype: type of the Parameters.

    Inputs: x (N, in_channels, H, W), the dtype of the weight.
    Outputs: (N, out_channels, H', W'), the same dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, or an input of another shape.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> images = Tensor(np.ones((1, 3, 4, 4), np.float32))
        >>> nn.Conv2dTranspose(3, 8, 3, stride=2)(images).shape
        (1, 8, 8, 8)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        pad_mode: str = "same",
        padding: int | tuple[int, int, int, int] = 0,
        output_padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        *others: Any,
        **options: Any,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            pad_mode,
            padding,
            dilation,
            *others,
            output_padding=output_padding,
            **options,
        )


class Conv1dTranspose(OverSequences, _Transposed):
    """Transposed 1-D convolution (mindspore.nn.Conv1dTranspose).

    The weight is (in_channels, out_channels / group, 1, kernel_size), as in
    MindSpore's checkpoints.

    Args: as Conv2dTranspose, sizes and padding being ints, without output_padding.

    Inputs: x (N, in_channels, L), the dtype of the weight.
    Outputs: (N, out_channels, L'), the same dtype.

    Raises: as Conv2dTranspose.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.ones((1, 3, 9), np.float32))
        >>> nn.Conv1dTranspose(3, 8, 5, stride=2)(x).shape
        (1, 8, 18)
    """


class Conv3dTranspose(_Transposed):
    """Transposed 3-D convolution (mindspore.nn.Conv3dTranspose).

    Args: as Conv2dTranspose, sizes being ints or tuples of three, padding an int or
        (head, tail, top, bottom, left, right), data_format "NCDHW"; output_padding
        comes after group and cuts off less instead of adding zeros, as in MindSpore.

    Inputs: x (N, in_channels, D, H, W), the dtype of the weight.
    Outputs: (N, out_channels, D', H', W'), the same dtype.

    Raises: as Conv2dTranspose.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.ones((1, 1, 2, 2, 2), np.float32))
        >>> nn.Conv3dTranspose(1, 2, 3, stride=2)(x).shape
        (1, 2, 4, 4, 4)
    """

    layout = "NCDHW"
    padded_with_zeros = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int, int],
        stride: int | tuple[int, int, int] = 1,
        pad_mode: str = "same",
        padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, int, int] = 1,
        group: int = 1,
        output_padding: int | tuple[int, int, int] = 0,
        has_bias: bool = False,
        weight_init: Any = None,
        bias_init: Any = None,
        data_format: str = "NCDHW",
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            pad_mode,
            padding,
            dilation,
            group,
            has_bias,
            weight_init,
            bias_init,
            output_padding=output_padding,
            data_format=data_format,
            dtype=dtype,
        )


@op
def _transposed(
    x: Any, weight: Any, size: Any, stride: Any, pads: Any, dilation: Any, groups: int
) -> Any:
    return conv_input_grad(
        x,
        weight,
        size=size,
        stride=stride,
        padding=pads,
        dilation=dilation,
        groups=groups,
    )
