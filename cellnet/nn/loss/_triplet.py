"""Losses of triplets: an anchor should be nearer to one sample than to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_bool, check_number, check_type
from cellnet.nn._inputs import check_float, check_same_shape
from cellnet.nn.loss._base import LossBase, wide
from cellnet.ops._op import op
from cellnet.ops.triplet import p_distance
from cellnet.tensor import Tensor


class TripletMarginWithDistanceLoss(LossBase):
    """max(0, d(x, positive) - d(x, negative) + margin).

    (mindspore.nn.TripletMarginWithDistanceLoss)

    Args:
        distance_function: d, a function of two Tensors; None for the Euclidean
            distance along the last axis.
        swap: whether the distance of the other two stands for d(x, negative) where it
            is smaller.
        reduction: "mean", "sum" or "none".
        margin: a float > 0.

    Inputs: x, positive and negative (N, ...) of one shape and float type.
    Outputs: shape (), or that of the distances for "none"; the inputs' dtype.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: a margin that is not positive, another reduction, or different
            shapes.
    """

    def __init__(
        self,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        swap: bool = False,
        reduction: str = "mean",
        margin: float = 1.0,
    ) -> None:
        super().__init__(reduction)
        owner = self.cls_name
        if distance_function is not None and not callable(distance_function):
            raise TypeError(f"{owner}: distance_function must be a function or None")
        self.distance_function = distance_function or _euclidean
        self.swap = check_bool(owner, "swap", swap)
        check_type(owner, "margin", margin, float)
        if margin <= 0:
            raise ValueError(f"{owner}: margin must be > 0, got {margin}")
        self.margin = margin

    def _distance(self, a: Tensor, b: Tensor) -> Tensor:
        return self.distance_function(a, b)

    def construct(self, x: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """One loss per triplet, reduced."""
        owner = self.cls_name
        check_float(owner, x=x, positive=positive, negative=negative)
        check_same_shape(owner, x=x, positive=positive)
        check_same_shape(owner, x=x, negative=negative)
        near, far = self._distance(x, positive), self._distance(x, negative)
        if self.swap:
            far = ops.minimum(far, self._distance(positive, negative))
        return self.get_loss(ops.relu(near - far + self.margin))


class TripletMarginLoss(TripletMarginWithDistanceLoss):
    """max(0, |x - positive| - |x - negative| + margin).

    (mindspore.nn.TripletMarginLoss)

    |v| is (sum |v + eps|^p)^(1/p) along the last axis.

    Args:
        p: the norm, an int.
        swap: as TripletMarginWithDistanceLoss.
        eps: a float that keeps the gradient finite.
        reduction: "mean", "sum" or "none".
        margin: a float.

    Inputs: x, positive and negative (N, D) or (D,), one float type.
    Outputs: shape (), or (N,) for "none"; the inputs' dtype.

    Raises: as TripletMarginWithDistanceLoss.

    References: Balntas et al., BMVC 2016.
    """

    def __init__(
        self,
        p: int = 2,
        swap: bool = False,
        eps: float = 1e-6,
        reduction: str = "mean",
        margin: float = 1.0,
    ) -> None:
        super().__init__(None, swap, reduction, margin)
        self.p = check_type("TripletMarginLoss", "p", p, int)
        self.eps = check_number("TripletMarginLoss", "eps", eps)

    def _distance(self, a: Tensor, b: Tensor) -> Tensor:
        return p_distance(a, b, self.p, self.eps)


@op
def _euclidean(a: Any, b: Any) -> Any:
    return jnp.sqrt(jnp.square(wide(a) - wide(b)).sum(-1)).astype(a.dtype)
