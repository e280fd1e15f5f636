"""Max and average pooling."""

from __future__ import annotations

from cellnet._checks import check_choice
from cellnet.nn.layer._pool import AvgPool, MaxPool


class MaxPool2d(MaxPool):
    """The largest element of each window (mindspore.nn.MaxPool2d).

    Args:
        kernel_size: height and width of the window, an int or a tuple of two.
        stride: step of the window, an int or a tuple of two; 1 unless given.
        pad_mode: "valid", "same" (output is ceil(input / stride)) or "pad".
        padding: rows and columns of -infinity on each side, an int or a tuple of two,
            at most half the kernel; only with pad_mode="pad".
        dilation: 1.
        return_indices: False.
        ceil_mode: whether a partial window at the end counts; only with "pad".
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
        >>> nn.MaxPool2d(2, stride=2)(x).asnumpy().ravel().tolist()
        [5.0, 7.0, 13.0, 15.0]

    Differs: from MindSpore, no dilation and no indices.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int] = 1,
        stride: int | tuple[int, int] = 1,
        pad_mode: str = "valid",
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
        data_format: str = "NCHW",
    ) -> None:
        check_choice("MaxPool2d", "data_format", data_format, ("NCHW",))
        super().__init__(
            kernel_size, stride, pad_mode, padding, dilation, return_indices, ceil_mode
        )


class AvgPool2d(AvgPool):
    """The mean of each window (mindspore.nn.AvgPool2d).

    Args:
        kernel_size: height and width of the window, an int or a tuple of two.
        stride: step of the window, an int or a tuple of two; 1 unless given.
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

    def __init__(
        self,
        kernel_size: int | tuple[int, int] = 1,
        stride: int | tuple[int, int] = 1,
        pad_mode: str = "valid",
        padding: int | tuple[int, int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        data_format: str = "NCHW",
    ) -> None:
        check_choice("AvgPool2d", "data_format", data_format, ("NCHW",))
        super().__init__(
            kernel_size,
            stride,
            pad_mode,
            padding,
            ceil_mode,
            count_include_pad,
            divisor_override,
        )


class MaxPool1d(MaxPool):
    """The largest element of each window (mindspore.nn.MaxPool1d).

    Args: as MaxPool2d, for one axis.

    Inputs: x (N, C, L) or (C, L), a float type.
    Outputs: the same with L smaller, the same dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, an input of another rank, or a window
            larger than the padded input.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.MaxPool1d(2, 2)(Tensor([[1.0, 3.0, 2.0, 0.0]])).asnumpy().tolist()
        [[3.0, 2.0]]

    Differs: from MindSpore, no dilation and no indices.
    """

    ndim = 1


class AvgPool1d(AvgPool):
    """The mean of each window (mindspore.nn.AvgPool1d).

    Args: as AvgPool2d, for one axis and without divisor_override.

    Inputs: x (N, C, L) or (C, L), a float type.
    Outputs: the same with L smaller, the same dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, an input of another rank, or a window
            larger than the padded input.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.AvgPool1d(2, 2)(Tensor([[1.0, 3.0, 2.0, 0.0]])).asnumpy().tolist()
        [[2.0, 1.0]]
    """

    ndim = 1

    def __init__(
        self,
        kernel_size: int = 1,
        stride: int = 1,
        pad_mode: str = "valid",
        padding: int = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(
            kernel_size, stride, pad_mode, padding, ceil_mode, count_include_pad
        )
