"""Adagrad."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from cellnet._checks import check_bool
from cellnet.nn._settings import non_negative_float
from cellnet.nn.optim.optimizer import Optimizer


def scale_by_kept_rss(
    initial_accumulator_value: float,
) -> optax.GradientTransformation:
    """``optax.scale_by_rss`` whose sum of squares stays what it is."""
    rule = optax.scale_by_rss(initial_accumulator_value)

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        del params
        scaled = jax.tree.map(
            lambda g, total: jnp.where(total > 0, jax.lax.rsqrt(total), 0.0) * g,
            updates,
            state.sum_of_squares,
        )
        return scaled, state

    return optax.GradientTransformation(rule.init, update)


class Adagrad(Optimizer):
    r"""Adagrad: ``a = a + g^2``, then ``w = w - lr * g / sqrt(a)``.

    Args:
        params, learning_rate, loss_scale, weight_decay: as Optimizer.
        accum: initial value of a, a float >= 0.
        update_slots: False leaves a at its initial value.

    Inputs, Outputs, Raises: as Optimizer.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = Adagrad([w], accum=0.0, learning_rate=0.5)((Tensor([3.0]),))
        >>> float(w)
        0.5

    Differs: MindSpore's CPU kernel ignores ``update_slots``, and gives nan for g = 0
        while a = 0; here w stays.
    References: mindspore.nn.Adagrad; Duchi et al., JMLR 2011.
    """

    def __init__(
        self,
        params: Any,
        accum: float = 0.1,
        learning_rate: Any = 0.001,
        update_slots: bool = True,
        loss_scale: float = 1.0,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        self.initial_accum = non_negative_float("Adagrad", "accum", accum)
        self.update_slots = check_bool("Adagrad", "update_slots", update_slots)
        self.accum = self.parameters.clone("accum", init=accum)

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        if self.update_slots:
            rule = optax.scale_by_rss(self.initial_accum, eps=0.0)
        else:
            rule = scale_by_kept_rss(self.initial_accum)
        return optax.chain(rule, self.scale_by_learning_rate())

    def transform_state(self) -> Any:
        """The sums of squares."""
        return (optax.ScaleByRssState(tuple(self.accum)), optax.EmptyState())
