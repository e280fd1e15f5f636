"""Losses of yes-or-no targets: BCELoss and BCEWithLogitsLoss."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.nn._inputs import check_float, check_same_shape, is_traced
from cellnet.nn.loss._base import LossBase, check_optional_tensor, wide
from cellnet.ops._op import op
from cellnet.tensor import Tensor

_SMALLEST = 1e-12  # probabilities below it count as this much, as in MindSpore


class BCELoss(LossBase):
    r"""-w (y log p + (1 - y) log(1 - p)) for probabilities p (mindspore.nn.BCELoss).

    Logarithms are taken of at least 1e-12.

    Args:
        weight: w, a float Tensor that broadcasts to the inputs, or None for ones.
        reduction: "mean", "sum" or "none".

    Inputs: logits, the probabilities p in [0, 1], and labels y, of one shape and one
        float type.
    Outputs: shape (), or the inputs' shape for "none"; their dtype.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, different shapes, or p outside [0, 1].  Inside
            a compiled program the loss of such an element is NaN instead.

    Example:
        >>> from cellnet import Tensor, nn
        >>> round(float(nn.BCELoss()(Tensor([0.5, 0.5]), Tensor([0.0, 1.0]))), 5)
        0.69315
    """

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.weight = check_optional_tensor("BCELoss", "weight", weight)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per element, reduced."""
        _check_pair("BCELoss", logits, labels, self.weight)
        if not is_traced(logits):
            p = logits.asnumpy()
            if not ((p >= 0) & (p <= 1) | np.isnan(p)).all():
                raise ValueError(
                    f"BCELoss: logits must be probabilities in [0, 1], got values from "
                    f"{p.min()} to {p.max()}; use BCEWithLogitsLoss for raw scores"
                )
        return self.get_loss(_cross_entropy(logits, labels, self.weight))


class BCEWithLogitsLoss(LossBase):
    r"""-w (v y log s(x) + (1 - y) log s(-x)), s the sigmoid.

    (mindspore.nn.BCEWithLogitsLoss)

    Args:
        reduction: "mean", "sum" or "none".
        weight: w, a float Tensor that broadcasts to the inputs, or None for ones.
        pos_weight: v, a float Tensor that broadcasts to the inputs, or None for ones.

    Inputs: logits, the scores x, and labels y, of one shape and one float type.
    Outputs: shape (), or the inputs' shape for "none"; their dtype.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, or shapes that do not fit.

    Example:
        >>> from cellnet import Tensor, nn
        >>> loss = nn.BCEWithLogitsLoss()
        >>> round(float(loss(Tensor([0.0, 0.0]), Tensor([0.0, 1.0]))), 5)
        0.69315
    """

    def __init__(
        self,
        reduction: str = "mean",
        weight: Tensor | None = None,
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(reduction)
        owner = "BCEWithLogitsLoss"
        self.weight = check_optional_tensor(owner, "weight", weight)
        self.pos_weight = check_optional_tensor(owner, "pos_weight", pos_weight)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per element, reduced."""
        _check_pair("BCEWithLogitsLoss", logits, labels, self.weight, self.pos_weight)
        loss = _sigmoid_cross_entropy(logits, labels, self.weight, self.pos_weight)
        return self.get_loss(loss)


def _check_pair(
    owner: str, logits: Tensor, labels: Tensor, *weights: Tensor | None
) -> None:
    check_float(owner, logits=logits, labels=labels)
    check_same_shape(owner, logits=logits, labels=labels)
    if labels.dtype is not logits.dtype:
        raise TypeError(
            f"{owner}: labels are {labels.dtype} but logits {logits.dtype}; cast them"
        )
    for weight in weights:
        if weight is not None and not _broadcasts(weight.shape, logits.shape):
            raise ValueError(
                f"{owner}: a weight of shape {weight.shape} does not broadcast to "
                f"{logits.shape}"
            )


def _broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


@jax.custom_jvp
def _log(p: Any) -> Any:
    """log(max(p, 1e-12)), with a gradient that does not die below the bound."""
    return jnp.log(jnp.maximum(p, _SMALLEST))


@_log.defjvp
def _log_jvp(primals: Any, tangents: Any) -> Any:
    (p,), (t,) = primals, tangents
    return _log(p), t / jnp.maximum(p, _SMALLEST)


@op
def _cross_entropy(p: Any, labels: Any, weight: Any) -> Any:
    q, y = wide(p), wide(labels)
    loss = -(y * _log(q) + (1.0 - y) * _log(1.0 - q))
    # a product, so that the gradient is NaN as well
    loss = loss * jnp.where((q >= 0) & (q <= 1), 1.0, jnp.nan).astype(q.dtype)
    return _weighted(loss, weight).astype(p.dtype)


@op
def _sigmoid_cross_entropy(x: Any, labels: Any, weight: Any, pos_weight: Any) -> Any:
    z, y = wide(x), wide(labels)
    positive = _weighted(y * jax.nn.log_sigmoid(z), pos_weight)
    loss = -(positive + (1.0 - y) * jax.nn.log_sigmoid(-z))
    return _weighted(loss, weight).astype(x.dtype)


def _weighted(loss: Any, weight: Any) -> Any:
    return loss if weight is None else loss * weight.astype(loss.dtype)
