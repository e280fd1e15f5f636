"""Losses of segmentation: overlap of areas, and cross entropy of hard pixels."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_number, check_positive, check_type
from cellnet.nn._inputs import check_float, check_same_shape, check_tensors
from cellnet.nn.layer.activation import get_activation
from cellnet.nn.loss._base import LossBase, check_optional_tensor, wide
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class DiceLoss(LossBase):
    """1 - 2 sum(x y) / (sum(x^2) + sum(y^2) + smooth) (mindspore.nn.DiceLoss).

    Args:
        smooth: a float > 0.

    Inputs: logits x and label y of one shape, float types.
    Outputs: shape (), the dtype of x.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: smooth <= 0, or different shapes.

    References: Milletari et al., 3DV 2016.
    """

    def __init__(self, smooth: float = 1e-5) -> None:
        super().__init__()
        self.smooth = check_positive("DiceLoss", "smooth", smooth)

    def construct(self, logits: Tensor, label: Tensor) -> Tensor:
        """One number for all elements."""
        check_tensors("DiceLoss", logits=logits, label=label)
        check_same_shape("DiceLoss", logits=logits, label=label)
        if logits.dtype.np_dtype.kind == "u":
            raise TypeError(f"DiceLoss: logits must not be {logits.dtype}")
        return _dice(logits, label, self.smooth)


class MultiClassDiceLoss(LossBase):
    """The mean of DiceLoss over classes (mindspore.nn.MultiClassDiceLoss).

    Args:
        weights: (classes, weight columns), a Tensor of two axes that weighs the loss of
            each class, or None.
        ignore_indiex: a class that does not count, or None.
        activation: name or Cell of what turns logits to probabilities; None for none.

    Inputs: logits and label (N, C, ...) of one shape, float types.
    Outputs: shape (), the dtype of the logits.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: different shapes, or weights for another number of classes.
    """

    def __init__(
        self,
        weights: Tensor | None = None,
        ignore_indiex: int | None = None,
        activation: Any = "softmax",
    ) -> None:
        super().__init__()
        self.weights = check_optional_tensor("MultiClassDiceLoss", "weights", weights)
        if ignore_indiex is not None:
            check_type("MultiClassDiceLoss", "ignore_indiex", ignore_indiex, int)
        self.ignore_indiex = ignore_indiex
        named = isinstance(activation, str)
        self.activation = get_activation(activation) if named else activation

    def construct(self, logits: Tensor, label: Tensor) -> Tensor:
        """Average the classes."""
        owner = "MultiClassDiceLoss"
        check_tensors(owner, logits=logits, label=label)
        check_same_shape(owner, logits=logits, label=label)
        if logits.ndim < 2:
            raise ValueError(
                f"{owner}: got logits {logits.shape}, expected (N, C, ...)"
            )
        classes = label.shape[1]
        if self.weights is not None and self.weights.shape[0] != classes:
            raise ValueError(
                f"{owner}: weights {self.weights.shape} for {classes} classes"
            )
        if self.activation is not None:
            logits = self.activation(logits)
        total: Any = 0
        for index in range(classes):
            if index != self.ignore_indiex:
                loss = _dice(logits[:, index], label[:, index], 1e-5)
                total += loss if self.weights is None else loss * self.weights[index]
        return total / classes


class FocalLoss(LossBase):
    """-w_y (1 - p_y)^gamma log p_y, p the softmax of x (mindspore.nn.FocalLoss).

    Args:
        weight: w (C,), a Tensor, or None for ones.
        gamma: a float >= 0.
        reduction: "mean", "sum" or "none".

    Inputs: logits x (N, C), (N, C, L) or (N, C, H, W), a float type; labels y, classes
        with 1 in the place of C, or one-hot of the shape of x.
    Outputs: shape (); for "none" (N,) of the mean over places, or (N, C) if one-hot;
        the dtype of x.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, or wrong shapes.

    References: Lin et al., ICCV 2017.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        gamma: float = 2.0,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        self.weight = check_optional_tensor("FocalLoss", "weight", weight)
        self.gamma = check_number("FocalLoss", "gamma", gamma, minimum=0)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One loss per sample, reduced."""
        check_float("FocalLoss", logits=logits)
        check_tensors("FocalLoss", labels=labels)
        sizes = (logits.shape[:1], logits.shape[2:])
        if (
            logits.ndim not in (2, 3, 4)
            or labels.ndim != logits.ndim
            or (labels.shape[:1], labels.shape[2:]) != sizes
            or labels.shape[1] not in (1, logits.shape[1])
        ):
            raise ValueError(
                f"FocalLoss: got logits {logits.shape} and labels {labels.shape}, "
                "expected (N, C, ...) and (N, 1, ...) or the same"
            )
        shape = (*logits.shape[:2], -1)
        labels = ops.reshape(labels, (*labels.shape[:2], -1))
        return self.get_loss(
            _focal(ops.reshape(logits, shape), labels, self.weight, self.gamma)
        )


@op
def _dice(x: Any, y: Any, smooth: float) -> Any:
    a, b = wide(x), wide(y)
    overlap = 2 * (a * b).sum() / ((a * a).sum() + (b * b).sum() + smooth)
    return (1 - overlap).astype(x.dtype)


@op
def _focal(x: Any, y: Any, weight: Any, gamma: float) -> Any:
    log_p = jax.nn.log_softmax(wide(x), 1)  # (N, C, places)
    scale = jnp.ones_like(log_p)
    if weight is not None:
        scale = jnp.broadcast_to(wide(weight)[:, None], log_p.shape)
    loss = -((1 - jnp.exp(log_p)) ** gamma) * scale * log_p
    if y.shape[1] == 1:
        loss = jnp.take_along_axis(loss, y.astype(jnp.int32), 1)[:, 0]
    else:
        loss = loss * y
    return loss.mean(-1).astype(x.dtype)
