"""Normalization of each channel of each sample, and over neighbouring channels."""

from __future__ import annotations

from typing import Any

from cellnet import dtype as mstype
from cellnet import ops
from cellnet._checks import (
    check_bool,
    check_choice,
    check_int,
    check_number,
    check_probability,
)
from cellnet.common.initializer import initializer
from cellnet.nn._inputs import check_float
from cellnet.nn.cell import Cell
from cellnet.nn.layer._sample_norm import group_norm
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class _InstanceNorm(Cell):
    """``layout`` is a property of the class: the axes of the input."""

    layout = ""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        gamma_init: Any = "ones",
        beta_init: Any = "zeros",
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        self.num_features = check_int(owner, "num_features", num_features, minimum=1)
        self.eps = check_number(owner, "eps", eps)
        self.momentum = check_probability(owner, "momentum", momentum)
        check_bool(owner, "affine", affine)

        def vector(init: Any, name: str, trained: bool) -> Parameter:
            values = initializer(init, (num_features,), dtype)
            return Parameter(values, name=name, requires_grad=trained)

        self.moving_mean = vector("zeros", "mean", False)
        self.moving_variance = vector("ones", "variance", False)
        self.gamma = vector(gamma_init, "gamma", affine)
        self.beta = vector(beta_init, "beta", affine)

    def construct(self, x: Tensor) -> Tensor:
        """Normalize."""
        check_float(self.cls_name, input=x)
        if x.ndim != len(self.layout) or x.shape[1] != self.num_features:
            expected = ", ".join(["N", str(self.num_features), *self.layout[2:]])
            raise ValueError(
                f"{self.cls_name}: got input {x.shape}, expected ({expected})"
            )
        return group_norm(x, self.gamma, self.beta, self.num_features, self.eps)

    def extend_repr(self) -> str:
        """Settings and Parameters."""
        return (
            f"num_features={self.num_features}, eps={self.eps}, "
            f"momentum={self.momentum}, gamma={self.gamma}, beta={self.beta}, "
            f"moving_mean={self.moving_mean}, moving_variance={self.moving_variance}"
        )


class InstanceNorm2d(_InstanceNorm):
    r"""y = gamma (x - mean) / sqrt(var + eps) + beta (mindspore.nn.InstanceNorm2d).

    mean and var (divisor n) are over each channel of each sample, in training and in
    evaluation alike.

    Args:
        num_features: number of channels C, > 0.
        eps: added to the variance.
        momentum: kept, in [0, 1]; the moving averages do not enter the result.
        affine: whether gamma and beta are trained.
        gamma_init: initial gamma, a Tensor, number, name or Initializer.
        beta_init: initial beta.
        dtype: type of the Parameters.

    Inputs: x (N, C, H, W), a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, or an input of another shape.

    Differs: the Parameters ``mean`` and ``variance`` keep their initial values.

    References: Ulyanov et al., arXiv 1607.08022.
    """

    layout = "NCHW"


class InstanceNorm1d(_InstanceNorm):
    """As InstanceNorm2d, for x (N, C, L) (mindspore.nn.InstanceNorm1d)."""

    layout = "NCL"


class InstanceNorm3d(_InstanceNorm):
    """As InstanceNorm2d, for x (N, C, D, H, W) (mindspore.nn.InstanceNorm3d)."""

    layout = "NCDHW"


class LRN(Cell):
    """x / (bias + alpha sum x^2)^beta, the sum over near channels (mindspore.nn.LRN).

    Args:
        depth_radius: how many channels to each side count, >= 0.
        bias: a float.
        alpha: a float.
        beta: a float.
        norm_region: "ACROSS_CHANNELS".

    Inputs: x (N, C, H, W), a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, or an input of another rank.

    References: Krizhevsky et al., NeurIPS 2012.
    """

    def __init__(
        self,
        depth_radius: int = 5,
        bias: float = 1.0,
        alpha: float = 1.0,
        beta: float = 0.5,
        norm_region: str = "ACROSS_CHANNELS",
    ) -> None:
        super().__init__()
        self.depth_radius = check_int("LRN", "depth_radius", depth_radius, minimum=0)
        self.bias = check_number("LRN", "bias", bias)
        self.alpha = check_number("LRN", "alpha", alpha)
        self.beta = check_number("LRN", "beta", beta)
        check_choice("LRN", "norm_region", norm_region, ("ACROSS_CHANNELS",))

    def construct(self, x: Tensor) -> Tensor:
        """Sum squares over the neighbours, and divide."""
        check_float("LRN", x=x)
        return ops.lrn(x, self.depth_radius, self.bias, self.alpha, self.beta)
