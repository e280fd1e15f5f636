"""Connectionist temporal classification: labels for sequences of another length."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_bool, check_int
from cellnet.nn._inputs import check_float, check_tensors
from cellnet.nn.loss._base import LossBase
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class CTCLoss(LossBase):
    """-log of the probability of all ways to spell the target (mindspore.nn.CTCLoss).

    Args:
        blank: the class that spells nothing.
        reduction: "mean" (over the length of the target, then over samples), "sum" or
            "none".
        zero_infinity: whether 0 stands for infinity, which a target has that is too
            long for its input.

    Inputs: log_probs (T, N, C) or (T, C), logarithms of probabilities; targets (N, S),
        (S,) without N, or (sum of lengths,), classes other than blank; input_lengths
        and target_lengths (N,) or (), integer types.
    Outputs: shape (), or (N,) for "none"; the dtype of log_probs.

    Raises:
        TypeError: an argument or an input has a wrong type.
        ValueError: another reduction, blank outside [0, C), or wrong shapes.

    References: Graves et al., ICML 2006.
    """

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction)
        self.blank = check_int("CTCLoss", "blank", blank)
        self.zero_infinity = check_bool("CTCLoss", "zero_infinity", zero_infinity)

    def construct(
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor,
        target_lengths: Tensor,
    ) -> Tensor:
        """One loss per sequence, reduced."""
        check_float("CTCLoss", log_probs=log_probs)
        check_tensors("CTCLoss", targets=targets)
        if log_probs.ndim not in (2, 3):
            raise ValueError(
                f"CTCLoss: got log_probs {log_probs.shape}, expected (T, N, C) or (T, "
                "C)"
            )
        check_int("CTCLoss", "blank", self.blank, minimum=0)
        check_int("CTCLoss", "blank", self.blank, maximum=log_probs.shape[-1] - 1)
        single = log_probs.ndim == 2
        if single:
            log_probs = ops.expand_dims(log_probs, 1)
        steps, lengths = ops.reshape(input_lengths, -1), ops.reshape(target_lengths, -1)
        if targets.ndim == 1:
            targets = _in_rows(targets, lengths)
        loss, _ = ops.ctc_loss(
            log_probs,
            targets,
            steps,
            lengths,
            self.blank,
            "none" if single else self.reduction,
            self.zero_infinity,
        )
        if not single:
            return loss
        return loss[0] / lengths[0] if self.average else loss[0]


@op
def _in_rows(targets: Any, lengths: Any) -> Any:
    """Targets one after another, as rows that are long enough for any of them."""
    starts = jnp.cumsum(lengths) - lengths
    places = starts[:, None] + jnp.arange(targets.shape[0])
    return jnp.take(targets, places, mode="clip")
