"""Optimizers whose penalties pull weights to 0 exactly: FTRL, ProximalAdagrad."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import optax

from cellnet._checks import check_bool, check_number, check_type
from cellnet.nn._settings import non_negative_float
from cellnet.nn.optim.optimizer import Optimizer


class FtrlState(NamedTuple):
    """Sums of squared gradients, and of what they ask for."""

    squares: Any
    linear: Any


def follow_the_leader(
    rates: Any, power: float, l1: float, l2: float
) -> optax.GradientTransformation:
    """FTRL-proximal, the weights being computed anew from the sums.

    Args:
        rates: learning rate of each Parameter.
        power: of the sums of squares in the rate, <= 0.
        l1, l2: penalties, >= 0.
    """

    def init(params: Any) -> FtrlState:
        zeros = optax.tree.zeros_like(params)
        return FtrlState(zeros, zeros)

    def one(g: Any, w: Any, old: Any, linear: Any, rate: Any) -> tuple[Any, Any, Any]:
        new = old + g * g
        sigma = (new**-power - old**-power) / rate
        linear = linear + g - sigma * w
        quadratic = new**-power / rate + 2 * l2
        pulled = jnp.clip(linear, -l1, l1) - linear
        return pulled / quadratic - w, new, linear

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, FtrlState]:
        rows = [
            one(*row)
            for row in zip(
                updates, params, state.squares, state.linear, rates, strict=True
            )
        ]
        changes, squares, linear = zip(*rows, strict=True)
        return changes, FtrlState(squares, linear)

    return optax.GradientTransformation(init, update)


class FTRL(Optimizer):
    r"""Follow the regularized leader, proximal.

    ``a' = a + g^2``, ``z = z + g - (a'^-p - a^-p) / lr * w``, and then
    ``w = (clip(z, -l1, l1) - z) / (a'^-p / lr + 2 * l2)``; p is ``lr_power``.

    Args:
        params, weight_decay, loss_scale: as Optimizer.
        initial_accum: initial value of a, a float >= 0.
        learning_rate: a number >= 0, the same for all steps.
        lr_power: p, a float <= 0.
        l1, l2: penalties, floats >= 0.
        use_locking: accepted; a compiled step has no other writers.

    Inputs, Outputs: as Optimizer.

    Raises:
        ValueError: a learning rate that changes, or what Optimizer raises.
        TypeError: an argument of a wrong type.

    References: mindspore.nn.FTRL; McMahan et al., KDD 2013.
    """

    def __init__(
        self,
        params: Any,
        initial_accum: float = 0.1,
        learning_rate: float = 0.001,
        lr_power: float = -0.5,
        l1: float = 0.0,
        l2: float = 0.0,
        use_locking: bool = False,
        loss_scale: float = 1.0,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        if self.dynamic_lr or self.is_group_lr:
            raise ValueError("FTRL: the learning rate must be one number for all steps")
        if not self.is_group:  # MindSpore decays all here, "beta" and "gamma" too
            self.decay_flags = (True,) * len(self.parameters)
        non_negative_float("FTRL", "initial_accum", initial_accum)
        check_type("FTRL", "lr_power", lr_power, float)
        self.lr_power = check_number("FTRL", "lr_power", lr_power, maximum=0.0)
        self.l1 = non_negative_float("FTRL", "l1", l1)
        self.l2 = non_negative_float("FTRL", "l2", l2)
        check_bool("FTRL", "use_locking", use_locking)
        self.moments = self.parameters.clone("moments", init=initial_accum)
        self.linear = self.parameters.clone("linear", init="zeros")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return follow_the_leader(self.rates(), self.lr_power, self.l1, self.l2)

    def transform_state(self) -> Any:
        """The sums."""
        return FtrlState(tuple(self.moments), tuple(self.linear))


def proximal_adagrad(rates: Any, l1: float, l2: float) -> optax.GradientTransformation:
    """Adagrad's step, then a step towards 0; its state is ``optax.ScaleByRssState``.

    Args:
        rates: learning rate of each Parameter.
        l1, l2: penalties, >= 0.
    """
    adagrad = optax.scale_by_rss(0.0, eps=0.0)

    def one(g: Any, w: Any, total: Any, rate: Any) -> Any:
        rate = rate / jnp.sqrt(total)
        w_next = w - rate * g
        shrunk = jnp.maximum(jnp.abs(w_next) - rate * l1, 0.0)
        return jnp.sign(w_next) * shrunk / (1 + rate * l2) - w

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        _, state = adagrad.update(updates, state)
        rows = zip(updates, params, state.sum_of_squares, rates, strict=True)
        return tuple(one(*row) for row in rows), state

    return optax.GradientTransformation(adagrad.init, update)


class ProximalAdagrad(Optimizer):
    r"""Adagrad with penalties: ``w = sign(v) / (1 + r l2) * max(|v| - r l1, 0)``.

    ``a = a + g^2``, ``r = lr / sqrt(a)`` and ``v = w - r * g``.

    Args:
        params, learning_rate, weight_decay, loss_scale: as Optimizer.
        accum: initial value of a, a float >= 0.
        l1, l2: penalties, floats >= 0.
        use_locking: accepted; a compiled step has no other writers.

    Inputs, Outputs, Raises: as Optimizer.

    References: mindspore.nn.ProximalAdagrad; Duchi and Singer, JMLR 10, 2009.
    """

    def __init__(
        self,
        params: Any,
        accum: float = 0.1,
        learning_rate: Any = 0.001,
        l1: float = 0.0,
        l2: float = 0.0,
        use_locking: bool = False,
        loss_scale: float = 1.0,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        non_negative_float("ProximalAdagrad", "accum", accum)
        self.l1 = non_negative_float("ProximalAdagrad", "l1", l1)
        self.l2 = non_negative_float("ProximalAdagrad", "l2", l2)
        check_bool("ProximalAdagrad", "use_locking", use_locking)
        self.accum = self.parameters.clone("accum", init=accum)

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return proximal_adagrad(self.rates(), self.l1, self.l2)

    def transform_state(self) -> Any:
        """The sums of squares."""
        return optax.ScaleByRssState(tuple(self.accum))
