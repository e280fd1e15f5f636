"""Losses as functions.

Reductions are ``"mean"``, ``"sum"`` and ``"none"`` throughout.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_choice
from cellnet.ops._arrays import array, array_only
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive

_REDUCTIONS = ("mean", "sum", "none")


def _reduced(owner: str, values: Any, reduction: str) -> Any:
    check_choice(owner, "reduction", reduction, _REDUCTIONS)
    if reduction == "mean":
        return jnp.mean(values)
    return jnp.sum(values) if reduction == "sum" else values


def _same_shape(owner: str, x: Any, y: Any) -> None:
    if x.shape != y.shape:
        raise ValueError(f"{owner}: shapes must be equal, got {x.shape} and {y.shape}")


def _class_indices(owner: str, labels: Any, logits: Any) -> Any:
    labels = array(owner, labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{owner}: labels must be ints, got {labels.dtype}")
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            f"{owner}: logits {logits.shape} need labels {logits.shape[:-1]}, got "
            f"{labels.shape}"
        )
    return labels


@op
def softmax_cross_entropy_with_logits(logits: Any, labels: Any) -> Any:
    """-sum(labels * log_softmax(logits)) for each row (mindspore.ops).

    Args:
        logits: float Tensor (N, C).
        labels: Tensor (N, C) of probabilities, of logits' dtype.

    Returns:
        (loss (N,), gradient of its sum with respect to the logits (N, C)).

    Raises:
        TypeError: different dtypes.
        ValueError: different shapes.
    """
    owner = "SoftmaxCrossEntropyWithLogits"
    logits, labels = array(owner, logits), array(owner, labels)
    _same_shape(owner, logits, labels)
    if logits.dtype != labels.dtype:
        raise TypeError(
            f"{owner}: dtypes must be equal, got {logits.dtype} and {labels.dtype}"
        )
    log_p = jax.nn.log_softmax(logits, -1)
    return -jnp.sum(labels * log_p, -1), jnp.exp(log_p) - labels


@op
def sparse_softmax_cross_entropy_with_logits(
    logits: Any, labels: Any, is_grad: bool = False
) -> Any:
    """Mean of -log_softmax(logits)[label] (mindspore.ops).

    Args:
        logits: float Tensor (N, C).
        labels: Int Tensor (N,) of classes in [0, C).
        is_grad: True gives the gradient with respect to the logits instead.

    Returns:
        Tensor with 0 axes, or (N, C) with ``is_grad``.

    Raises:
        TypeError: labels that are no ints.
        ValueError: shapes that do not fit.
    """
    owner = "SparseSoftmaxCrossEntropyWithLogits"
    logits = array(owner, logits)
    labels = _class_indices(owner, labels, logits)
    log_p = jax.nn.log_softmax(logits, -1)
    if is_grad:
        hot = jax.nn.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
        return (jnp.exp(log_p) - hot) / labels.size
    return -jnp.mean(jnp.take_along_axis(log_p, labels[..., None], -1))


@op
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Cross entropy of logits and classes or probabilities (mindspore.ops).

    Args:
        input: float Tensor (N, C, ...) or (C,) of logits.
        target: Int Tensor (N, ...) of classes in [0, C), or a float Tensor like input.
        weight: Tensor (C,) that weighs classes; the mean is then weighed too.
        ignore_index: class that does not count.
        reduction: "mean", "sum" or "none".
        label_smoothing: share, in [0, 1], spread over all classes.
    """
    logits = array_only("cross_entropy", input)
    target = array_only("cross_entropy", target)
    if logits.ndim == 0:
        raise ValueError("cross_entropy: logits must have an axis of classes, got ()")
    axis = 0 if logits.ndim == 1 else 1
    log_p = jax.nn.log_softmax(logits, axis)
    if target.dtype.kind in "iu":
        return nll_loss.on_arrays(
            log_p, target, weight, ignore_index, reduction, label_smoothing
        )
    _same_shape("cross_entropy", logits, target)
    target = target * (1 - label_smoothing) + label_smoothing / logits.shape[axis]
    scale = _per_class(weight, logits, axis)
    values = -jnp.sum(scale * target * log_p, axis)
    if reduction == "mean":
        return jnp.sum(values) / max(values.size, 1)
    return _reduced("cross_entropy", values, reduction)


def _per_class(weight: Any, x: Any, axis: int) -> Any:
    if weight is None:
        return jnp.ones((), x.dtype)
    return jnp.expand_dims(weight, tuple(range(1, x.ndim - axis)))


@op
def nll_loss(
    inputs: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-log_p[class] of log-probabilities, as cross_entropy (mindspore.ops.nll_loss)."""
    check_choice("nll_loss", "reduction", reduction, _REDUCTIONS)
    log_p, target = array("nll_loss", inputs), array("nll_loss", target)
    axis = 0 if log_p.ndim == 1 else 1
    counts = target != ignore_index
    index = jnp.expand_dims(jnp.where(counts, target, 0), axis)
    scale = _per_class(weight, log_p, axis)
    each = jnp.broadcast_to(scale, log_p.shape)
    weights = jnp.take_along_axis(each, index, axis).squeeze(axis) * counts
    picked = jnp.take_along_axis(log_p, index, axis).squeeze(axis)
    values = -picked * weights
    if label_smoothing:
        smooth = -jnp.sum(scale * log_p, axis) * counts
        share = label_smoothing / log_p.shape[axis]
        values = (1 - label_smoothing) * values + share * smooth
    if reduction == "mean":
        return jnp.sum(values) / jnp.sum(weights)
    return _reduced("nll_loss", values, reduction)


@op
def _nll_with_total(
    logits: Any, labels: Any, weight: Any, reduction: str, ignore_index: int
) -> Any:
    """(loss, total weight) of log-probabilities and classes (mindspore.ops.NLLLoss)."""
    loss = nll_loss.on_arrays(logits, labels, weight, ignore_index, reduction)
    counts = labels != ignore_index
    total = jnp.sum(jnp.where(counts, weight[jnp.where(counts, labels, 0)], 0))
    return loss, total


@op
def binary_cross_entropy(
    logits: Any, labels: Any, weight: Any = None, reduction: str = "mean"
) -> Any:
    """-(y log p + (1 - y) log(1 - p)) of probabilities p (mindspore.ops).

    Args:
        logits: float Tensor of probabilities in [0, 1].
        labels: Tensor of the same shape and dtype.
        weight: Tensor that weighs each element.
        reduction: "mean", "sum" or "none".
    """
    p, y = array("binary_cross_entropy", logits), array("binary_cross_entropy", labels)
    _same_shape("binary_cross_entropy", p, y)
    # MindSpore keeps the logarithms finite by adding this
    tiny = jnp.asarray(1e-12, p.dtype)
    values = -(y * jnp.log(p + tiny) + (1 - y) * jnp.log(1 - p + tiny))
    values = values if weight is None else values * weight
    return _reduced("binary_cross_entropy", values, reduction)


@op
def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    pos_weight: Any = None,
    reduction: str = "mean",
) -> Any:
    """Binary cross entropy of sigmoid(input) (mindspore.ops)."""
    x = array("binary_cross_entropy_with_logits", input)
    y = array("binary_cross_entropy_with_logits", target)
    positive = y if pos_weight is None else y * pos_weight
    values = -(positive * jax.nn.log_sigmoid(x) + (1 - y) * jax.nn.log_sigmoid(-x))
    values = values if weight is None else values * weight
    return _reduced("binary_cross_entropy_with_logits", values, reduction)


@op
def _sigmoid_cross_entropy(logits: Any, label: Any) -> Any:
    """Binary cross entropy of sigmoid(logits), each element (mindspore.ops)."""
    return binary_cross_entropy_with_logits.on_arrays(logits, label, reduction="none")


@op
def _bce_with_logits(
    logits: Any, label: Any, weight: Any, pos_weight: Any, reduction: str
) -> Any:
    """Binary cross entropy of sigmoid(logits) (mindspore.ops.BCEWithLogitsLoss)."""
    return binary_cross_entropy_with_logits.on_arrays(
        logits, label, weight, pos_weight, reduction
    )


@op
def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """(x - y) ** 2 (mindspore.ops.mse_loss)."""
    x, y = array("mse_loss", input), array("mse_loss", target)
    return _reduced("mse_loss", jnp.square(x - y), reduction)


@op
def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """\\|x - y\\| (mindspore.ops.l1_loss)."""
    x, y = array("l1_loss", input), array("l1_loss", target)
    return _reduced("l1_loss", jnp.abs(x - y), reduction)


@op
def smooth_l1_loss(
    input: Any, target: Any, beta: float = 1.0, reduction: str = "none"
) -> Any:
    """d ** 2 / (2 beta) below beta, d - beta / 2 above, d = \\|x - y\\|.

    (mindspore.ops.smooth_l1_loss)

    Raises:
        ValueError: beta <= 0, or different shapes.
    """
    if beta <= 0:
        raise ValueError(f"smooth_l1_loss: beta must be > 0, got {beta}")
    x, y = array("smooth_l1_loss", input), array("smooth_l1_loss", target)
    _same_shape("smooth_l1_loss", x, y)
    d = jnp.abs(x - y)
    values = jnp.where(d < beta, d * d / (2 * beta), d - beta / 2)
    return _reduced("smooth_l1_loss", values, reduction)


@op
def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0
) -> Any:
    """d ** 2 / 2 below delta, delta (d - delta / 2) above (mindspore.ops)."""
    d = jnp.abs(array("huber_loss", input) - array("huber_loss", target))
    values = jnp.where(d < delta, d * d / 2, delta * (d - delta / 2))
    return _reduced("huber_loss", values, reduction)


@op
def kl_div(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    """labels * (log(labels) - logits), 0 where labels are 0 (mindspore.ops.kl_div).

    ``reduction`` may also be "batchmean", the sum divided by the first length.
    """
    x, y = array("kl_div", logits), array("kl_div", labels)
    values = jax.scipy.special.xlogy(y, y) - y * x
    if reduction == "batchmean":
        return jnp.sum(values) / values.shape[0]
    return _reduced("kl_div", values, reduction)


@op
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-08) -> Any:
    """x1 . x2 / max(\\|x1\\| \\|x2\\|, eps) along an axis (mindspore.ops)."""
    x, y = array("cosine_similarity", x1), array("cosine_similarity", x2)
    norms = jnp.linalg.norm(x, axis=dim) * jnp.linalg.norm(y, axis=dim)
    return jnp.sum(x * y, dim) / jnp.maximum(norms, eps)


SoftmaxCrossEntropyWithLogits = primitive(
    "SoftmaxCrossEntropyWithLogits", softmax_cross_entropy_with_logits
)
SparseSoftmaxCrossEntropyWithLogits = primitive(
    "SparseSoftmaxCrossEntropyWithLogits",
    sparse_softmax_cross_entropy_with_logits,
    is_grad=False,
)
NLLLoss = primitive("NLLLoss", _nll_with_total, reduction="mean", ignore_index=-100)
BinaryCrossEntropy = primitive(
    "BinaryCrossEntropy", binary_cross_entropy, reduction="mean"
)
SigmoidCrossEntropyWithLogits = primitive(
    "SigmoidCrossEntropyWithLogits", _sigmoid_cross_entropy
)
BCEWithLogitsLoss = primitive("BCEWithLogitsLoss", _bce_with_logits, reduction="mean")
SmoothL1Loss = primitive("SmoothL1Loss", smooth_l1_loss, beta=1.0, reduction="none")
KLDivLoss = primitive("KLDivLoss", kl_div, reduction="mean")
