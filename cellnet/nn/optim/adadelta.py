"""Adadelta."""

from __future__ import annotations

from typing import Any

import optax

from cellnet._checks import check_probability, check_type
from cellnet.nn._settings import non_negative_float
from cellnet.nn.optim.optimizer import Optimizer


class Adadelta(Optimizer):
    r"""Adadelta: ``w = w - lr * u`` with ``u = sqrt(d + eps) / sqrt(a + eps) * g``.

    ``a = rho * a + (1 - rho) * g^2``, and after the update
    ``d = rho * d + (1 - rho) * u^2``.

    Args:
        params, learning_rate, weight_decay, loss_scale: as Optimizer.
        rho: a float in [0, 1].
        epsilon: a float >= 0.

    Inputs, Outputs, Raises: as Optimizer.

    References: mindspore.nn.Adadelta; Zeiler, arXiv 1212.5701.
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 1.0,
        rho: float = 0.9,
        epsilon: float = 1e-6,
        loss_scale: float = 1.0,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        check_type("Adadelta", "rho", rho, float)
        self.rho = check_probability("Adadelta", "rho", rho)
        self.epsilon = non_negative_float("Adadelta", "epsilon", epsilon)
        self.accum = self.parameters.clone("accum", init="zeros")
        self.accum_update = self.parameters.clone("accum_update", init="zeros")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return optax.chain(
            optax.scale_by_adadelta(self.rho, self.epsilon),
            self.scale_by_learning_rate(),
        )

    def transform_state(self) -> Any:
        """The averages of squares, of gradients and of updates."""
        state = optax.ScaleByAdaDeltaState(tuple(self.accum), tuple(self.accum_update))
        return (state, optax.EmptyState())
