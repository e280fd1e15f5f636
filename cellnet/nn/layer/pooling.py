"""Pooling; ``_adaptive_pool.py`` and ``_other_pools.py`` have the rarer kinds."""

from __future__ import annotations

from cellnet.nn.layer._adaptive_pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)
from cellnet.nn.layer._other_pools import (
    LPPool1d,
    LPPool2d,
    MaxUnpool1d,
    MaxUnpool2d,
    MaxUnpool3d,
)
from cellnet.nn.layer._pool import AvgPool, MaxPool


class MaxPool2d(MaxPool):
    """The largest element of each window (mindspore.nn.MaxPool2d).

    Args:
        kernel_size: height and width of the window, an int or a tuple of two.
        stride: step of the window, an int or a tuple of two; 1 unless given, None for
            the kernel size.
        pad_mode: "valid", "same" (output is ceil(input / stride)) or "pad".
        padding: rows and columns of -infinity on each side, an int or a tuple of two,
            at most half the kernel; only with pad_mode="pad".
        dilation: distance of the window's elements, an int or a tuple of two; other
            than 1 only with "pad".
        return_indices: whether to give, too, where in the flat plane the elements lie;
            only with "pad".
        ceil_mode: whether a partial window at the end counts; only with "pad".
        data_format: "NCHW".

    Inputs: x (N, C, H, W) or (C, H, W), a float type.
    Outputs: the same with H and W smaller, the same dtype; with return_indices, that
        and its places, int64.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, an input of another rank, or a window
            larger than the padded input.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4))
        >>> nn.MaxPool2d(2, stride=2)(x).asnumpy().ravel().tolist()
        [5.0, 7.0, 13.0, 15.0]
    """


class MaxPool1d(MaxPool):
    """The largest element of each window (mindspore.nn.MaxPool1d).

    Args, Raises: as MaxPool2d, for one axis.

    Inputs: x (N, C, L) or (C, L), a float type.
    Outputs: the same with L smaller, the same dtype.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.MaxPool1d(2, 2)(Tensor([[1.0, 3.0, 2.0, 0.0]])).asnumpy().tolist()
        [[3.0, 2.0]]
    """

    ndim = 1


class MaxPool3d(MaxPool):
    """The largest element of each window (mindspore.nn.MaxPool3d).

    Args, Raises: as MaxPool2d, for three axes.

    Inputs: x (N, C, D, H, W) or (C, D, H, W), a float type.
    Outputs: the same with D, H and W smaller, the same dtype.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.arange(8, dtype=np.float32).reshape(1, 1, 2, 2, 2))
        >>> nn.MaxPool3d(2)(x).asnumpy().ravel().tolist()
        [7.0]
    """

    ndim = 3


class AvgPool2d(AvgPool):
    """The mean of each window (mindspore.nn.AvgPool2d).

    Args:
        kernel_size: height and width of the window, an int or a tuple of two.
        stride: step of the window, an int or a tuple of two; 1 unless given, None for
            the kernel size.
        pad_mode: "valid", "same" (output is ceil(input / stride); padding does not
            count) or "pad".
        padding: rows and columns of zeros on each side, an int or a tuple of two, at
            most half the kernel; only with pad_mode="pad".
        ceil_mode: whether a partial window at the end counts, with what it holds.
        count_include_pad: whether the zeros of ``padding`` count.
        divisor_override: divide the sum by this instead of the count, > 0.
        data_format: "NCHW".

    Inputs: x (N, C, H, W) or (C, H, W), a float type.
    Outputs: the same with H and W smaller, the same dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, an input of another rank, or a window
            larger than the padded input.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4))
        >>> nn.AvgPool2d(2, stride=2)(x).asnumpy().ravel().tolist()
        [2.5, 4.5, 10.5, 12.5]
    """


class AvgPool1d(AvgPool):
    """The mean of each window (mindspore.nn.AvgPool1d).

    Args, Raises: as AvgPool2d, for one axis.

    Inputs: x (N, C, L) or (C, L), a float type.
    Outputs: the same with L smaller, the same dtype.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.AvgPool1d(2, 2)(Tensor([[1.0, 3.0, 2.0, 0.0]])).asnumpy().tolist()
        [[2.0, 1.0]]
    """

    ndim = 1


class AvgPool3d(AvgPool):
    """The mean of each window (mindspore.nn.AvgPool3d).

    Args, Raises: as AvgPool2d, for three axes.

    Inputs: x (N, C, D, H, W) or (C, D, H, W), a float type.
    Outputs: the same with D, H and W smaller, the same dtype.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.arange(8, dtype=np.float32).reshape(1, 1, 2, 2, 2))
        >>> nn.AvgPool3d(2)(x).asnumpy().ravel().tolist()
        [3.5]
    """

    ndim = 3


__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]
