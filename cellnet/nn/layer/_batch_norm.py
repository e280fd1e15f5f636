"""Normalization over a batch: BatchNorm."""

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
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class _BatchNorm(Cell):
    """Batch normalization of an input of one of ``ranks`` axes, channels on axis 1."""

    ranks: tuple[int, ...] = ()
    layout = ""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.9,
        affine: bool = True,
        gamma_init: Any = "ones",
        beta_init: Any = "zeros",
        moving_mean_init: Any = "zeros",
        moving_var_init: Any = "ones",
        use_batch_statistics: bool | None = None,
        data_format: str = "NCHW",
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        owner = self.cls_name
        self.num_features = check_int(owner, "num_features", num_features, minimum=1)
        self.eps = check_number(owner, "eps", eps, minimum=0)
        self._decay = check_probability(owner, "momentum", momentum)
        self.momentum = 1.0 - self._decay  # the attribute is the new value's share
        check_bool(owner, "affine", affine)
        self.use_batch_statistics = use_batch_statistics
        if not isinstance(use_batch_statistics, bool | None):
            raise ValueError(
                f"{owner}: use_batch_statistics must be True, False or None, got "
                f"{use_batch_statistics!r}"
            )
        check_choice(owner, "data_format", data_format, ("NCHW",))

        def vector(init: Any, name: str, trained: bool) -> Parameter:
            values = initializer(init, (num_features,), dtype)
            return Parameter(values, name=name, requires_grad=trained)

        self.moving_mean = vector(moving_mean_init, "mean", False)
        self.moving_variance = vector(moving_var_init, "variance", False)
        self.gamma = vector(gamma_init, "gamma", affine)
        self.beta = vector(beta_init, "beta", affine)

    def construct(self, x: Tensor) -> Tensor:
        """Normalize; with statistics of the batch, move the averages too."""
        self._check_input(x)
        training = self.training
        if self.use_batch_statistics is not None:
            training = self.use_batch_statistics
        if training and x.size == self.num_features:
            raise ValueError(
                f"{self.cls_name}: got input {x.shape} in training, one value per "
                "channel, which has no variance; take a larger batch "
                "(drop_remainder=True drops a small last one)"
            )
        return ops.batch_norm(
            x,
            self.moving_mean,
            self.moving_variance,
            self.gamma,
            self.beta,
            training,
            self.momentum,
            self.eps,
        )

    def _check_input(self, x: Tensor) -> None:
        check_float(self.cls_name, input=x)
        if x.ndim in self.ranks and x.shape[1] == self.num_features:
            return
        layout = self.layout.replace("C", str(self.num_features))
        raise ValueError(
            f"{self.cls_name}: got input {x.shape}, expected {layout}; the channels "
            "are on axis 1"
        )

    def extend_repr(self) -> str:
        """Settings and Parameters."""
        return (
            f"num_features={self.num_features}, eps={self.eps}, "
            f"momentum={self._decay}, gamma={self.gamma}, beta={self.beta}, "
            f"moving_mean={self.moving_mean}, moving_variance={self.moving_variance}"
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalization of vectors or sequences (mindspore.nn.BatchNorm1d).

    As BatchNorm2d, over N or over N and L.

    Args: as BatchNorm2d.

    Inputs: x (N, C) or (N, C, L), a float type.
    Outputs: the same shape and dtype.

    Raises: as BatchNorm2d.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.BatchNorm1d(2).set_train()(Tensor([[1.0, 2.0], [3.0, 2.0]])).shape
        (2, 2)
    """

    ranks = (2, 3)
    layout = "(N, C) or (N, C, L)"


class BatchNorm2d(_BatchNorm):
    r"""Batch normalization of images (mindspore.nn.BatchNorm2d).

    y = gamma (x - mean) / sqrt(var + eps) + beta, for each channel.

    In training mean and var are those of the batch, over its n = N H W values, var with
    divisor n; and moving = momentum moving + (1 - momentum) batch, where var has the
    divisor n - 1.  In evaluation they are the moving ones.

    Args:
        num_features: number of channels C, > 0.
        eps: added to the variance, >= 0.
        momentum: share of the old moving value, in [0, 1]; the attribute ``momentum``
            is 1 minus this, as in MindSpore.
        affine: whether gamma and beta are trained.
        gamma_init: initial gamma, a Tensor, number, name or Initializer.
        beta_init: initial beta.
        moving_mean_init: initial moving mean.
        moving_var_init: initial moving variance.
        use_batch_statistics: None decides by ``training``; True always takes and moves
            the batch's statistics, False never.
        data_format: "NCHW".
        dtype: type of the Parameters.

    Inputs: x (N, C, H, W), a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: an argument or the input has a wrong type.
        ValueError: an argument out of range, an input of another shape, or a batch
            with one value per channel in training.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.BatchNorm2d(3)(Tensor(np.ones((2, 3, 4, 4), np.float32))).shape
        (2, 3, 4, 4)

    Differs: one value per channel in training raises; MindSpore's moving variance
    becomes NaN.

    References: Ioffe and Szegedy, ICML 2015.
    """

    ranks = (4,)
    layout = "(N, C, H, W)"


class BatchNorm3d(Cell):
    """Batch normalization of volumes (mindspore.nn.BatchNorm3d).

    As BatchNorm2d, over N, D, H and W; the child ``bn2d`` holds the Parameters, as in
    MindSpore's checkpoints.

    Args: as BatchNorm2d, without data_format.

    Inputs: x (N, C, D, H, W), a float type.
    Outputs: the same shape and dtype.

    Raises: as BatchNorm2d.

    Example:
        >>> from cellnet import nn
        >>> nn.BatchNorm3d(2).bn2d.gamma.name
        'bn2d.gamma'
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.9,
        affine: bool = True,
        gamma_init: Any = "ones",
        beta_init: Any = "zeros",
        moving_mean_init: Any = "zeros",
        moving_var_init: Any = "ones",
        use_batch_statistics: bool | None = None,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        self.bn2d = BatchNorm2d(
            num_features,
            eps,
            momentum,
            affine,
            gamma_init,
            beta_init,
            moving_mean_init,
            moving_var_init,
            use_batch_statistics,
            dtype=dtype,
        )

    def construct(self, x: Tensor) -> Tensor:
        """Normalize with depth and height as one axis."""
        check_float("BatchNorm3d", input=x)
        channels = self.bn2d.num_features
        if x.ndim != 5 or x.shape[1] != channels:
            raise ValueError(
                f"BatchNorm3d: got input {x.shape}, expected (N, {channels}, D, H, W)"
            )
        n, c, d, h, w = x.shape
        return ops.reshape(self.bn2d(ops.reshape(x, (n, c, d * h, w))), x.shape)


class SyncBatchNorm(_BatchNorm):
    """Batch normalization over the batches of all devices (mindspore.nn.SyncBatchNorm).

    A compiled program sees the whole batch, on however many devices it lies, so this
    is BatchNorm1d and BatchNorm2d.

    Args:
        num_features, eps, momentum, affine, gamma_init, beta_init, moving_mean_init,
            moving_var_init, use_batch_statistics, dtype: as BatchNorm2d.
        process_groups: None, or a list of lists of ranks; kept, all devices take part.

    Inputs: x (N, C) or (N, C, H, W), a float type.
    Outputs: the same shape and dtype.

    Raises: as BatchNorm2d; TypeError for process_groups that is no list.

    References: Ioffe and Szegedy, ICML 2015.
    """

    ranks = (2, 4)
    layout = "(N, C) or (N, C, H, W)"

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.9,
        affine: bool = True,
        gamma_init: Any = "ones",
        beta_init: Any = "zeros",
        moving_mean_init: Any = "zeros",
        moving_var_init: Any = "ones",
        use_batch_statistics: bool | None = None,
        process_groups: list | None = None,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__(
            num_features,
            eps,
            momentum,
            affine,
            gamma_init,
            beta_init,
            moving_mean_init,
            moving_var_init,
            use_batch_statistics,
            dtype=dtype,
        )
        if not isinstance(process_groups, list | None):
            raise TypeError(
                "SyncBatchNorm: process_groups must be a list or None, got "
                f"{type(process_groups).__name__}"
            )
        self.process_groups = process_groups
