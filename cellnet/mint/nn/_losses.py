"""Losses with torch's arguments; all but ``reduction="none"`` give one number."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_choice
from cellnet.ops._arrays import array
from cellnet.ops._op import op

cross_entropy = ops.cross_entropy
l1_loss = ops.l1_loss
mse_loss = ops.mse_loss


def _reduced(owner: str, values: Any, reduction: str) -> Any:
    check_choice(owner, "reduction", reduction, ("none", "mean", "sum"))
    if reduction == "mean":
        return jnp.mean(values)
    return jnp.sum(values) if reduction == "sum" else values


@op
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """-log_p[class] of log-probabilities (mindspore.mint.nn.functional.nll_loss)."""
    return ops.nll_loss.on_arrays(input, target, weight, ignore_index, reduction)


@op
def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> Any:
    """-(y log p + (1 - y) log(1 - p)) of probabilities p (mindspore.mint)."""
    p, y = array("binary_cross_entropy", input), array("binary_cross_entropy", target)
    if p.shape != y.shape:
        raise ValueError(
            f"binary_cross_entropy: shapes must be equal, got {p.shape} and {y.shape}"
        )
    # a probability of 0 costs 100 and not infinitely much, as in torch
    yes, no = jnp.maximum(jnp.log(p), -100), jnp.maximum(jnp.log1p(-p), -100)
    loss = -(y * yes + (1 - y) * no)
    loss = loss if weight is None else loss * weight
    return _reduced("binary_cross_entropy", loss, reduction)


@op
def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """Binary cross entropy of sigmoid(input) (mindspore.mint.nn.functional)."""
    return ops.binary_cross_entropy_with_logits.on_arrays(
        input, target, weight, pos_weight, reduction
    )


@op
def smooth_l1_loss(
    input: Any, target: Any, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """d ** 2 / (2 beta) for differences d below beta, else \\|d\\| - beta / 2."""
    d = jnp.abs(array("smooth_l1_loss", input) - array("smooth_l1_loss", target))
    if beta == 0:
        return _reduced("smooth_l1_loss", d, reduction)
    loss = jnp.where(d < beta, jnp.square(d) / (2 * beta), d - beta / 2)
    return _reduced("smooth_l1_loss", loss, reduction)


@op
def kl_div(
    input: Any, target: Any, reduction: str = "mean", log_target: bool = False
) -> Any:
    """target * (log target - input), of log-probabilities (mindspore.mint).

    ``log_target`` says that the target holds logarithms; "batchmean" divides the sum
    by the length of the first dimension.
    """
    x, y = array("kl_div", input), array("kl_div", target)
    if log_target:
        loss = jnp.exp(y) * (y - x)
    else:
        loss = jnp.where(y > 0, y * (jnp.log(jnp.where(y > 0, y, 1)) - x), 0)
    if reduction == "batchmean":
        return jnp.sum(loss) / x.shape[0]
    return _reduced("kl_div", loss, reduction)


@op
def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """log(1 + e ** (-y x)) of targets 1 and -1 (mindspore.mint.nn.functional)."""
    x, y = array("soft_margin_loss", input), array("soft_margin_loss", target)
    return _reduced("soft_margin_loss", jnp.log1p(jnp.exp(-y * x)), reduction)


@op
def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    """1 - cos for targets 1, max(0, cos - margin) for -1 (mindspore.mint)."""
    x, y = (
        array("cosine_embedding_loss", input1),
        array("cosine_embedding_loss", input2),
    )
    tiny = 1e-12 if x.dtype.itemsize > 2 else 1e-4
    squares = (jnp.sum(x * x, -1) + tiny) * (jnp.sum(y * y, -1) + tiny)
    cosine = jnp.sum(x * y, -1) / jnp.sqrt(squares)
    loss = jnp.where(target == 1, 1 - cosine, jnp.maximum(cosine - margin, 0))
    return _reduced("cosine_embedding_loss", loss, reduction)
