"""Negative log likelihoods of distributions, and the divergence of two."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_bool, check_choice, check_positive, check_type
from cellnet.nn._inputs import check_float, check_same_shape, check_tensors
from cellnet.nn.loss._base import LossBase, wide
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class KLDivLoss(LossBase):
    """y (log y - x) for log-probabilities x and probabilities y.

    (mindspore.nn.KLDivLoss)

    Args:
        reduction: "mean", "sum", "none", or "batchmean", the sum over the batch size.

    Inputs: logits x and labels y of one shape and float type.
    Outputs: shape (), or the inputs' shape for "none"; their dtype.

    Raises:
        TypeError: an input is no float Tensor.
        ValueError: another reduction, or different shapes.
    """

    def __init__(self, reduction: str = "mean") -> None:
        choices = ("mean", "sum", "none", "batchmean")
        check_choice("KLDivLoss", "reduction", reduction, choices)
        super().__init__("sum" if reduction == "batchmean" else reduction)
        self.reduction = reduction

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per element, reduced."""
        check_float("KLDivLoss", logits=logits, labels=labels)
        check_same_shape("KLDivLoss", logits=logits, labels=labels)
        return ops.kl_div(logits, labels, self.reduction)


class PoissonNLLLoss(LossBase):
    """exp(x) - y x, or x - y log(x + eps) (mindspore.nn.PoissonNLLLoss).

    Args:
        log_input: whether x is the logarithm of the rate.
        full: whether to add y log y - y + log(2 pi y) / 2 where y > 1.
        eps: a float > 0.
        reduction: "mean", "sum" or "none".

    Inputs: logits x and labels y, float types, shapes that broadcast.
    Outputs: shape (), or the broadcast shape for "none"; the dtype of the logits.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, or eps <= 0.
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        eps: float = 1e-8,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        self.log_input = check_bool("PoissonNLLLoss", "log_input", log_input)
        self.full = check_bool("PoissonNLLLoss", "full", full)
        self.eps = check_positive("PoissonNLLLoss", "eps", eps)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per element, reduced."""
        check_tensors("PoissonNLLLoss", logits=logits, labels=labels)
        return self.get_loss(
            _poisson(logits, labels, self.log_input, self.full, self.eps)
        )


class GaussianNLLLoss(LossBase):
    """(log v + (x - y)^2 / v) / 2 with v = max(var, eps).

    (mindspore.nn.GaussianNLLLoss)

    Args:
        full: whether to add log(2 pi) / 2.
        eps: least variance, a float > 0.
        reduction: "mean", "sum" or "none".

    Inputs: logits x, labels y and the variances var, float types; var broadcasts to x,
        or lacks its last axis.
    Outputs: shape (), or that of x for "none"; the dtype of x.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, or eps out of range.

    References: Nix and Weigend, IEEE ICNN 1994.
    """

    def __init__(
        self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.full = check_bool("GaussianNLLLoss", "full", full)
        check_type("GaussianNLLLoss", "eps", eps, float)
        self.eps = check_positive("GaussianNLLLoss", "eps", eps)

    def construct(self, logits: Tensor, labels: Tensor, var: Tensor) -> Tensor:
        """One loss per element, reduced."""
        check_float("GaussianNLLLoss", logits=logits, labels=labels, var=var)
        if var.ndim == logits.ndim - 1:
            var = ops.expand_dims(var, -1)
        return self.get_loss(_gaussian(logits, labels, var, self.full, self.eps))


@op
def _poisson(x: Any, y: Any, log_input: bool, full: bool, eps: float) -> Any:
    z, y = wide(x), wide(y)
    loss = jnp.exp(z) - y * z if log_input else z - y * jnp.log(z + eps)
    if full:
        many = jnp.where(y > 1, y, 1.0)
        stirling = many * jnp.log(many) - many + 0.5 * jnp.log(2 * math.pi * many)
        loss = loss + jnp.where(y > 1, stirling, 0.0)
    return loss.astype(x.dtype)


@op
def _gaussian(x: Any, y: Any, var: Any, full: bool, eps: float) -> Any:
    v = jnp.maximum(wide(var), eps)
    loss = 0.5 * (jnp.log(v) + jnp.square(wide(x) - wide(y)) / v)
    return (loss + (0.5 * math.log(2 * math.pi) if full else 0.0)).astype(x.dtype)
