"""Activation functions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_axes, check_choice, check_int_tuple
from cellnet.dtype import to_numpy
from cellnet.ops._arrays import (
    array,
    floating,
    floats_only,
    plain,
    spelled,
    unary,
)
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive


def _relu(x: Any) -> Any:
    return x if x.dtype == jnp.bool_ else jax.nn.relu(x)


relu = unary("relu", _relu, "max(x, 0)")
relu6 = unary("relu6", jax.nn.relu6, "min(max(x, 0), 6)")
silu = unary("silu", jax.nn.silu, "x * sigmoid(x)", inexact=True)
mish = unary("mish", jax.nn.mish, "x * tanh(softplus(x))", inexact=True)
selu = unary("selu", jax.nn.selu, "Scaled exponential linear unit", inexact=True)
hardsigmoid = unary(
    "hardsigmoid", jax.nn.hard_sigmoid, "min(max(x + 3, 0), 6) / 6", inexact=True
)
hardswish = unary(
    "hardswish", jax.nn.hard_swish, "x * min(max(x + 3, 0), 6) / 6", inexact=True
)
softsign = unary("softsign", jax.nn.soft_sign, "x / (1 + \\|x\\|)", inexact=True)
logsigmoid = unary("logsigmoid", jax.nn.log_sigmoid, "log(sigmoid(x))", inexact=True)


@op
def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(-x)) (mindspore.ops.sigmoid).

    Raises:
        TypeError: no float Tensor.
    """
    return jax.nn.sigmoid(floats_only("sigmoid", input))


def _softmax_axes(owner: str, x: Any, axis: Any) -> Any:
    return check_axes(owner, plain(axis), x.ndim)


@spelled(dim="axis")
@op
def softmax(input: Any, axis: Any = -1, *, dtype: Any = None) -> Any:
    """exp(x) / sum(exp(x)) along an axis or axes (mindspore.ops.softmax).

    Args:
        input: float Tensor.
        axis: int or tuple of ints in [-ndim, ndim).
        dtype: cast to it first.

    Raises:
        TypeError: no floats.
        ValueError: an axis out of range.
    """
    x = array("softmax", input)
    x = floats_only("softmax", x if dtype is None else x.astype(to_numpy(dtype)))
    return jax.nn.softmax(x, _softmax_axes("softmax", x, axis))


@spelled(dim="axis")
@op
def log_softmax(logits: Any, axis: int = -1) -> Any:
    """x - log(sum(exp(x))) along an axis (mindspore.ops.log_softmax)."""
    x = floats_only("log_softmax", logits)
    return jax.nn.log_softmax(x, _softmax_axes("log_softmax", x, axis))


@op
def gelu(input: Any, approximate: str = "none") -> Any:
    """x * Phi(x), Phi the normal distribution function (mindspore.ops.gelu).

    Args:
        input: float Tensor.
        approximate: "none", or "tanh" for the formula with tanh.

    Raises:
        TypeError: no float Tensor.
        ValueError: another ``approximate``.

    References: Hendrycks and Gimpel, arXiv 1606.08415.
    """
    check_choice("gelu", "approximate", approximate, ("none", "tanh"))
    x = floats_only("gelu", input)
    return jax.nn.gelu(x, approximate=approximate == "tanh")


@op
def _gelu_tanh(x: Any) -> Any:
    """x * Phi(x) by the formula with tanh (mindspore.ops.GeLU)."""
    return gelu.on_arrays(x, "tanh")


@op
def elu(input_x: Any, alpha: float = 1.0) -> Any:
    """x, or alpha * (exp(x) - 1) below 0 (mindspore.ops.elu)."""
    return jax.nn.elu(floating(array("elu", input_x)), alpha)


@op
def leaky_relu(input: Any, alpha: float = 0.2) -> Any:
    """x, or alpha * x below 0 (mindspore.ops.leaky_relu)."""
    return jax.nn.leaky_relu(floating(array("leaky_relu", input)), alpha)


@op
def prelu(input: Any, weight: Any) -> Any:
    """x, or weight * x below 0, a weight for all or each channel (mindspore.ops.prelu).

    Args:
        input: Tensor (N, C, ...).
        weight: Tensor (1,) or (C,).
    """
    x, weight = array("prelu", input), array("prelu", weight)
    if weight.size > 1:
        weight = weight.reshape(-1, *(1,) * (x.ndim - 2))
    return jnp.where(x > 0, x, weight * x)


@op
def softplus(input: Any, beta: float = 1, threshold: float = 20) -> Any:
    """log(1 + exp(beta * x)) / beta; x above the threshold (mindspore.ops)."""
    x = floating(array("softplus", input))
    scaled = x * beta
    return jnp.where(scaled > threshold, x, jax.nn.softplus(scaled) / beta)


@op
def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """x cut to [min_val, max_val] (mindspore.ops.hardtanh)."""
    return jnp.clip(array("hardtanh", input), min_val, max_val)


@op
def threshold(input: Any, thr: float, value: float) -> Any:
    """x above ``thr``, else ``value`` (mindspore.ops.threshold)."""
    x = array("threshold", input)
    return jnp.where(x > thr, x, jnp.asarray(value, x.dtype))


def _check_softmax(axis: Any) -> None:
    check_int_tuple("Softmax", "axis", axis)


ReLU = primitive("ReLU", relu)
ReLU6 = primitive("ReLU6", relu6)
Sigmoid = primitive("Sigmoid", sigmoid)
SiLU = primitive("SiLU", silu)
Mish = primitive("Mish", mish)
SeLU = primitive("SeLU", selu)
HSigmoid = primitive("HSigmoid", hardsigmoid)
HSwish = primitive("HSwish", hardswish)
Softsign = primitive("Softsign", softsign)
Softmax = primitive("Softmax", softmax, check=_check_softmax, axis=-1)
LogSoftmax = primitive("LogSoftmax", log_softmax, axis=-1)
GeLU = primitive("GeLU", _gelu_tanh)
Gelu = primitive("Gelu", _gelu_tanh)
Elu = primitive("Elu", elu, alpha=1.0)
PReLU = primitive("PReLU", prelu)
Softplus = primitive("Softplus", softplus)
