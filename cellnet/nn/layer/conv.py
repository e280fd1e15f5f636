"""Convolutions; ``_conv_transpose.py`` has the transposed ones."""

from __future__ import annotations

from itertools import chain

from cellnet import ops
from cellnet.nn.layer._conv_transpose import (
    Conv1dTranspose,
    Conv2dTranspose,
    Conv3dTranspose,
)
from cellnet.nn.layer._convolution import Convolution, OverSequences
from cellnet.tensor import Tensor


class Conv2d(Convolution):
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

    def _compute(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        convolve = ops.conv2d if len(self.layout) == 4 else ops.conv3d
        return convolve(
            x,
            weight,
            bias,
            self.stride,
            self.pad_mode,
            tuple(chain.from_iterable(self._pads)),
            self.dilation,
            self.group,
        )


class Conv1d(OverSequences, Conv2d):
    """1-D convolution (mindspore.nn.Conv1d).

    The weight is (out_channels, in_channels / group, 1, kernel_size), as in
    MindSpore's checkpoints.

    Args: as Conv2d, sizes and padding being ints, without data_format.

    Inputs: x (N, in_channels, L), the dtype of the weight.
    Outputs: (N, out_channels, L'), the same dtype.

    Raises: as Conv2d.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.Conv1d(3, 8, 5)(Tensor(np.ones((1, 3, 9), np.float32))).shape
        (1, 8, 9)
    """


class Conv3d(Conv2d):
    """3-D convolution (mindspore.nn.Conv3d).

    Args: as Conv2d, sizes being ints or tuples of three, padding an int or (head, tail,
        top, bottom, left, right), data_format "NCDHW".

    Inputs: x (N, in_channels, D, H, W), the dtype of the weight.
    Outputs: (N, out_channels, D', H', W'), the same dtype.

    Raises: as Conv2d.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.Conv3d(1, 2, 3)(Tensor(np.ones((1, 1, 4, 4, 4), np.float32))).shape
        (1, 2, 4, 4, 4)
    """

    layout = "NCDHW"


__all__ = [
    "Conv1d",
    "Conv1dTranspose",
    "Conv2d",
    "Conv2dTranspose",
    "Conv3d",
    "Conv3dTranspose",
]
