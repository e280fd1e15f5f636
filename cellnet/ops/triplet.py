"""The triplet loss: an anchor should be nearer to one sample than to another."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_bool, check_int, check_number
from cellnet.ops._arrays import array
from cellnet.ops._op import op
from cellnet.ops.loss import _reduced
from cellnet.ops.primitive import primitive


@op
def p_distance(a: Any, b: Any, p: int, eps: float) -> Any:
    """(sum |a - b + eps|^p)^(1/p) along the last axis, in the dtype of a."""
    wide = jnp.promote_types(a.dtype, jnp.float32)
    gaps = jnp.abs(a.astype(wide) - b.astype(wide) + eps) ** p
    return (gaps.sum(-1) ** (1 / p)).astype(a.dtype)


@op
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: Any = 1.0,
    p: int = 2,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """max(0, |anchor - positive| - |anchor - negative| + margin).

    (mindspore.ops.triplet_margin_loss) |v| is (sum |v + eps|^p)^(1/p) along the last
    axis.

    Args:
        anchor, positive, negative: float Tensors (N, D) of one dtype that broadcast.
        margin: a number or Float32 Tensor with 0 axes.
        p: the norm, an int.
        eps: keeps the gradient finite.
        swap: whether |positive - negative| stands for the second distance where it is
            smaller.
        reduction: "mean", "sum" or "none".

    Returns:
        Tensor with 0 axes, or (N,) for "none".

    Raises:
        TypeError: p, eps or swap of a wrong type; different dtypes.
        ValueError: another reduction; shapes that do not broadcast.

    References: Balntas et al., BMVC 2016.
    """
    owner = "triplet_margin_loss"
    check_int(owner, "p", p)
    check_number(owner, "eps", eps)
    check_bool(owner, "swap", swap)
    x, near, far = (array(owner, value) for value in (anchor, positive, negative))
    if not x.dtype == near.dtype == far.dtype:
        raise TypeError(
            f"{owner}: dtypes must be equal, got {x.dtype}, {near.dtype} and "
            f"{far.dtype}"
        )
    to_near = p_distance.on_arrays(x, near, p, eps)
    to_far = p_distance.on_arrays(x, far, p, eps)
    if swap:
        to_far = jnp.minimum(to_far, p_distance.on_arrays(near, far, p, eps))
    margin = jnp.asarray(margin, x.dtype)
    return _reduced(owner, jnp.maximum(to_near - to_far + margin, 0), reduction)


TripletMarginLoss = primitive(
    "TripletMarginLoss",
    triplet_margin_loss,
    p=2,
    swap=False,
    eps=1e-6,
    reduction="mean",
)
