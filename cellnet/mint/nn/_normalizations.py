"""Normalization in torch's form: names, defaults and the share of new batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellnet._checks import check_int, check_int_tuple
from cellnet.mint.nn import functional as F
from cellnet.mint.nn._parameters import kept, made
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class _BatchNorm(Cell):
    """Batch normalization of inputs with one of ``ranks`` dimensions."""

    ranks: tuple[int, ...] = ()

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (check_int(self.cls_name, "num_features", num_features, minimum=1),)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.weight = self.bias = None
        if affine:
            self.weight = made("ones", shape, "weight", dtype)
            self.bias = made("zeros", shape, "bias", dtype)
        self.running_mean = self.running_var = self.num_batches_tracked = None
        if track_running_stats:
            self.running_mean = kept("zeros", shape, "running_mean", dtype)
            self.running_var = kept("ones", shape, "running_var", dtype)
            self.num_batches_tracked = Parameter(
                np.zeros((), np.int32), name="num_batches_tracked", requires_grad=False
            )

    def construct(self, input: Tensor) -> Tensor:
        """Normalize; in training, move the running values too."""
        if input.ndim not in self.ranks or input.shape[1] != self.num_features:
            raise ValueError(
                f"{self.cls_name}: got input {input.shape}, expected one of "
                f"{self.ranks} dimensions with {self.num_features} channels second"
            )
        momentum = 0.0 if self.momentum is None else self.momentum
        count = self.num_batches_tracked
        if self.training and count is not None:
            count._value = count._value + 1
            if self.momentum is None:  # the mean of all batches so far
                momentum = 1.0 / count._value
        return F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )

    def extend_repr(self) -> str:
        """Settings."""
        names = ("num_features", "eps", "momentum", "affine", "track_running_stats")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)


class BatchNorm1d(_BatchNorm):
    """Batch normalization of (N, C) or (N, C, L) (mindspore.mint.nn.BatchNorm1d)."""

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalization of (N, C, H, W) (mindspore.mint.nn.BatchNorm2d).

    (x - mean) / sqrt(var + eps) * weight + bias, for each channel.

    Args:
        num_features: C.
        eps: added to the variance.
        momentum: share of the new batch in the running values; None takes the mean of
            all batches so far.
        affine: whether there are weight and bias.
        track_running_stats: whether there are running values; without, the batch's
            own are used in evaluation too.
        dtype: of the Parameters, Float32 by default.
    """

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalization of (N, C, D, H, W) (mindspore.mint.nn.BatchNorm3d)."""

    ranks = (5,)


# one process: the statistics of all are those of the one
class SyncBatchNorm(_BatchNorm):
    """Batch normalization over all processes (mindspore.mint.nn.SyncBatchNorm)."""

    ranks = (2, 3, 4, 5)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: str | None = None,
        dtype: Any = None,
    ) -> None:
        del process_group
        rest = (eps, momentum, affine, track_running_stats)
        super().__init__(num_features, *rest, dtype)


class GroupNorm(Cell):
    """Normalization over groups of channels (mindspore.mint.nn.GroupNorm).

    Args:
        num_groups, num_channels: groups and channels, that divide by them.
        eps: added to the variance.
        affine: whether weight and bias are trained.
        dtype: of the Parameters.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_int("GroupNorm", "num_groups", num_groups, minimum=1)
        if check_int("GroupNorm", "num_channels", num_channels) % num_groups:
            raise ValueError(
                f"GroupNorm: {num_channels} channels do not divide by {num_groups}"
            )
        self.num_groups, self.eps = num_groups, eps
        self.weight = made("ones", (num_channels,), "weight", dtype)
        self.bias = made("zeros", (num_channels,), "bias", dtype)
        self.weight.requires_grad = self.bias.requires_grad = affine

    def construct(self, input: Tensor) -> Tensor:
        """Normalize."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


class LayerNorm(Cell):
    """Normalization over the last dimensions (mindspore.mint.nn.LayerNorm).

    Args:
        normalized_shape: int or ints, the last lengths of the input.
        eps: added to the variance.
        elementwise_affine: whether there is a weight.
        bias: whether there is a bias beside the weight.
        dtype: of the Parameters.
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = check_int_tuple("LayerNorm", "normalized_shape", normalized_shape)
        self.normalized_shape, self.eps = shape, eps
        self.weight = self.bias = None
        if elementwise_affine:
            self.weight = made("ones", shape, "weight", dtype)
            self.bias = made("zeros", shape, "bias", dtype) if bias else None

    def construct(self, input: Tensor) -> Tensor:
        """Normalize."""
        return F.layer_norm(
            input, self.normalized_shape, self.weight, self.bias, self.eps
        )
