"""BiDense: a bilinear form of two inputs."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet._checks import check_bool, check_int
from cellnet.common.initializer import Uniform, initializer
from cellnet.nn._inputs import check_dtype, like
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class BiDense(Cell):
    r"""y_k = sum_ij x1_i W_kij x2_j + b_k (mindspore.nn.BiDense).

    Args:
        in1_channels: width of x1, > 0.
        in2_channels: width of x2, > 0.
        out_channels: width of the output, > 0.
        weight_init: initial W (out_channels, in1_channels, in2_channels); by default
            uniform within 1/sqrt(in1_channels) of 0.
        bias_init: initial b; by default as the weight.
        has_bias: whether there is a b.
        dtype: type of the Parameters.

    Inputs: x1 (..., in1_channels) and x2 (..., in2_channels), the dtype of the weight.
    Outputs: (..., out_channels), the same dtype.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: channels < 1, an initial value or an input of another shape.
    """

    def __init__(
        self,
        in1_channels: int,
        in2_channels: int,
        out_channels: int,
        weight_init: Any = None,
        bias_init: Any = None,
        has_bias: bool = True,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        self.in1_channels = check_int(
            "BiDense", "in1_channels", in1_channels, minimum=1
        )
        self.in2_channels = check_int(
            "BiDense", "in2_channels", in2_channels, minimum=1
        )
        self.out_channels = check_int(
            "BiDense", "out_channels", out_channels, minimum=1
        )
        self.has_bias = check_bool("BiDense", "has_bias", has_bias)
        usual = Uniform(1 / math.sqrt(in1_channels))
        shape = (out_channels, in1_channels, in2_channels)
        weight = initializer(
            usual if weight_init is None else weight_init, shape, dtype
        )
        self.weight = Parameter(weight, name="weight")
        self.bias = None
        if has_bias:
            bias_init = usual if bias_init is None else bias_init
            bias = initializer(bias_init, (out_channels,), dtype)
            self.bias = Parameter(bias, name="bias")

    def construct(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Multiply from both sides."""
        for x, width in ((input1, self.in1_channels), (input2, self.in2_channels)):
            check_dtype(self, x, self.weight)
            if x.ndim < 1 or x.shape[-1] != width:
                raise ValueError(
                    f"BiDense: got an input {x.shape}, expected (..., {width})"
                )
        if input1.shape[:-1] != input2.shape[:-1]:
            raise ValueError(
                f"BiDense: inputs {input1.shape} and {input2.shape} must agree in all "
                "axes but the last"
            )
        return _bilinear(input1, input2, *like(input1, self.weight, self.bias))

    def extend_repr(self) -> str:
        """Widths and bias."""
        text = (
            f"in1_channels={self.in1_channels}, in2_channels={self.in2_channels}, "
            f"output_channels={self.out_channels}"
        )
        return text + (", has_bias=True" if self.has_bias else "")


@op
def _bilinear(x1: Any, x2: Any, weight: Any, bias: Any) -> Any:
    y = jnp.einsum("...i,kij,...j->...k", x1, weight, x2)
    return y if bias is None else y + bias
