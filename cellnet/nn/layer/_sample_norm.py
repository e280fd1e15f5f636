"""Normalization within a sample: LayerNorm and GroupNorm."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet._checks import check_bool, check_int, check_number
from cellnet.common.initializer import initializer
from cellnet.nn._inputs import check_float
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class LayerNorm(Cell):
    r"""y = gamma (x - mean) / sqrt(var + epsilon) + beta (mindspore.nn.LayerNorm).

    mean and var (divisor n) are over the axes from ``begin_norm_axis`` on.

    Args:
        normalized_shape: shape of gamma and beta, a tuple or list of ints > 0.
        begin_norm_axis: first axis of the statistics.
        begin_params_axis: first axis of gamma and beta.
        gamma_init: initial gamma, a Tensor, number, name or Initializer.
        beta_init: initial beta.
        epsilon: added to the variance, >= 0.
        dtype: type of the Parameters.

    Inputs: x, whose axes from begin_params_axis on are ``normalized_shape``; a float
        type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an empty normalized_shape, a size < 1, an axis out of range, or an
            input of another shape.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.LayerNorm((2,))(Tensor([[1.0, 3.0]])).asnumpy().round(3).tolist()
        [[-1.0, 1.0]]

    References: Ba et al., arXiv 1607.06450.
    """

    def __init__(
        self,
        normalized_shape: tuple[int, ...] | list[int],
        begin_norm_axis: int = -1,
        begin_params_axis: int = -1,
        gamma_init: Any = "ones",
        beta_init: Any = "zeros",
        epsilon: float = 1e-7,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        if not isinstance(normalized_shape, tuple | list):
            raise TypeError(
                "LayerNorm: normalized_shape must be a tuple or list of ints, got "
                f"{normalized_shape!r}"
            )
        if not normalized_shape:
            raise ValueError("LayerNorm: normalized_shape must not be empty")
        self.normalized_shape = tuple(
            check_int("LayerNorm", "normalized_shape", size, minimum=1)
            for size in normalized_shape
        )
        self.begin_norm_axis = check_int(
            "LayerNorm", "begin_norm_axis", begin_norm_axis
        )
        self.begin_params_axis = check_int(
            "LayerNorm", "begin_params_axis", begin_params_axis
        )
        self.epsilon = check_number("LayerNorm", "epsilon", epsilon, minimum=0)
        shape = self.normalized_shape
        self.gamma = Parameter(initializer(gamma_init, shape, dtype), name="gamma")
        self.beta = Parameter(initializer(beta_init, shape, dtype), name="beta")

    def construct(self, x: Tensor) -> Tensor:
        """Normalize."""
        check_float("LayerNorm", input=x)
        first = self._axis("begin_norm_axis", self.begin_norm_axis, x)
        start = self._axis("begin_params_axis", self.begin_params_axis, x)
        if x.shape[start:] != self.normalized_shape:
            raise ValueError(
                f"LayerNorm: got input {x.shape}, expected its axes from {start} on to "
                f"be {self.normalized_shape}; set normalized_shape and "
                "begin_params_axis to match"
            )
        return _layer_norm(x, self.gamma, self.beta, first, self.epsilon)

    def _axis(self, name: str, axis: int, x: Tensor) -> int:
        if not -x.ndim <= axis < x.ndim:
            raise ValueError(
                f"LayerNorm: {name}={axis} is out of range for an input of shape "
                f"{x.shape}"
            )
        return axis % x.ndim

    def extend_repr(self) -> str:
        """Settings and Parameters."""
        return (
            f"normalized_shape={self.normalized_shape}, "
            f"begin_norm_axis={self.begin_norm_axis}, "
            f"begin_params_axis={self.begin_params_axis}, gamma={self.gamma}, "
            f"beta={self.beta}"
        )


class GroupNorm(Cell):
    r"""y = gamma (x - mean) / sqrt(var + eps) + beta (mindspore.nn.GroupNorm).

    mean and var (divisor n) are over the channels of a group and all axes after them.

    Args:
        num_groups: number of groups, > 0; divides num_channels.
        num_channels: number of channels C, > 0.
        eps: added to the variance, >= 0.
        affine: whether gamma and beta are trained.
        gamma_init: initial gamma, a Tensor, number, name or Initializer.
        beta_init: initial beta.
        dtype: type of the Parameters.

    Inputs: x (N, C, ...), a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, or an input of another shape.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.GroupNorm(2, 4)(Tensor(np.ones((1, 4, 3, 3), np.float32))).shape
        (1, 4, 3, 3)

    References: Wu and He, ECCV 2018.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        gamma_init: Any = "ones",
        beta_init: Any = "zeros",
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        self.num_groups = check_int("GroupNorm", "num_groups", num_groups, minimum=1)
        self.num_channels = check_int(
            "GroupNorm", "num_channels", num_channels, minimum=1
        )
        if num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: num_channels must be a multiple of num_groups, got "
                f"{num_channels} and {num_groups}"
            )
        self.eps = check_number("GroupNorm", "eps", eps, minimum=0)
        check_bool("GroupNorm", "affine", affine)
        shape = (num_channels,)
        gamma = initializer(gamma_init, shape, dtype)
        self.gamma = Parameter(gamma, name="gamma", requires_grad=affine)
        beta = initializer(beta_init, shape, dtype)
        self.beta = Parameter(beta, name="beta", requires_grad=affine)

    def construct(self, x: Tensor) -> Tensor:
        """Normalize."""
        check_float("GroupNorm", input=x)
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise ValueError(
                f"GroupNorm: got input {x.shape}, expected (N, {self.num_channels}, "
                "...); the channels are on axis 1"
            )
        return group_norm(x, self.gamma, self.beta, self.num_groups, self.eps)

    def extend_repr(self) -> str:
        """Groups and channels."""
        return f"num_groups={self.num_groups}, num_channels={self.num_channels}"


def _wide(x: Any) -> Any:
    """x in the type that statistics are computed in: float32, or float64 as it is."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def _per_channel(vector: Any, x: Any) -> Any:
    """(C,) shaped to broadcast over axis 1 of x."""
    return vector.astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 2))


def _standardize(x: Any, axes: tuple[int, ...], eps: float) -> Any:
    """x minus its mean over ``axes``, divided by its standard deviation there."""
    mean = x.mean(axes, keepdims=True)
    variance = jnp.square(x - mean).mean(axes, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + eps)


@op
def _layer_norm(x: Any, gamma: Any, beta: Any, first: int, eps: float) -> Any:
    y = _standardize(_wide(x), tuple(range(first, x.ndim)), eps)
    return (y * gamma.astype(y.dtype) + beta.astype(y.dtype)).astype(x.dtype)


@op
def group_norm(x: Any, gamma: Any, beta: Any, num_groups: int, eps: float) -> Any:
    groups = _wide(x).reshape(x.shape[0], num_groups, -1)  # (N, G, C/G * ...)
    y = _standardize(groups, (2,), eps).reshape(x.shape)
    return (y * _per_channel(gamma, y) + _per_channel(beta, y)).astype(x.dtype)
