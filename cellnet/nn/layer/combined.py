"""A layer, a batch normalization and an activation in one Cell."""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_bool, check_type
from cellnet.nn.cell import Cell
from cellnet.nn.layer._batch_norm import BatchNorm1d, BatchNorm2d
from cellnet.nn.layer._dense import Dense
from cellnet.nn.layer.activation import LeakyReLU, get_activation
from cellnet.nn.layer.conv import Conv2d
from cellnet.ops.primitive import Primitive
from cellnet.tensor import Tensor


def _activation(owner: str, activation: Any, alpha: float) -> Any:
    """The activation that is meant; leaky ReLU has the slope ``alpha``."""
    if isinstance(activation, str):
        if activation == "leakyrelu":
            return LeakyReLU(alpha)
        return get_activation(activation, owner)
    if activation is None or isinstance(activation, Cell | Primitive):
        return activation
    raise TypeError(
        f"{owner}: activation must be a name, a Cell or a Primitive, got "
        f"{type(activation).__name__}"
    )


class _Normalized(Cell):
    """What comes after the layer: ``batchnorm`` and ``activation``."""

    def _finish(
        self, norm: Cell | None, activation: Any, alpha: float, after_fake: bool
    ) -> None:
        self.batchnorm = norm
        self.has_bn = norm is not None
        self.activation = _activation(self.cls_name, activation, alpha)
        self.has_act = self.activation is not None
        self.after_fake = check_bool(self.cls_name, "after_fake", after_fake)

    def _after(self, x: Tensor) -> Tensor:
        if self.batchnorm is not None:
            x = self.batchnorm(x)
        return x if self.activation is None else self.activation(x)


class Conv2dBnAct(_Normalized):
    """activation(batchnorm(conv(x))), the last two if asked for.

    (mindspore.nn.Conv2dBnAct)

    Args:
        in_channels, out_channels, kernel_size, stride, pad_mode, padding, dilation,
            group, has_bias, weight_init, bias_init: as Conv2d; weights begin normal
            with deviation 0.01, biases at 0.
        has_bn: whether there is a batch normalization.
        momentum, eps: its settings.
        activation: None, a name, a Cell or a Primitive.
        alpha: slope of "leakyrelu".
        after_fake: kept; nothing is quantized.

    Inputs, Outputs: as Conv2d.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, or as Conv2d.
        KeyError: an unknown name of an activation.

    Example:
        >>> from cellnet import nn
        >>> net = nn.Conv2dBnAct(3, 4, 3, has_bn=True, activation="relu")
        >>> [p.name for p in net.trainable_params()]
        ['conv.weight', 'batchnorm.gamma', 'batchnorm.beta']
    """

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
        weight_init: Any = "normal",
        bias_init: Any = "zeros",
        has_bn: bool = False,
        momentum: float = 0.997,
        eps: float = 1e-5,
        activation: Any = None,
        alpha: float = 0.2,
        after_fake: bool = True,
    ) -> None:
        super().__init__()
        self.conv = Conv2d(
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
        )
        norm = None
        if check_bool("Conv2dBnAct", "has_bn", has_bn):
            norm = BatchNorm2d(out_channels, eps, momentum)
        self._finish(norm, activation, alpha, after_fake)

    def construct(self, x: Tensor) -> Tensor:
        """Convolve, normalize, activate."""
        return self._after(self.conv(x))


class DenseBnAct(_Normalized):
    """activation(batchnorm(dense(x))), the last two if asked for.

    (mindspore.nn.DenseBnAct)

    Args:
        in_channels, out_channels, weight_init, bias_init, has_bias: as Dense; weights
            begin normal with deviation 0.01, biases at 0.
        has_bn: whether there is a batch normalization.
        momentum, eps: its settings.
        activation: None, a name, a Cell or a Primitive.
        alpha: slope of "leakyrelu".
        after_fake: kept; nothing is quantized.

    Inputs: x (N, in_channels), float32.
    Outputs: (N, out_channels), float32.

    Raises: as Conv2dBnAct.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.DenseBnAct(3, 2)(Tensor(np.ones((4, 3), np.float32))).shape
        (4, 2)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        weight_init: Any = "normal",
        bias_init: Any = "zeros",
        has_bias: bool = True,
        has_bn: bool = False,
        momentum: float = 0.9,
        eps: float = 1e-5,
        activation: Any = None,
        alpha: float = 0.2,
        after_fake: bool = True,
    ) -> None:
        super().__init__()
        check_type("DenseBnAct", "momentum", momentum, int, float)
        self.dense = Dense(in_channels, out_channels, weight_init, bias_init, has_bias)
        norm = None
        if check_bool("DenseBnAct", "has_bn", has_bn):
            norm = BatchNorm1d(out_channels, eps, momentum)
        self._finish(norm, activation, alpha, after_fake)

    def construct(self, x: Tensor) -> Tensor:
        """Multiply, normalize, activate."""
        return self._after(self.dense(x))
