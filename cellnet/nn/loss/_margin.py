"""Losses with a margin: scores, or distances, should be so much apart."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_choice, check_number, check_type
from cellnet.nn._inputs import check_float, check_same_shape, check_tensors
from cellnet.nn.loss._base import LossBase, check_classes, check_optional_tensor, wide
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class SoftMarginLoss(LossBase):
    """log(1 + exp(-y x)) for labels y of 1 and -1 (mindspore.nn.SoftMarginLoss).

    Args:
        reduction: "mean", "sum" or "none".

    Inputs: logits x and labels y of one shape and one float type.
    Outputs: shape (), or the inputs' shape for "none"; their dtype.

    Raises:
        TypeError: an input is no float Tensor.
        ValueError: another reduction, or different shapes.

    Example:
        >>> from cellnet import Tensor, nn
        >>> round(float(nn.SoftMarginLoss()(Tensor([0.0]), Tensor([1.0]))), 5)
        0.69315
    """

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per element, reduced."""
        check_float("SoftMarginLoss", logits=logits, labels=labels)
        check_same_shape("SoftMarginLoss", logits=logits, labels=labels)
        return self.get_loss(_soft_margin(logits, labels))


class HingeEmbeddingLoss(LossBase):
    """x where y is 1, max(0, margin - x) where y is -1.

    (mindspore.nn.HingeEmbeddingLoss)

    Args:
        margin: a number.
        reduction: "mean", "sum" or "none".

    Inputs: logits x, a float type, and labels y of 1 and -1, shapes that broadcast.
    Outputs: shape (), or the broadcast shape for "none"; the dtype of the logits.

    Raises:
        TypeError: margin is no number, or an input no Tensor.
        ValueError: another reduction, or shapes that do not broadcast.
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = check_number("HingeEmbeddingLoss", "margin", margin)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per element, reduced."""
        check_float("HingeEmbeddingLoss", logits=logits)
        check_tensors("HingeEmbeddingLoss", labels=labels)
        return self.get_loss(_hinge(logits, labels, self.margin))


class MarginRankingLoss(LossBase):
    """max(0, -y (x1 - x2) + margin) (mindspore.nn.MarginRankingLoss).

    Args:
        margin: a number.
        reduction: "mean", "sum" or "none".

    Inputs: input1 x1, input2 x2, and target y of 1 (x1 is to be larger) and -1, of one
        shape and one float type.
    Outputs: shape (), or the inputs' shape for "none"; their dtype.

    Raises:
        TypeError: margin is no float, or an input no float Tensor.
        ValueError: another reduction, or different shapes.
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = check_type("MarginRankingLoss", "margin", margin, float)

    def construct(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """One loss per pair, reduced."""
        check_float("MarginRankingLoss", input1=input1, input2=input2)
        check_tensors("MarginRankingLoss", target=target)
        check_same_shape("MarginRankingLoss", input1=input1, input2=input2)
        check_same_shape("MarginRankingLoss", input1=input1, target=target)
        return self.get_loss(_ranking(input1, input2, target, self.margin))


class CosineEmbeddingLoss(LossBase):
    """1 - cos(x1, x2) where y is 1, max(0, cos - margin) where it is -1.

    (mindspore.nn.CosineEmbeddingLoss)

    Args:
        margin: a float in [-1, 1].
        reduction: "mean", "sum" or "none".

    Inputs: logits_x1 and logits_x2 (N, D, ...) of one float type; labels y of 1 and -1,
        (N, ...).
    Outputs: shape (), or that of the labels for "none"; the dtype of the logits.

    Raises:
        TypeError: margin is no float, or an input of a wrong type.
        ValueError: another reduction, a margin out of range, or wrong shapes.
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        check_type("CosineEmbeddingLoss", "margin", margin, float)
        self.margin = check_number(
            "CosineEmbeddingLoss", "margin", margin, minimum=-1.0, maximum=1.0
        )

    def construct(self, logits_x1: Tensor, logits_x2: Tensor, labels: Tensor) -> Tensor:
        """One loss per pair, reduced."""
        owner = "CosineEmbeddingLoss"
        check_float(owner, logits_x1=logits_x1, logits_x2=logits_x2)
        check_tensors(owner, labels=labels)
        check_same_shape(owner, logits_x1=logits_x1, logits_x2=logits_x2)
        expected = (*logits_x1.shape[:1], *logits_x1.shape[2:])
        if logits_x1.ndim < 2 or labels.shape != expected:
            raise ValueError(
                f"{owner}: got logits {logits_x1.shape} and labels {labels.shape}, "
                "expected (N, D, ...) and (N, ...)"
            )
        return self.get_loss(_cosine(logits_x1, logits_x2, labels, self.margin))


class MultiMarginLoss(LossBase):
    """sum_{i != y} max(0, w_y (margin - x_y + x_i))^p / C.

    (mindspore.nn.MultiMarginLoss)

    Args:
        p: 1 or 2.
        margin: a float.
        reduction: "mean", "sum" or "none".
        weight: w (C,), a float Tensor, or None for ones.

    Inputs: x (N, C), a float type; target y (N,), classes of an integer type.
    Outputs: shape (), or (N,) for "none"; the dtype of x.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another p or reduction, wrong shapes, or a class outside [0, C).
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        reduction: str = "mean",
        weight: Tensor | None = None,
    ) -> None:
        super().__init__(reduction)
        check_type("MultiMarginLoss", "p", p, int)
        self.p = check_choice("MultiMarginLoss", "p", p, (1, 2))
        self.margin = check_type("MultiMarginLoss", "margin", margin, int, float)
        self.weight = check_optional_tensor("MultiMarginLoss", "weight", weight)

    def construct(self, x: Tensor, target: Tensor) -> Tensor:
        """One loss per sample, reduced."""
        owner = "MultiMarginLoss"
        check_float(owner, x=x)
        check_tensors(owner, target=target)
        if x.ndim != 2 or target.shape != x.shape[:1]:
            raise ValueError(
                f"{owner}: got x {x.shape} and target {target.shape}, expected (N, C) "
                "and (N,)"
            )
        check_classes(owner, target, x.shape[1])
        weight = self.weight
        if weight is not None and weight.shape != x.shape[1:]:
            raise ValueError(
                f"{owner}: weight must be {x.shape[1:]}, got {weight.shape}"
            )
        return self.get_loss(_multi_margin(x, target, self.p, self.margin, weight))


class MultiLabelSoftMarginLoss(LossBase):
    """-mean_c w_c (y log s(x) + (1 - y) log s(-x)), s the sigmoid.

    (mindspore.nn.MultiLabelSoftMarginLoss)

    Args:
        weight: w (C,), a Tensor, or None for ones.
        reduction: "mean", "sum" or "none".

    Inputs: x and target y of 0 and 1, (N, C), one float type.
    Outputs: shape (), or (N,) for "none"; the inputs' dtype.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, or different shapes.
    """

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.weight = check_optional_tensor(
            "MultiLabelSoftMarginLoss", "weight", weight
        )

    def construct(self, x: Tensor, target: Tensor) -> Tensor:
        """One loss per sample, reduced."""
        check_float("MultiLabelSoftMarginLoss", x=x, target=target)
        check_same_shape("MultiLabelSoftMarginLoss", x=x, target=target)
        return self.get_loss(_multi_label(x, target, self.weight))


@op
def _soft_margin(x: Any, y: Any) -> Any:
    return jax.nn.softplus(-wide(y) * wide(x)).astype(x.dtype)


@op
def _ranking(x1: Any, x2: Any, y: Any, margin: float) -> Any:
    return jnp.maximum(margin - y * (x1 - x2), 0)


@op
def _hinge(x: Any, y: Any, margin: float) -> Any:
    zero = jnp.zeros((), x.dtype)
    near = jnp.where(y == -1, zero, x)
    return near + jnp.where(y == 1, zero, jnp.maximum(margin - x, 0))


@op
def _cosine(x1: Any, x2: Any, y: Any, margin: float) -> Any:
    a, b = wide(x1), wide(x2)
    tiny = 1e-12  # keeps the quotient finite for vectors of zeros
    norms = jnp.sqrt(((a * a).sum(1) + tiny) * ((b * b).sum(1) + tiny))
    cosine = (a * b).sum(1) / norms
    near = jnp.where(y == 1, 1.0 - cosine, 0.0)
    far = jnp.where(y == -1, jnp.maximum(cosine - margin, 0.0), 0.0)
    return (near + far).astype(x1.dtype)


@op
def _multi_margin(x: Any, y: Any, p: int, margin: float, weight: Any) -> Any:
    values = wide(x)
    own = jnp.take_along_axis(values, y[:, None], 1)
    gaps = jnp.maximum(margin - own + values, 0) ** p
    if weight is not None:
        gaps = gaps * wide(weight)[y][:, None]
    others = jnp.arange(x.shape[1]) != y[:, None]
    return (jnp.where(others, gaps, 0).sum(1) / x.shape[1]).astype(x.dtype)


@op
def _multi_label(x: Any, y: Any, weight: Any) -> Any:
    z = wide(x)
    loss = -(y * jax.nn.log_sigmoid(z) + (1 - y) * jax.nn.log_sigmoid(-z))
    loss = loss if weight is None else loss * weight
    return loss.mean(-1).astype(x.dtype)
