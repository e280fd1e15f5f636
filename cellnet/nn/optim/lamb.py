"""LAMB: Adam whose step is scaled layer by layer."""

from __future__ import annotations

from typing import Any

import optax

from cellnet.nn.optim.adam_weight_decay import MomentsOptimizer, scale_by_moments


class Lamb(MomentsOptimizer):
    r"""LAMB: ``w = w - lr * |w| / |u| * u`` with ``u = r + weight_decay * w``.

    ``r = m^ / (sqrt(v^) + eps)`` is Adam's direction, of bias-corrected moments; the
    norms are those of a whole Parameter, and their ratio is 1 where one of them is 0.

    Args:
        params, learning_rate, beta1, beta2, eps, weight_decay: as AdamWeightDecay.

    Inputs, Outputs, Raises: as Optimizer.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = Lamb([w], learning_rate=0.1)((Tensor([3.0]),))
        >>> round(float(w), 4)
        0.9

    References: mindspore.nn.Lamb (not on its CPU backend); You et al., ICLR 2020.
    """

    prefix = "lamb"

    def __init__(
        self,
        params: Any,
        learning_rate: Any,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-6,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(params, learning_rate, beta1, beta2, eps, weight_decay)

    def rules(self) -> tuple[optax.GradientTransformation, ...]:
        """Moments, decay, and the ratio of norms."""
        count = self.global_step._value[0] + 1
        return (
            scale_by_moments(self.beta1, self.beta2, self.eps, count),
            self.add_decayed_weights(),
            optax.scale_by_trust_ratio(),
        )
