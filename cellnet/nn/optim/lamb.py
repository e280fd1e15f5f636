"""LAMB: Adam whose step is scaled layer by layer."""

from __future__ import annotations

from typing import Any

import optax

from cellnet.nn._settings import open_unit_float, positive_float
from cellnet.nn.optim.adam_weight_decay import MomentsState, scale_by_moments
from cellnet.nn.optim.optimizer import Optimizer


class Lamb(Optimizer):
    r"""LAMB: ``w = w - lr * |w| / |u| * u`` with ``u = r + weight_decay * w``.

    ``r = m^ / (sqrt(v^) + eps)`` is Adam's direction, of bias-corrected moments; the
    norms are those of a whole Parameter, and their ratio is 1 where one of them is 0.

    Args:
        params: Parameters or groups of them, see Optimizer.
        learning_rate: a number, a list of them or a schedule, see Optimizer.
        beta1: decay of m, a float in (0, 1).
        beta2: decay of v, a float in (0, 1).
        eps: a float > 0.
        weight_decay: a number >= 0 or a schedule Cell, apart from the gradient.

    Inputs:
        gradients: a tuple of Tensors, one for each Parameter, of its shape.

    Outputs:
        True for each Parameter.

    Raises:
        TypeError: an argument of a wrong type.
        ValueError: a number outside its range, or what Optimizer raises.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = Lamb([w], learning_rate=0.1)((Tensor([3.0]),))
        >>> round(float(w), 4)
        0.9

    References: mindspore.nn.Lamb (not on its CPU backend); You et al., ICLR 2020.
    """

    coupled_weight_decay = False

    def __init__(
        self,
        params: Any,
        learning_rate: Any,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-6,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay)
        self.beta1 = open_unit_float("Lamb", "beta1", beta1)
        self.beta2 = open_unit_float("Lamb", "beta2", beta2)
        self.eps = positive_float("Lamb", "eps", eps)
        self.moments1 = self.parameters.clone("lamb_m", init="zeros")
        self.moments2 = self.parameters.clone("lamb_v", init="zeros")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        count = self.global_step._value[0] + 1
        return optax.chain(
            scale_by_moments(self.beta1, self.beta2, self.eps, count),
            self.add_decayed_weights(),
            optax.scale_by_trust_ratio(),
            self.scale_by_learning_rate(),
        )

    def transform_state(self) -> Any:
        """The moments."""
        state = MomentsState(tuple(self.moments1), tuple(self.moments2))
        return (state, *(optax.EmptyState(),) * 3)
