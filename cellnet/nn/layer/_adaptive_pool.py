"""Pooling to a given size, whatever the size of the input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellnet import ops
from cellnet._checks import check_bool, check_int
from cellnet.nn._inputs import check_float
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class _AdaptivePool(Cell):
    """Part i of n elements goes from floor(i n / m) to ceil((i + 1) n / m).

    ``layout`` is a property of the class: the axes of an input with a batch.
    """

    layout = ""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        owner, ndim = self.cls_name, len(self.layout) - 2
        if isinstance(output_size, list):
            output_size = tuple(output_size)
        if isinstance(output_size, tuple):
            if ndim == 1:
                raise TypeError(f"{owner}: output_size must be an int")
            if len(output_size) != ndim:
                raise ValueError(
                    f"{owner}: output_size must have {ndim} items, got {output_size}"
                )
        else:
            output_size = (output_size,) * ndim
        self.output_size = tuple(
            size
            if size is None and ndim > 1
            else check_int(owner, "output_size", size, minimum=1)
            for size in output_size
        )

    def _check_input(self, x: Tensor) -> None:
        check_float(self.cls_name, input=x)
        ndim = len(self.layout)
        if x.ndim not in ((3,) if ndim == 3 else (ndim - 1, ndim)):
            raise ValueError(
                f"{self.cls_name}: got input {x.shape}, expected "
                f"({', '.join(self.layout)})"
            )
        if ndim == 3 and x.shape[-1] % self.output_size[0]:
            raise ValueError(
                f"{self.cls_name}: the length of the input {x.shape} must be a "
                f"multiple of output_size {self.output_size[0]}"
            )


class _AdaptiveOne(_AdaptivePool):
    """Pooling with one result; ``function`` is a property of the class."""

    function: Callable[..., Tensor]

    def construct(self, x: Tensor) -> Tensor:
        """Pool each part."""
        self._check_input(x)
        return type(self).function(x, self.output_size)


class _AdaptiveMaxPool(_AdaptivePool):
    function: Callable[..., Any]

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = check_bool(
            self.cls_name, "return_indices", return_indices
        )

    def construct(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Take the maximum of each part."""
        self._check_input(x)
        return type(self).function(x, self.output_size, self.return_indices)


class AdaptiveAvgPool1d(_AdaptiveOne):
    """Means of ``output_size`` equal parts (mindspore.nn.AdaptiveAvgPool1d).

    Args:
        output_size: number of parts, > 0; divides the length of the input.

    Inputs: x (N, C, L), a float type.
    Outputs: (N, C, output_size), the same dtype.

    Raises:
        TypeError: output_size is no int, or the input no float Tensor.
        ValueError: output_size < 1, an input of another rank, or a length that
            output_size does not divide.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.AdaptiveAvgPool1d(2)(Tensor([[[1.0, 3.0, 4.0, 8.0]]])).asnumpy()
        array([[[2., 6.]]], dtype=float32)
    """

    layout = "NCL"
    function = staticmethod(ops.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveOne):
    """Means of a grid of parts of an image (mindspore.nn.AdaptiveAvgPool2d).

    Part i of m over n elements goes from floor(i n / m) to ceil((i + 1) n / m).

    Args:
        output_size: height and width of the output, an int for both or a tuple of two;
            None keeps the input's.

    Inputs: x (N, C, H, W) or (C, H, W), a float type.
    Outputs: the same with height and width as asked for, the same dtype.

    Raises:
        TypeError: output_size is no int, None or tuple, or the input no float Tensor.
        ValueError: a size < 1, a tuple of another length, an input of another rank.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> x = Tensor(np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4))
        >>> nn.AdaptiveAvgPool2d((1, 2))(x).asnumpy().ravel().tolist()
        [6.5, 8.5]
    """

    layout = "NCHW"
    function = staticmethod(ops.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveOne):
    """Means of a grid of parts of a volume (mindspore.nn.AdaptiveAvgPool3d).

    Args, Raises: as AdaptiveAvgPool2d, for three axes.

    Inputs: x (N, C, D, H, W) or (C, D, H, W), a float type.
    Outputs: the same with the sizes that were asked for, the same dtype.
    """

    layout = "NCDHW"
    function = staticmethod(ops.adaptive_avg_pool3d)


class AdaptiveMaxPool1d(_AdaptiveOne):
    """Maxima of ``output_size`` equal parts (mindspore.nn.AdaptiveMaxPool1d).

    Args, Inputs, Outputs, Raises: as AdaptiveAvgPool1d.
    """

    layout = "NCL"
    function = staticmethod(ops.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Maxima of a grid of parts of an image (mindspore.nn.AdaptiveMaxPool2d).

    Args:
        output_size: as AdaptiveAvgPool2d.
        return_indices: whether to give, too, where in the flat plane the maxima lie.

    Inputs: x (N, C, H, W) or (C, H, W), a float type.
    Outputs: as AdaptiveAvgPool2d; with return_indices, that and its places, int64.

    Raises: as AdaptiveAvgPool2d.
    """

    layout = "NCHW"
    function = staticmethod(ops.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Maxima of a grid of parts of a volume (mindspore.nn.AdaptiveMaxPool3d).

    Args, Outputs, Raises: as AdaptiveMaxPool2d, for three axes.

    Inputs: x (N, C, D, H, W) or (C, D, H, W), a float type.
    """

    layout = "NCDHW"
    function = staticmethod(ops.adaptive_max_pool3d)
