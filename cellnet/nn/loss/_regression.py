"""Losses of differences: squared, absolute, and between the two."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import optax

from cellnet import ops
from cellnet._checks import check_number, check_positive
from cellnet.nn._inputs import check_float, check_same_shape, check_tensors
from cellnet.nn.loss._base import LossBase, float_of, wide
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class MSELoss(LossBase):
    """(logits - labels)^2 (mindspore.nn.MSELoss).

    Args:
        reduction: "mean", "sum" or "none".

    Inputs: logits and labels, number types, shapes that broadcast.
    Outputs: shape (), or the broadcast shape for "none"; a float type.

    Raises:
        TypeError: an input is no Tensor.
        ValueError: another reduction, or shapes that do not broadcast.

    Example:
        >>> from cellnet import Tensor, nn
        >>> float(nn.MSELoss()(Tensor([1.0, 2.0]), Tensor([1.0, 4.0])))
        2.0
    """

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Square the differences."""
        _check_broadcast(self.cls_name, logits, labels)
        return self.get_loss(_squared(logits, labels))


class L1Loss(LossBase):
    """|logits - labels| (mindspore.nn.L1Loss).

    Args:
        reduction: "mean", "sum" or "none".

    Inputs: logits and labels, number types, shapes that broadcast.
    Outputs: shape (), or the broadcast shape for "none"; a float type.

    Raises:
        TypeError: an input is no Tensor.
        ValueError: another reduction, or shapes that do not broadcast.

    Example:
        >>> from cellnet import Tensor, nn
        >>> float(nn.L1Loss("sum")(Tensor([1.0, 2.0]), Tensor([1.0, 4.0])))
        2.0
    """

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Take the differences without their signs."""
        _check_broadcast(self.cls_name, logits, labels)
        return self.get_loss(_absolute(logits, labels))


class MAELoss(L1Loss):
    """|logits - labels|, another name of L1Loss (mindspore.nn.MAELoss).

    Args, Inputs, Outputs, Raises: as L1Loss.
    """


class SmoothL1Loss(LossBase):
    r"""d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, for d = logits - labels.

    (mindspore.nn.SmoothL1Loss)

    Args:
        beta: where the parabola ends, > 0.
        reduction: "mean", "sum" or "none"; "none" unless given.

    Inputs: logits and labels of one shape, float types.
    Outputs: shape (), or the inputs' shape for "none"; the inputs' dtype.

    Raises:
        TypeError: beta is no number, or an input no float Tensor.
        ValueError: beta <= 0, another reduction, or different shapes.

    Example:
        >>> from cellnet import Tensor, nn
        >>> loss = nn.SmoothL1Loss()(Tensor([1.0, 2.0]), Tensor([0.0, 4.0]))
        >>> loss.asnumpy().tolist()
        [0.5, 1.5]

    References: Girshick, Fast R-CNN, ICCV 2015.
    """

    def __init__(self, beta: float = 1.0, reduction: str = "none") -> None:
        super().__init__(reduction)
        self.beta = check_number("SmoothL1Loss", "beta", beta)
        if not self.beta > 0:
            raise ValueError(f"SmoothL1Loss: beta must be > 0, got {beta}")

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Parabola near 0, straight lines beyond."""
        check_float("SmoothL1Loss", logits=logits, labels=labels)
        check_same_shape("SmoothL1Loss", logits=logits, labels=labels)
        return self.get_loss(_smooth(logits, labels, self.beta))


class HuberLoss(LossBase):
    r"""d^2 / 2 where |d| < delta, else delta (|d| - delta / 2), for d = x - y.

    (mindspore.nn.HuberLoss)

    Args:
        reduction: "mean", "sum" or "none".
        delta: where the parabola ends, > 0.

    Inputs: logits x and labels y, number types, shapes that broadcast.
    Outputs: shape (), or the broadcast shape for "none"; a float type.

    Raises:
        TypeError: delta is no number, or an input no Tensor.
        ValueError: delta <= 0, another reduction, or shapes that do not broadcast.

    References: Huber, Annals of Mathematical Statistics 35, 1964.
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = check_positive("HuberLoss", "delta", delta)

    def construct(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Parabola near 0, straight lines beyond."""
        _check_broadcast("HuberLoss", logits, labels)
        return self.get_loss(_huber(logits, labels, self.delta))


class RMSELoss(LossBase):
    """sqrt(mean((logits - labels)^2)) (mindspore.nn.RMSELoss).

    Inputs: logits and labels, number types, shapes that broadcast.
    Outputs: shape (); a float type.

    Raises:
        TypeError: an input is no Tensor.
        ValueError: shapes that do not broadcast.
    """

    def __init__(self) -> None:
        super().__init__()

    def construct(self, logits: Tensor, label: Tensor) -> Tensor:
        """Root of the mean square."""
        _check_broadcast("RMSELoss", logits, label)
        return ops.sqrt(self.get_loss(_squared(logits, label)))


def _check_broadcast(owner: str, logits: Tensor, labels: Tensor) -> None:
    check_tensors(owner, logits=logits, labels=labels)
    try:
        np.broadcast_shapes(logits.shape, labels.shape)
    except ValueError:
        raise ValueError(
            f"{owner}: logits {logits.shape} and labels {labels.shape} do not "
            "broadcast; reshape one of them"
        ) from None


def _difference(logits: Any, labels: Any) -> Any:
    dtype = float_of(wide(logits), wide(labels))
    return logits.astype(dtype) - labels.astype(dtype)


@op
def _squared(logits: Any, labels: Any) -> Any:
    loss = jnp.square(_difference(logits, labels))
    return loss.astype(float_of(logits, labels))


@op
def _absolute(logits: Any, labels: Any) -> Any:
    loss = jnp.abs(_difference(logits, labels))
    return loss.astype(float_of(logits, labels))


@op
def _smooth(logits: Any, labels: Any, beta: float) -> Any:
    loss = optax.huber_loss(_difference(logits, labels), delta=beta) / beta
    return loss.astype(float_of(logits, labels))


@op
def _huber(logits: Any, labels: Any, delta: float) -> Any:
    loss = optax.huber_loss(_difference(logits, labels), delta=delta)
    return loss.astype(float_of(logits, labels))
