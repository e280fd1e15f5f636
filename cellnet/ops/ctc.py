"""Connectionist temporal classification (Graves et al., ICML 2006).

A label sequence with blanks between is walked through in log space; ``alpha[t, u]`` is
the probability of all ways to be at place ``u`` at time ``t``.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool, check_choice, check_int
from cellnet.ops._arrays import array_only
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive

# log of a probability of 0 that stays finite, so that gradients do
_NEVER = -1e30


def _alphas(log_p: Any, labels: Any, blank: int, merge: bool = True) -> Any:
    """(T, N, 2 S + 1) log-probabilities of places.

    Args:
        log_p: (T, N, C).
        labels: Int (N, S).
        merge: equal neighbours mean one label; else a label is emitted once.
    """
    count, length = labels.shape
    places = jnp.full((count, 2 * length + 1), blank, labels.dtype)
    places = places.at[:, 1::2].set(labels)
    is_label = places != blank
    emitted = jnp.take_along_axis(log_p, places[None], -1)  # (T, N, 2 S + 1)
    before = jnp.pad(places, ((0, 0), (2, 0)), constant_values=blank)[:, :-2]
    can_skip = is_label & ((places != before) if merge else True)
    can_stay = jnp.ones_like(is_label) if merge else ~is_label

    def shifted(alpha: Any, by: int) -> Any:
        return jnp.pad(alpha, ((0, 0), (by, 0)), constant_values=_NEVER)[:, :-by]

    def step(alpha: Any, now: Any) -> Any:
        ways = jnp.logaddexp(jnp.where(can_stay, alpha, _NEVER), shifted(alpha, 1))
        skipped = jnp.where(can_skip, shifted(alpha, 2), _NEVER)
        alpha = jnp.maximum(jnp.logaddexp(ways, skipped) + now, _NEVER)
        return alpha, alpha

    first = jnp.full(places.shape, _NEVER, log_p.dtype)
    first = first.at[:, :2].set(emitted[0, :, :2])
    _, rest = jax.lax.scan(step, first, emitted[1:])
    return jnp.concatenate([first[None], rest])


def _losses(alphas: Any, times: Any, lengths: Any) -> Any:
    """-log of the probability to end on the last label or the blank behind it."""
    rows = jnp.arange(alphas.shape[1])
    last = alphas[times - 1, rows]  # (N, 2 S + 1)
    ends = last[rows, 2 * lengths]
    label = last[rows, jnp.maximum(2 * lengths - 1, 0)]
    total = jnp.where(lengths > 0, jnp.logaddexp(ends, label), ends)
    return jnp.where(total <= _NEVER / 2, jnp.inf, -total)


@op
def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """-log of the probability of label sequences (mindspore.ops.ctc_loss).

    Args:
        log_probs: Tensor (T, N, C) of log-probabilities.
        targets: Int Tensor (N, S) of labels, none of them ``blank``.
        input_lengths, target_lengths: Int Tensors (N,) or tuples of ints.
        blank: class that stands for no label.
        reduction: "mean" (of losses over lengths), "sum" or "none".
        zero_infinity: 0 in the place of infinite losses.

    Returns:
        (loss, log_alpha (N, T, 2 S + 1)).

    Raises:
        ValueError: shapes that do not fit, a blank out of range.
    """
    owner = "ctc_loss"
    x, labels = array_only(owner, log_probs), array_only(owner, targets)
    check_choice(owner, "reduction", reduction, ("mean", "sum", "none"))
    check_bool(owner, "zero_infinity", zero_infinity)
    if x.ndim != 3 or labels.ndim != 2 or labels.shape[0] != x.shape[1]:
        raise ValueError(
            f"{owner}: expected log_probs (T, N, C) and targets (N, S), got {x.shape} "
            f"and {labels.shape}"
        )
    check_int(owner, "blank", blank, minimum=0, maximum=x.shape[2] - 1)
    times, lengths = jnp.asarray(input_lengths), jnp.asarray(target_lengths)
    alphas = _alphas(x, labels, blank)
    losses = _losses(alphas, times, lengths)
    if zero_infinity:
        losses = jnp.where(jnp.isinf(losses), 0, losses)
    over = jnp.arange(x.shape[0])[:, None, None] >= times[:, None]
    over |= jnp.arange(alphas.shape[2]) > 2 * lengths[:, None]
    log_alpha = jnp.where(over | (alphas <= _NEVER / 2), -jnp.inf, alphas)
    log_alpha = log_alpha.transpose(1, 0, 2)
    if reduction == "mean":
        return jnp.mean(losses / jnp.maximum(lengths, 1)), log_alpha
    return (jnp.sum(losses) if reduction == "sum" else losses), log_alpha


@op
def _ctc_with_gradient(
    x: Any,
    labels_indices: Any,
    labels_values: Any,
    sequence_length: Any,
    preprocess_collapse_repeated: bool,
    ctc_merge_repeated: bool,
    ignore_longer_outputs_than_inputs: bool,
) -> Any:
    """(losses, their gradient) of logits, blank the last class (mindspore.ops.CTCLoss).

    Args:
        x: float Tensor (T, N, C) of logits.
        labels_indices: Int64 Tensor (K, 2), sequence and place of each label.
        labels_values: Int32 Tensor (K,).
        sequence_length: Int32 Tensor (N,).
    """
    x = array_only("CTCLoss", x)
    if x.ndim != 3:
        raise ValueError(f"CTCLoss: expected logits (T, N, C), got {x.shape}")
    times, number = jnp.asarray(sequence_length), x.shape[1]
    total = labels_values.shape[0]
    rows, columns = labels_indices[:, 0], labels_indices[:, 1]
    if preprocess_collapse_repeated:
        same = (labels_values[1:] == labels_values[:-1]) & (rows[1:] == rows[:-1])
        kept = jnp.concatenate([jnp.ones(1, bool), ~same])
    else:
        kept = jnp.ones(total, bool)
    # the place of a kept label among those of its sequence
    earlier = (rows[:, None] == rows) & (columns < columns[:, None]) & kept
    place = jnp.where(kept, earlier.sum(1), total)
    blank = x.shape[2] - 1
    labels = jnp.full((number, total), blank, labels_values.dtype)
    labels = labels.at[rows, place].set(labels_values, mode="drop")
    lengths = jnp.zeros(number, np.int32).at[rows].add(kept.astype(np.int32))

    def total_loss(logits: Any) -> Any:
        log_p = jax.nn.log_softmax(logits, -1)
        losses = _losses(
            _alphas(log_p, labels, blank, ctc_merge_repeated), times, lengths
        )
        if ignore_longer_outputs_than_inputs:
            losses = jnp.where(lengths > times, 0, losses)
        return jnp.sum(losses), losses

    gradient, losses = jax.grad(total_loss, has_aux=True)(x)
    return losses, gradient


def _check_flags(**flags: Any) -> None:
    for name, value in flags.items():
        check_bool("CTCLoss", name, value)


CTCLoss = primitive(
    "CTCLoss",
    _ctc_with_gradient,
    check=_check_flags,
    preprocess_collapse_repeated=False,
    ctc_merge_repeated=True,
    ignore_longer_outputs_than_inputs=False,
)
