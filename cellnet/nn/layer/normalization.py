"""Normalization: BatchNorm over a batch, LayerNorm and GroupNorm over a sample.

Statistics of float16 and bfloat16 inputs are computed in float32.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet._checks import check_bool, check_choice, check_int, check_number
from cellnet.common.initializer import initializer
from cellnet.nn._inputs import check_float
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
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
        self._decay = check_number(owner, "momentum", momentum, minimum=0, maximum=1)
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
        own = self.use_batch_statistics
        if not (self.training if own is None else own):
            return _normalize(
                x, self.moving_mean, self.moving_variance, self.gamma, self.beta, self.eps
            )
        count = x.size // self.num_features
        if count == 1:
            raise ValueError(
                f"{self.cls_name}: got input {x.shape} in training, which has one value "
                "per channel and so no variance; take a larger batch (drop_remainder="
                "True drops a small last one)"
            )
        y, mean, variance = _normalize_batch(x, self.gamma, self.beta, self.eps)
        unbiased = count / max(count - 1, 1)
        self.moving_mean.set_data(_move(self.moving_mean, mean, self._decay, 1.0))
        self.moving_variance.set_data(
            _move(self.moving_variance, variance, self._decay, unbiased)
        )
        return y

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

    In training mean and var are those of the batch, over N, H and W, var with divisor n;
    and moving = momentum moving + (1 - momentum) batch, with var of divisor n - 1.
    In evaluation they are the moving ones.

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
        return _reshape(self.bn2d(_reshape(x, (n, c, d * h, w))), x.shape)


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
        self.begin_norm_axis = check_int("LayerNorm", "begin_norm_axis", begin_norm_axis)
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
        return _group_norm(x, self.gamma, self.beta, self.num_groups, self.eps)

    def extend_repr(self) -> str:
        """Groups and channels."""
        return f"num_groups={self.num_groups}, num_channels={self.num_channels}"


def _wide(x: Any) -> Any:
    """x in the type that statistics are computed in: float32, or float64 as it is."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def _per_channel(vector: Any, x: Any) -> Any:
    """(C,) shaped to broadcast over axis 1 of x."""
    return vector.astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 2))


def _scale(x: Any, mean: Any, variance: Any, gamma: Any, beta: Any, eps: float) -> Any:
    return (x - mean) * jax.lax.rsqrt(variance + eps) * gamma + beta


def _standardize(x: Any, axes: tuple[int, ...], eps: float) -> Any:
    mean = x.mean(axes, keepdims=True)
    variance = jnp.square(x - mean).mean(axes, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + eps)


@op
def _normalize(
    x: Any, mean: Any, variance: Any, gamma: Any, beta: Any, eps: float
) -> Any:
    wide = _wide(x)
    vectors = (_per_channel(v, wide) for v in (mean, variance, gamma, beta))
    return _scale(wide, *vectors, eps).astype(x.dtype)


@op
def _normalize_batch(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
    """The normalized x, and mean and variance (divisor n) of each channel."""
    wide = _wide(x)
    axes = (0, *range(2, x.ndim))
    mean = wide.mean(axes)
    variance = jnp.square(wide - _per_channel(mean, wide)).mean(axes)
    vectors = (_per_channel(v, wide) for v in (mean, variance, gamma, beta))
    return _scale(wide, *vectors, eps).astype(x.dtype), mean, variance


@op
def _move(moving: Any, batch: Any, decay: float, factor: float) -> Any:
    """The new moving value; no gradient flows into it."""
    batch = jax.lax.stop_gradient(batch) * factor
    return (decay * moving + (1.0 - decay) * batch).astype(moving.dtype)


@op
def _layer_norm(x: Any, gamma: Any, beta: Any, first: int, eps: float) -> Any:
    y = _standardize(_wide(x), tuple(range(first, x.ndim)), eps)
    return (y * gamma.astype(y.dtype) + beta.astype(y.dtype)).astype(x.dtype)


@op
def _group_norm(x: Any, gamma: Any, beta: Any, num_groups: int, eps: float) -> Any:
    groups = _wide(x).reshape(x.shape[0], num_groups, -1)  # (N, G, C/G * ...)
    y = _standardize(groups, (2,), eps).reshape(x.shape)
    return (y * _per_channel(gamma, y) + _per_channel(beta, y)).astype(x.dtype)


@op
def _reshape(x: Any, shape: tuple[int, ...]) -> Any:
    return x.reshape(shape)


