"""Dense: the fully connected layer; Linear, its name and form in PyTorch."""

from __future__ import annotations

import math
from typing import Any

from cellnet import dtype as mstype
from cellnet import ops
from cellnet._checks import check_bool, check_int
from cellnet.common.initializer import HeUniform, Uniform, initializer
from cellnet.nn._inputs import check_dtype, like
from cellnet.nn.cell import Cell
from cellnet.nn.layer.activation import get_activation
from cellnet.ops.primitive import Primitive
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class Dense(Cell):
    r"""y = activation(x W^T + b) (mindspore.nn.Dense).

    Args:
        in_channels: width of the input, > 0.
        out_channels: width of the output, > 0.
        weight_init: initial W, a Tensor, number, name or Initializer; by default
            uniform within 1/sqrt(in_channels) of 0.
        bias_init: initial b; by default as the weight.
        has_bias: whether there is a b.
        activation: None, a name (see ``get_activation``), a Cell or a Primitive.
        dtype: type of the Parameters.

    Inputs: x (..., in_channels), the dtype of the weight.
    Outputs: (..., out_channels), the same dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: channels < 1, an initial value or an input of another shape.
        KeyError: an unknown name of an activation.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.Dense(3, 2)(Tensor(np.ones((4, 3), np.float32))).shape
        (4, 2)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        weight_init: Any = None,
        bias_init: Any = None,
        has_bias: bool = True,
        activation: str | Cell | Primitive | None = None,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        self.in_channels = check_int(
            self.cls_name, "in_channels", in_channels, minimum=1
        )
        self.out_channels = check_int(
            self.cls_name, "out_channels", out_channels, minimum=1
        )
        self.has_bias = check_bool(self.cls_name, "has_bias", has_bias)
        if weight_init is None:
            weight_init = HeUniform(math.sqrt(5))
        if bias_init is None:
            bias_init = Uniform(1 / math.sqrt(in_channels))
        weight = initializer(weight_init, (out_channels, in_channels), dtype)
        self.weight = Parameter(weight, name="weight")
        self.bias = None
        if has_bias:
            bias = initializer(bias_init, (out_channels,), dtype)
            self.bias = Parameter(bias, name="bias")
        self.activation = _check_activation(activation)

    def construct(self, x: Tensor) -> Tensor:
        """Multiply, add, activate."""
        check_dtype(self, x, self.weight)
        if x.ndim < 1 or x.shape[-1] != self.in_channels:
            raise ValueError(
                f"{self.cls_name}: got input {x.shape}, expected (..., "
                f"{self.in_channels}); flatten or reshape the input, or make the layer "
                "with in_channels="
                f"{x.shape[-1] if x.shape else 1}"
            )
        y = ops.dense(x, *like(x, self.weight, self.bias))
        return y if self.activation is None else self.activation(y)

    def extend_repr(self) -> str:
        """Widths, bias and activation."""
        text = f"input_channels={self.in_channels}, output_channels={self.out_channels}"
        if self.has_bias:
            text += f", has_bias={self.has_bias}"
        if self.activation is not None:
            text += f", activation={self.activation}"
        return text


class Linear(Dense):
    """y = x W^T + b (mindspore.nn.Linear), a Dense with PyTorch's arguments.

    Args:
        in_features: width of the input, > 0.
        out_features: width of the output, > 0.
        bias: whether there is a b.
        weight_init, bias_init: as Dense.
        dtype: type of the Parameters; None for float32.

    Inputs, Outputs, Raises: as Dense.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        weight_init: Any = None,
        bias_init: Any = None,
        dtype: Any = None,
    ) -> None:
        check_bool("Linear", "bias", bias)
        dtype = mstype.float32 if dtype is None else dtype
        super().__init__(
            in_features, out_features, weight_init, bias_init, bias, dtype=dtype
        )
        self.in_features, self.out_features = in_features, out_features

    def extend_repr(self) -> str:
        """Widths and bias."""
        text = f"input_features={self.in_features}, output_features={self.out_features}"
        return text + (", has_bias=True" if self.has_bias else "")


def _check_activation(activation: Any) -> Any:
    if isinstance(activation, str):
        return get_activation(activation, "Dense")
    if activation is None or isinstance(activation, Cell | Primitive):
        return activation
    raise TypeError(
        "Dense: activation must be a name, a Cell or a Primitive, got "
        f"{type(activation).__name__}"
    )
