"""Averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import optax

from cellnet._checks import check_type
from cellnet.nn.optim.optimizer import Optimizer
from cellnet.parameter import Parameter, ParameterTuple


class AveragedState(NamedTuple):
    """The next rate and share of each Parameter, and its average."""

    eta: Any
    mu: Any
    average: Any


def averaged_sgd(
    rates: Any, step: Any, *, decay: float, power: float, start: float
) -> optax.GradientTransformation:
    """Steps of shrinking size, and an average of what they lead to.

    Args:
        rates: initial rate of each Parameter.
        step: the number of this step, from 1.
        decay: of the weights and, to ``power``, of the rate.
        power: see there.
        start: the step after which the average takes more than the last value.
    """

    def init(params: Any) -> AveragedState:
        ones = tuple(jnp.ones((), jnp.float32) for _ in params)
        return AveragedState(rates, ones, optax.tree.zeros_like(params))

    def update(
        updates: Any, state: Any, params: Any = None
    ) -> tuple[Any, AveragedState]:
        etas = tuple(
            jnp.where(step == 1, r, e) for r, e in zip(rates, state.eta, strict=True)
        )
        changes = tuple(
            -e * (g + decay * w) for g, w, e in zip(updates, params, etas, strict=True)
        )
        averages = tuple(
            a + m * (w + change - a)
            for a, m, w, change in zip(
                state.average, state.mu, params, changes, strict=True
            )
        )
        next_etas = tuple(r / (1 + decay * r * step) ** power for r in rates)
        share = 1 / jnp.maximum(1.0, step - start)
        return changes, AveragedState(next_etas, (share,) * len(rates), averages)

    return optax.GradientTransformation(init, update)


class ASGD(Optimizer):
    r"""ASGD: ``w = w * (1 - lambd * eta) - eta * g``, and an average of all w.

    ``eta = lr / (1 + lambd * lr * t)^alpha``, at first lr.  The average ``ax`` is w up
    to step t0, and then ``ax + (w - ax) / (t - t0)``.

    Args:
        params, learning_rate, weight_decay: as Optimizer.
        lambd: decay of the weights, a float.
        alpha: power of the decay of the rate, a float.
        t0: the step after which w is averaged, a float.

    Inputs, Outputs, Raises: as Optimizer.

    References: mindspore.nn.ASGD; Polyak and Juditsky, SIAM Journal on Control and
        Optimization 30, 1992.
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 0.1,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay)
        self.lambd = check_type("ASGD", "lambd", lambd, float)
        self.alpha = check_type("ASGD", "alpha", alpha, float)
        self.t0 = check_type("ASGD", "t0", t0, float)
        self.mu = self._scalars("mu_", 1.0)
        self.eta = self._scalars("eta_", 0.0)
        self.ax = self.parameters.clone("ax_", init="zeros")

    def _scalars(self, prefix: str, value: float) -> ParameterTuple:
        return ParameterTuple(
            Parameter(value, name=prefix + parameter.name)
            for parameter in self.parameters
        )

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return averaged_sgd(
            self.rates(),
            self.global_step._value[0] + 1,
            decay=self.lambd,
            power=self.alpha,
            start=self.t0,
        )

    def transform_state(self) -> Any:
        """Rates, shares and averages."""
        return AveragedState(tuple(self.eta), tuple(self.mu), tuple(self.ax))
