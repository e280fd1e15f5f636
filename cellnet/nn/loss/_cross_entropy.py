"""Losses of class scores: softmax cross entropy and negative log likelihood.

A label that is no class raises where its value is known.  A compiled program does not
know it: there the sample's loss and gradient become NaN, so that no number is wrong in
silence.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from cellnet._checks import check_bool, check_int, check_number
from cellnet.nn._inputs import check_float, check_same_shape, check_tensors
from cellnet.nn.loss._base import (
    LossBase,
    check_classes,
    check_optional_tensor,
    float_of,
    wide,
)
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class SoftmaxCrossEntropyWithLogits(LossBase):
    r"""-sum_c p_c log softmax(x)_c (mindspore.nn.SoftmaxCrossEntropyWithLogits).

    p is one-hot for class numbers (sparse), else the labels themselves.

    Args:
        sparse: whether labels are class numbers.
        reduction: "none", "mean" or "sum"; "none" unless given.

    Inputs: logits (N, C), a float type; labels (N,), an integer type, if sparse, else
        (N, C), the dtype of the logits.
    Outputs: shape (), or (N,) for "none"; the dtype of the logits.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, wrong shapes, or a label outside [0, C).  Inside
            a compiled program such a sample's loss is NaN instead.

    Example:
        >>> from cellnet import Tensor, nn
        >>> from cellnet import dtype as mstype
        >>> loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
        >>> scores = Tensor([[1.0, 2.0, 3.0], [0.0, 5.0, 1.0]])
        >>> round(float(loss(scores, Tensor([2, 0], mstype.int32))), 5)
        2.71618

    Differs: the gradient is that of the formula for any labels; MindSpore's,
    softmax(x) - p, takes for granted that p sums to 1.
    """

    def __init__(self, sparse: bool = False, reduction: str = "none") -> None:
        super().__init__(reduction)
        self.sparse = check_bool("SoftmaxCrossEntropyWithLogits", "sparse", sparse)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per sample, reduced."""
        owner = "SoftmaxCrossEntropyWithLogits"
        check_float(owner, logits=logits)
        check_tensors(owner, labels=labels)
        if logits.ndim != 2:
            raise ValueError(f"{owner}: got logits {logits.shape}, expected (N, C)")
        if not self.sparse:
            return self.get_loss(self._dense_loss(logits, labels))
        if labels.shape != logits.shape[:1]:
            raise ValueError(
                f"{owner}: got labels {labels.shape} for logits {logits.shape} with "
                f"sparse=True, expected ({logits.shape[0]},)"
            )
        check_classes(owner, labels, logits.shape[1])
        return self.get_loss(_sparse_cross_entropy(logits, labels))

    def _dense_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        owner = "SoftmaxCrossEntropyWithLogits"
        check_same_shape(f"{owner}(sparse=False)", logits=logits, labels=labels)
        if labels.dtype is not logits.dtype:
            raise TypeError(
                f"{owner}: labels are {labels.dtype} but logits {logits.dtype}; cast "
                "them, or use sparse=True with class numbers"
            )
        return _dense_cross_entropy(logits, labels)


class CrossEntropyLoss(LossBase):
    r"""Softmax cross entropy with weights per class (mindspore.nn.CrossEntropyLoss).

    For class numbers y: l = -w_y log softmax(x)_y, and "mean" divides by the sum of
    w_y; for probabilities p: l = -sum_c w_c p_c log softmax(x)_c, and "mean" divides by
    the number of samples.  With label smoothing s: (1 - s) l - s/C sum_c w_c log
    softmax(x)_c.

    Args:
        weight: w, a float Tensor (C,), or None for ones.
        ignore_index: a class number whose samples count nothing.
        reduction: "mean", "sum" or "none".
        label_smoothing: s in [0, 1].

    Inputs: logits (C,), (N, C) or (N, C, d1, ...), a float type; labels of the same
        shape without C, an integer type, or of the same shape, a float type.
    Outputs: shape (), or the logits' shape without C for "none"; the logits' dtype.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: an argument out of range, wrong shapes, or a label that is neither
            a class nor ignore_index.  Inside a compiled program such a sample's loss
            is NaN instead.

    Example:
        >>> from cellnet import Tensor, nn
        >>> from cellnet import dtype as mstype
        >>> scores = Tensor([[1.0, 2.0, 3.0], [0.0, 5.0, 1.0]])
        >>> loss = nn.CrossEntropyLoss(ignore_index=0)
        >>> round(float(loss(scores, Tensor([2, 0], mstype.int32))), 5)
        0.40761

    References: Szegedy et al., CVPR 2016 (label smoothing).
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        owner = "CrossEntropyLoss"
        self.weight = check_optional_tensor(owner, "weight", weight)
        self.ignore_index = check_int(owner, "ignore_index", ignore_index)
        self.label_smoothing = check_number(
            owner, "label_smoothing", label_smoothing, minimum=0, maximum=1
        )

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per sample, reduced."""
        owner = "CrossEntropyLoss"
        check_float(owner, logits=logits)
        check_tensors(owner, labels=labels)
        axis = _class_axis(owner, logits, self.weight)
        if labels.shape == logits.shape:
            check_float(owner, labels=labels)
            return self.get_loss(
                _soft_cross_entropy(
                    logits, labels, self.weight, self.label_smoothing, axis
                )
            )
        _check_sparse_shape(owner, logits, labels, axis)
        check_classes(owner, labels, logits.shape[axis], self.ignore_index)
        return _class_cross_entropy(
            logits,
            labels,
            self.weight,
            self.ignore_index,
            self.label_smoothing,
            self.reduction,
            axis,
        )


class NLLLoss(LossBase):
    r"""-w_y x_y for log probabilities x and class numbers y (mindspore.nn.NLLLoss).

    "mean" divides by the sum of w_y.

    Args:
        weight: w, a float Tensor (C,), or None for ones.
        ignore_index: a class number whose samples count nothing.
        reduction: "mean", "sum" or "none".

    Inputs: logits, log probabilities, (C,), (N, C) or (N, C, d1, ...), a float type;
        labels of the same shape without C, an integer type.
    Outputs: shape (), or the labels' shape for "none"; the logits' dtype.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, wrong shapes, or a label that is neither a class
            nor ignore_index.  Inside a compiled program such a sample's loss is NaN
            instead.

    Example:
        >>> from cellnet import Tensor, nn
        >>> from cellnet import dtype as mstype
        >>> float(nn.NLLLoss()(Tensor([[-1.0, -2.0]]), Tensor([1], mstype.int32)))
        2.0
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        self.weight = check_optional_tensor("NLLLoss", "weight", weight)
        self.ignore_index = check_int("NLLLoss", "ignore_index", ignore_index)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per sample, reduced."""
        check_float("NLLLoss", logits=logits)
        check_tensors("NLLLoss", labels=labels)
        axis = _class_axis("NLLLoss", logits, self.weight)
        _check_sparse_shape("NLLLoss", logits, labels, axis)
        check_classes("NLLLoss", labels, logits.shape[axis], self.ignore_index)
        return _negative_log_likelihood(
            logits, labels, self.weight, self.ignore_index, self.reduction, axis
        )


def _class_axis(owner: str, logits: Tensor, weight: Tensor | None) -> int:
    if logits.ndim == 0:
        raise ValueError(f"{owner}: got logits {logits.shape}, expected (N, C, ...)")
    axis = min(logits.ndim - 1, 1)
    num_classes = logits.shape[axis]
    if weight is not None and weight.shape != (num_classes,):
        raise ValueError(
            f"{owner}: weight has shape {weight.shape}, expected one per class, "
            f"({num_classes},)"
        )
    return axis


def _check_sparse_shape(owner: str, logits: Tensor, labels: Tensor, axis: int) -> None:
    expected = logits.shape[:axis] + logits.shape[axis + 1 :]
    if labels.shape != expected:
        raise ValueError(
            f"{owner}: got labels {labels.shape} for logits {logits.shape}, expected "
            f"class numbers {expected}"
        )


def _usable(labels: Any, num_classes: int) -> tuple[Any, Any]:
    """Labels with class 0 in the place of wrong ones, and 1 or NaN (wrong) for each."""
    right = (labels >= 0) & (labels < num_classes)
    return jnp.where(right, labels, 0), jnp.where(right, 1.0, jnp.nan)


@op
def _sparse_cross_entropy(logits: Any, labels: Any) -> Any:
    classes, mark = _usable(labels, logits.shape[1])
    loss = optax.softmax_cross_entropy_with_integer_labels(wide(logits), classes)
    # a product, so that the gradient is NaN as well
    return (loss * mark.astype(loss.dtype)).astype(logits.dtype)


@op
def _dense_cross_entropy(logits: Any, labels: Any) -> Any:
    # negated before the sum: labels of zeros give 0, not -0
    surprise = -jax.nn.log_softmax(wide(logits), -1)
    return (wide(labels) * surprise).sum(-1).astype(logits.dtype)


@op
def _soft_cross_entropy(
    logits: Any, labels: Any, weight: Any, smoothing: float, axis: int
) -> Any:
    log_probs = jax.nn.log_softmax(wide(logits), axis)
    target = wide(labels) * (1.0 - smoothing) + smoothing / logits.shape[axis]
    loss = -(target * log_probs * _over_classes(weight, log_probs, axis)).sum(axis)
    return loss.astype(float_of(logits))


@op
def _class_cross_entropy(logits: Any, labels: Any, *settings: Any) -> Any:
    log_probs = jax.nn.log_softmax(wide(logits), settings[-1])
    return _nll(log_probs, labels, *settings).astype(logits.dtype)


@op
def _negative_log_likelihood(
    log_probs: Any,
    labels: Any,
    weight: Any,
    ignored: int,
    reduction: str,
    axis: int,
) -> Any:
    loss = _nll(wide(log_probs), labels, weight, ignored, 0.0, reduction, axis)
    return loss.astype(log_probs.dtype)


def _nll(
    log_probs: Any,
    labels: Any,
    weight: Any,
    ignored: int,
    smoothing: float,
    reduction: str,
    axis: int,
) -> Any:
    """-log_probs at the labels; see CrossEntropyLoss for the settings."""
    num_classes = log_probs.shape[axis]
    counted = labels != ignored
    # an ignored label may be no class: marked NaN, its 0 would have a gradient of NaN
    classes, mark = _usable(jnp.where(counted, labels, 0), num_classes)
    share = mark.astype(log_probs.dtype)  # the weight of each sample
    if weight is not None:
        share = share * weight.astype(log_probs.dtype)[classes]
    picked = jnp.take_along_axis(log_probs, jnp.expand_dims(classes, axis), axis)
    loss = -picked.squeeze(axis) * share
    if smoothing:
        spread = -(log_probs * _over_classes(weight, log_probs, axis)).sum(axis)
        loss = (1.0 - smoothing) * loss + smoothing / num_classes * spread
    loss = jnp.where(counted, loss, 0.0)
    if reduction == "mean":
        return loss.sum() / jnp.where(counted, share, 0.0).sum()
    return loss.sum() if reduction == "sum" else loss


def _over_classes(weight: Any, values: Any, axis: int) -> Any:
    """``weight`` (C,) shaped to broadcast over the class axis, or 1."""
    if weight is None:
        return 1.0
    return weight.astype(values.dtype).reshape(-1, *(1,) * (values.ndim - axis - 1))
