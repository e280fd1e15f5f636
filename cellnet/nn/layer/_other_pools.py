"""Power-average pooling, and the reverse of max pooling."""

from __future__ import annotations

import math
from typing import Any

from cellnet import dtype as mstype
from cellnet import ops
from cellnet._checks import check_bool, check_number
from cellnet.nn._inputs import check_float, check_same_shape, check_tensors
from cellnet.nn.cell import Cell
from cellnet.nn.layer import _geometry as geometry
from cellnet.nn.layer._pool import AvgPool
from cellnet.ops._places import put_back
from cellnet.tensor import Tensor


class _Averages1d(AvgPool):
    ndim = 1


class _Averages2d(AvgPool):
    ndim = 2


class LPPool2d(Cell):
    """(sum of x^p over a window)^(1/p) (mindspore.nn.LPPool2d).

    Args:
        norm_type: p, a number other than 0.
        kernel_size: height and width of the window, an int or a tuple of two.
        stride: step of the window; the kernel size unless given.
        ceil_mode: whether a partial window at the end counts.

    Inputs: x (N, C, H, W) or (C, H, W), a float type.
    Outputs: the same with H and W smaller, the same dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: norm_type is 0, a size < 1, or an input of another rank.

    Example:
        >>> from cellnet import Tensor, nn
        >>> x = Tensor([[[3.0, 0.0], [4.0, 0.0]]])
        >>> nn.LPPool2d(2, 2)(x).asnumpy().ravel().tolist()
        [5.0]
    """

    ndim = 2

    def __init__(
        self,
        norm_type: float,
        kernel_size: Any,
        stride: Any = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        self.norm_type = check_number(owner, "norm_type", norm_type)
        if norm_type == 0:
            raise ValueError(f"{owner}: norm_type must not be 0")
        window = geometry.per_axis(owner, "kernel_size", kernel_size, self.ndim)
        self.kernel_size, self.stride = kernel_size, stride
        self.ceil_mode = check_bool(owner, "ceil_mode", ceil_mode)
        self._count = math.prod(window)
        averages = _Averages1d if self.ndim == 1 else _Averages2d
        self._averages = averages(kernel_size, stride, "pad", 0, ceil_mode)

    def construct(self, x: Tensor) -> Tensor:
        """Average the powers, and take the root of their sum."""
        check_float(self.cls_name, x=x)
        sums = self._averages(ops.pow(x, self.norm_type)) * self._count
        return ops.pow(sums, 1.0 / self.norm_type)


class LPPool1d(LPPool2d):
    """(sum of x^p over a window)^(1/p) (mindspore.nn.LPPool1d).

    Args, Raises: as LPPool2d, for one axis.

    Inputs: x (N, C, L) or (C, L), a float type.
    Outputs: the same with L smaller, the same dtype.
    """

    ndim = 1


class _MaxUnpool(Cell):
    ndim = 2

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        owner = self.cls_name
        stride = kernel_size if stride is None else stride
        self.kernel_size = geometry.per_axis(
            owner, "kernel_size", kernel_size, self.ndim
        )
        self.stride = geometry.per_axis(owner, "stride", stride, self.ndim)
        self.padding = geometry.per_axis(
            owner, "padding", padding, self.ndim, minimum=0
        )

    def construct(
        self, x: Tensor, indices: Tensor, output_size: tuple[int, ...] | None = None
    ) -> Tensor:
        """Put the elements back where they came from."""
        check_tensors(self.cls_name, x=x, indices=indices)
        check_same_shape(self.cls_name, x=x, indices=indices)
        if indices.dtype not in (*mstype.int_type, *mstype.uint_type):
            raise TypeError(
                f"{self.cls_name}: indices are {indices.dtype}, expected an integer "
                "type, as max pooling gives them"
            )
        if x.ndim not in (self.ndim + 1, self.ndim + 2):
            raise ValueError(
                f"{self.cls_name}: got input {x.shape}, expected {self.ndim + 1} or "
                f"{self.ndim + 2} axes"
            )
        usual = tuple(
            (n - 1) * s + k - 2 * p
            for n, s, k, p in zip(
                x.shape[-self.ndim :],
                self.stride,
                self.kernel_size,
                self.padding,
                strict=True,
            )
        )
        sizes = usual if not output_size else tuple(output_size)[-self.ndim :]
        for size, about, step in zip(sizes, usual, self.stride, strict=True):
            if not about - step < size < about + step:
                raise ValueError(
                    f"{self.cls_name}: output_size {output_size} is too far from "
                    f"{usual}, which the settings give"
                )
        return put_back(x, indices, sizes)


class MaxUnpool1d(_MaxUnpool):
    """A plane of zeros but for the maxima that max pooling took.

    As MaxUnpool2d, for x (N, C, L) or (C, L) (mindspore.nn.MaxUnpool1d).
    """

    ndim = 1


class MaxUnpool2d(_MaxUnpool):
    """A plane of zeros but for the maxima that max pooling took.

    (mindspore.nn.MaxUnpool2d)

    Args:
        kernel_size: that of the pooling, an int or a tuple of two.
        stride: that of the pooling; the kernel size unless given.
        padding: that of the pooling.

    Inputs: x (N, C, H, W) or (C, H, W); indices, the places of x in the flat plane, an
        integer type; output_size, None or the size of the plane, which must be less
        than a stride away from (H - 1) stride + kernel_size - 2 padding.
    Outputs: (N, C, H', W') or (C, H', W'), the dtype of x.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: a size out of range, shapes that differ, or another output_size.

    Example:
        >>> from cellnet import Tensor, nn
        >>> x, places = Tensor([[[[5.0]]]]), Tensor([[[[3]]]])
        >>> nn.MaxUnpool2d(2)(x, places).asnumpy().tolist()
        [[[[0.0, 0.0], [0.0, 5.0]]]]
    """


class MaxUnpool3d(_MaxUnpool):
    """A volume of zeros but for the maxima that max pooling took.

    As MaxUnpool2d, for x (N, C, D, H, W) or (C, D, H, W) (mindspore.nn.MaxUnpool3d).
    """

    ndim = 3
