"""Attention of several heads, on raw arrays.

Shapes: N samples, L queries, S keys, E features, H heads of d features each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.ops._op import op


@op
def attend(
    inputs: Any,
    projections: Any,
    extra: Any,
    masks: Any,
    *,
    num_heads: int,
    add_zero_attn: bool,
    batch_first: bool,
    dropout: Any,
) -> tuple[Any, Any]:
    """Heads joined, in the shape of the query, and softmax weights (N, H, L, S).

    Args:
        inputs: query, key and value.
        projections: weight (3E, E), or three of them, and bias (3E,) or None.
        extra: rows (1, 1, E) to append to K and V, or None twice.
        masks: attn_mask and key_padding_mask, or None.
        num_heads, add_zero_attn, batch_first: as in ``MultiheadAttention``.
        dropout: None, or a probability and a random key.
    """
    is_batched = inputs[0].ndim == 3
    q, k, v = _project(inputs, *projections)
    if not is_batched:
        q, k, v = (x[:, None] for x in (q, k, v))  # (L, 1, E)
    time = 1 if batch_first and is_batched else 0
    bias_k, bias_v = extra
    if bias_k is not None:
        k, v = _with_row(k, bias_k, time), _with_row(v, bias_v, time)
    if add_zero_attn:
        k, v = (_with_row(x, jnp.zeros((), x.dtype), time) for x in (k, v))
    q, k, v = (x.reshape(*x.shape[:2], num_heads, -1) for x in (q, k, v))
    q = q / math.sqrt(q.shape[-1])
    at_q, at_k = ("nlhd", "nshd") if time else ("lnhd", "snhd")
    logits = jnp.einsum(f"{at_q},{at_k}->nhls", q, k)
    for mask in _additive(masks, num_heads, logits):
        logits = logits + mask
    weights = jax.nn.softmax(logits, -1)
    if dropout is not None:
        p, key = dropout
        kept = jax.random.bernoulli(key, 1 - p, weights.shape)
        weights = jnp.where(kept, weights / (1 - p), 0)
    heads = jnp.einsum(f"nhls,{at_k}->{at_q}", weights, v)
    return heads.reshape(inputs[0].shape), weights


def _project(inputs: Any, weight: Any, bias: Any) -> Any:
    query, key, value = inputs
    if not isinstance(weight, tuple) and query is key is value:
        y = query @ weight.T
        return jnp.split(y if bias is None else y + bias, 3, -1)
    weights = weight if isinstance(weight, tuple) else jnp.split(weight, 3)
    products = [x @ w.T for x, w in zip(inputs, weights, strict=True)]
    if bias is None:
        return products
    return [y + b for y, b in zip(products, jnp.split(bias, 3), strict=True)]


def _with_row(x: Any, row: Any, time: int) -> Any:
    shape = (x.shape[0], 1, x.shape[2]) if time else (1, *x.shape[1:])
    return jnp.concatenate([x, jnp.broadcast_to(row, shape)], time)


def _additive(masks: Any, num_heads: int, logits: Any) -> Iterator[Any]:
    """The masks as floats that broadcast to the logits (N, H, L, S)."""
    keys = logits.shape[-1]
    for mask, is_padding in zip(masks, (False, True), strict=True):
        if mask is None:
            continue
        if mask.dtype in (jnp.bool_, jnp.uint8):
            mask = jnp.where(mask.astype(bool), -jnp.inf, 0)
        mask = mask.astype(logits.dtype)
        if is_padding:
            mask = mask.reshape(-1, 1, 1, mask.shape[-1])
        elif mask.ndim == 3:
            mask = mask.reshape(-1, num_heads, *mask.shape[1:])
        # appended rows of K are never masked
        free = [(0, 0)] * (mask.ndim - 1) + [(0, keys - mask.shape[-1])]
        yield jnp.pad(mask, free)


@op
def shown(weights: Any, average: bool, is_batched: bool) -> Any:
    """The weights as they are returned."""
    weights = weights.mean(1) if average else weights
    return weights if is_batched else weights[0]
