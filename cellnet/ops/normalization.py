"""Normalisation over batches, layers and groups of channels."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_int, check_int_tuple
from cellnet.ops._arrays import array
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive
from cellnet.ops.state import assign
from cellnet.tensor import Tensor


def batch_norm(
    input_x: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias, each channel (mindspore.ops).

    Args:
        input_x: float Tensor (N, C, ...).
        running_mean, running_var: Tensors (C,); training takes the batch's own instead
            and moves them: running = (1 - momentum) * running + momentum * batch, the
            variance being the unbiased one.
        weight, bias: Tensors (C,).
        training: whether to use the batch's mean and variance.
        momentum: in [0, 1].
        eps: number added to the variance.

    Returns:
        Tensor of the input's shape and dtype.

    References: Ioffe and Szegedy, ICML 2015.
    """
    y, mean, variance = _normalised(
        input_x, running_mean, running_var, weight, bias, training, eps
    )
    if training:
        _move(running_mean, mean, momentum)
        _move(running_var, variance, momentum)
    return y


def _move(running: Tensor, batch: Tensor, momentum: float) -> None:
    old = running._value
    new = (1 - momentum) * old + momentum * batch._value.astype(old.dtype)
    assign(running, Tensor._wrap(new))


@op
def _normalised(
    x: Any, mean: Any, variance: Any, weight: Any, bias: Any, training: bool, eps: float
) -> Any:
    """(y, mean of the batch, its unbiased variance)."""
    shapes = {part.shape for part in (mean, variance, weight, bias)}
    if x.ndim < 2 or shapes != {(x.shape[1],)}:
        raise ValueError(
            f"batch_norm: input {x.shape} with mean {mean.shape}, variance "
            f"{variance.shape}, weight {weight.shape} and bias {bias.shape}: expected "
            "(N, C, ...) and (C,)"
        )
    wide = x.astype(jnp.promote_types(x.dtype, np.float32))
    axes = (0, *range(2, x.ndim))
    if training:
        mean = jnp.mean(wide, axes)
        variance = jnp.var(wide, axes)
    form = (1, -1) + (1,) * (x.ndim - 2)
    scale = weight * jax.lax.rsqrt(variance + eps)
    y = (wide - mean.reshape(form)) * scale.reshape(form) + bias.reshape(form)
    count = x.size // x.shape[1]
    # a batch of one element has no unbiased variance: nan, as in MindSpore
    unbiased = variance * (count / (count - 1) if count > 1 else math.nan)
    return y.astype(x.dtype), mean, unbiased if training else variance


def _batch_norm_primitive(
    x: Tensor,
    scale: Tensor,
    bias: Tensor,
    mean: Tensor,
    variance: Tensor,
    is_training: bool,
    epsilon: float,
    momentum: float,
    data_format: str,
) -> tuple[Tensor, ...]:
    """(y, mean, variance, mean, variance), as batch_norm (mindspore.ops.BatchNorm)."""
    del data_format
    y, m, v = _normalised(x, mean, variance, scale, bias, is_training, epsilon)
    if is_training:
        _move(mean, m, momentum)
        _move(variance, v, momentum)
    return y, m, v, m, v


@op
def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Any:
    """Normalised over the last axes, then * weight + bias (mindspore.ops.layer_norm).

    Args:
        input: float Tensor (..., *normalized_shape).
        normalized_shape: int or tuple of ints, the last lengths.
        weight, bias: Tensors of that shape, or None.
        eps: number added to the variance.

    References: Ba, Kiros, Hinton, arXiv 1607.06450.
    """
    x = array("layer_norm", input)
    shape = check_int_tuple("layer_norm", "normalized_shape", normalized_shape)
    if x.shape[x.ndim - len(shape) :] != shape:
        raise ValueError(f"layer_norm: input {x.shape} does not end in {shape}")
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != shape:
            raise ValueError(
                f"layer_norm: {name} {given.shape} must be of normalized_shape {shape}"
            )
    y, _, _ = _standardised(x, x.ndim - len(shape), eps)
    return _scaled(y, weight, bias, x.dtype)


def _standardised(x: Any, first: int, eps: float) -> tuple[Any, Any, Any]:
    axes = tuple(range(first, x.ndim))
    wide = x.astype(jnp.promote_types(x.dtype, np.float32))
    mean = jnp.mean(wide, axes, keepdims=True)
    variance = jnp.var(wide, axes, keepdims=True)
    y = (wide - mean) * jax.lax.rsqrt(variance + eps)
    return y, mean, variance


def _scaled(y: Any, weight: Any, bias: Any, dtype: Any) -> Any:
    """y * weight + bias, computed in Float32 at least, in the input's dtype."""
    y = y if weight is None else y * weight
    return (y if bias is None else y + bias).astype(dtype)


@op
def _layer_norm_primitive(
    x: Any,
    gamma: Any,
    beta: Any,
    begin_norm_axis: int,
    begin_params_axis: int,
    epsilon: float,
) -> Any:
    """(y, mean, variance), normalised from an axis on (mindspore.ops.LayerNorm)."""
    del begin_params_axis
    y, mean, variance = _standardised(x, begin_norm_axis % x.ndim, epsilon)
    return _scaled(y, gamma, beta, x.dtype), mean, variance


@op
def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Normalised over each group of channels (mindspore.ops.group_norm).

    References: Wu and He, ECCV 2018.
    """
    x = array("group_norm", input)
    check_int("group_norm", "num_groups", num_groups, minimum=1)
    if x.ndim < 2 or x.shape[1] % num_groups:
        raise ValueError(
            f"group_norm: {num_groups} groups do not divide axis 1 of {x.shape}"
        )
    grouped = x.reshape(x.shape[0], num_groups, -1)
    y = _standardised(grouped, 2, eps)[0].reshape(x.shape)
    form = (1, -1) + (1,) * (x.ndim - 2)
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != (x.shape[1],):
            raise ValueError(
                f"group_norm: {name} {given.shape} must be ({x.shape[1]},), the "
                f"channels of {x.shape}"
            )
    weight = None if weight is None else weight.reshape(form)
    bias = None if bias is None else bias.reshape(form)
    return _scaled(y, weight, bias, x.dtype)


@op
def rms_norm(x: Any, gamma: Any, epsilon: float = 1e-6) -> tuple[Any, Any]:
    """x / sqrt(mean(x ** 2) + epsilon) * gamma (mindspore.ops.rms_norm).

    Args:
        x: float Tensor (..., *gamma.shape).
        gamma: Tensor of x's dtype; the mean is taken over its axes.
        epsilon: in (0, 1].

    Returns:
        (y, rstd): y like x; rstd Float32, 1 / sqrt(mean(x ** 2) + epsilon), with
        length 1 in place of gamma's axes.

    Raises:
        TypeError: x is no float, or gamma of another dtype.
        ValueError: epsilon out of range; x does not end in gamma's shape.

    References: Zhang and Sennrich, NeurIPS 2019.
    """
    x, gamma = array("rms_norm", x), array("rms_norm", gamma)
    if not jnp.issubdtype(x.dtype, jnp.floating) or gamma.dtype != x.dtype:
        raise TypeError(
            f"rms_norm: x and gamma must have one float dtype, got {x.dtype} and "
            f"{gamma.dtype}"
        )
    if not 0 < epsilon <= 1:
        raise ValueError(f"rms_norm: epsilon must be in (0, 1], got {epsilon}")
    first = x.ndim - gamma.ndim
    if first < 0 or x.shape[first:] != gamma.shape:
        raise ValueError(f"rms_norm: x {x.shape} does not end in {gamma.shape}")
    wide = x.astype(jnp.promote_types(x.dtype, np.float32))
    axes = tuple(range(first, x.ndim))
    rstd = jax.lax.rsqrt(jnp.mean(wide * wide, axes, keepdims=True) + epsilon)
    return _scaled(wide * rstd, gamma, None, x.dtype), rstd.astype(np.float32)


BatchNorm = primitive(
    "BatchNorm",
    _batch_norm_primitive,
    is_training=False,
    epsilon=1e-5,
    momentum=0.1,
    data_format="NCHW",
)
LayerNorm = primitive(
    "LayerNorm",
    _layer_norm_primitive,
    begin_norm_axis=1,
    begin_params_axis=1,
    epsilon=1e-7,
)
