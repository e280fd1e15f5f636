"""Attention of several heads.

Shapes: N samples, L queries, S keys, E features, H heads of d features each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_int, check_probability
from cellnet.ops._op import op
from cellnet.ops.linalg import dense
from cellnet.random import next_key
from cellnet.tensor import Tensor


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
    static: Any = (None, None),
) -> tuple[Any, Any]:
    """Heads joined, in the shape of the query, and softmax weights (N, H, L, S).

    Args:
        inputs: query, key and value.
        projections: weight (3E, E), or three of them, and bias (3E,) or None.
        extra: rows (1, 1, E) to append to K and V, or None twice.
        masks: attn_mask and key_padding_mask, or None.
        num_heads, add_zero_attn, batch_first: as in ``MultiheadAttention``.
        dropout: None, or a probability and a random key.
        static: K and V to take in the place of what is projected, (N * H, S, d) each,
            or None twice; not with ``batch_first``.
    """
    is_batched = inputs[0].ndim == 3
    q, k, v = _project(inputs, *projections)
    if not is_batched:
        q, k, v = (x[:, None] for x in (q, k, v))  # (L, 1, E)
    time = 1 if batch_first and is_batched else 0
    k, v = (
        x if given is None else _in_time(given, num_heads)
        for x, given in zip((k, v), static, strict=True)
    )
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


def _in_time(heads: Any, num_heads: int) -> Any:
    """(N * H, S, d) as (S, N, E)."""
    rows, length, width = heads.shape
    return jnp.swapaxes(heads, 0, 1).reshape(length, rows // num_heads, -1)


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


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
    k_is_v: bool = False,
    q_is_k: bool = False,
    dtype: Any = None,
) -> tuple[Tensor, Tensor]:
    """What ``nn.MultiheadAttention`` computes, of weights that are given.

    (mindspore.ops.function.nn_func.multi_head_attention_forward)

    Args:
        query, key, value: (L, N, E), (S, N, ...) and (S, N, ...), or all without N.
        embed_dim_to_check: E.
        num_heads: H, which divides E.
        in_proj_weight: (3E, E); with ``use_separate_proj_weight`` the three weights
            ``q_proj_weight``, ``k_proj_weight`` and ``v_proj_weight`` take its place.
        in_proj_bias: (3E,), or None.
        bias_k, bias_v: rows (1, 1, E) to append to K and V, or None twice.
        add_zero_attn: whether a row of zeros is appended to both.
        dropout_p: probability of a zero among the softmax weights, if ``training``.
        out_proj_weight, out_proj_bias: (E, E), and (E,) or None.
        key_padding_mask: (N, S), or (S,) without N: keys that nobody attends to; bool,
            or float to be added to the logits.
        attn_mask: (L, S) or (N * H, L, S), as above.
        static_k, static_v: (N * H, S, d), in the places of K and V.
        average_attn_weights: whether the weights are the mean of all heads.
        is_causal: whether no query attends to keys behind its own place.
        k_is_v, q_is_k, dtype: hints without effect.

    Returns:
        The output, of the shape of query, and the weights (N, L, S), or (N, H, L, S)
        without the mean; no N without a batch.

    Raises:
        ValueError: shapes or masks that do not fit.

    References: Vaswani et al., NeurIPS 2017.
    """
    del k_is_v, q_is_k, dtype
    owner = "multi_head_attention_forward"
    check_int(owner, "num_heads", num_heads, minimum=1)
    if query.shape[-1] != embed_dim_to_check or embed_dim_to_check % num_heads:
        raise ValueError(
            f"{owner}: got a query {query.shape} and {num_heads} heads; expected its "
            f"last length to be embed_dim_to_check, {embed_dim_to_check}, and a "
            "multiple of num_heads"
        )
    check_probability(owner, "dropout_p", dropout_p)
    weight = in_proj_weight
    if use_separate_proj_weight:
        weight = (q_proj_weight, k_proj_weight, v_proj_weight)
    batch = query.shape[1:-1]
    length = query.shape[0]
    keys = key.shape[0] if static_k is None else static_k.shape[1]
    num_samples = batch[0] if batch else 1
    _check_shape(owner, "key_padding_mask", key_padding_mask, (*batch, keys))
    every = (num_samples * num_heads, length, keys)
    _check_shape(owner, "attn_mask", attn_mask, every[1:], every)
    if is_causal and attn_mask is None:
        attn_mask = Tensor(~jnp.tri(length, keys, dtype=bool))
    joined, weights = attend(
        (query, key, value),
        (weight, in_proj_bias),
        (bias_k, bias_v),
        (attn_mask, key_padding_mask),
        num_heads=num_heads,
        add_zero_attn=add_zero_attn,
        batch_first=False,
        dropout=(dropout_p, next_key()) if training and dropout_p else None,
        static=(static_k, static_v),
    )
    output = dense(joined, out_proj_weight, out_proj_bias)
    return output, shown(weights, average_attn_weights, bool(batch))


def _check_shape(owner: str, name: str, mask: Any, *wanted: tuple[int, ...]) -> None:
    if mask is not None and mask.shape not in wanted:
        shapes = " or ".join(map(str, wanted))
        raise ValueError(f"{owner}: got {name} {mask.shape}, expected {shapes}")
