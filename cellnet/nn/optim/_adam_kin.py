"""AdamOffload and LazyAdam, which are Adam where gradients are dense; AdaMax."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from cellnet.nn._settings import open_unit_float, positive_float
from cellnet.nn.optim.adam import Adam
from cellnet.nn.optim.optimizer import Optimizer
from cellnet.parameter import Parameter


class _DenseAdam(Adam):
    def __init__(
        self,
        params: Any,
        learning_rate: Any = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        use_locking: bool = False,
        use_nesterov: bool = False,
        weight_decay: Any = 0.0,
        loss_scale: float = 1.0,
    ) -> None:
        super().__init__(
            params,
            learning_rate,
            beta1,
            beta2,
            eps,
            use_locking,
            use_nesterov,
            weight_decay,
            loss_scale,
        )


class AdamOffload(_DenseAdam):
    """Adam, wherever XLA places it (mindspore.nn.AdamOffload).

    Args, Inputs, Outputs, Raises: as Adam, without use_amsgrad.
    """


class LazyAdam(_DenseAdam):
    """Adam; gradients are dense, so that no row is left out (mindspore.nn.LazyAdam).

    Args, Inputs, Outputs, Raises: as Adam, without use_amsgrad.
    """


class ScaleByAdaMaxState(NamedTuple):
    """The power of beta1, the moment, and the largest gradients, which decay."""

    beta1_power: Any
    mu: Any
    nu: Any


def scale_by_tf_adamax(
    b1: float, b2: float, eps: float
) -> optax.GradientTransformation:
    """``m / (1 - b1^t) / (v + eps)`` with ``v = max(b2 * v, |g|)``.

    ``optax.scale_by_adamax`` puts epsilon inside the maximum instead.

    Args:
        b1, b2: decays, in (0, 1).
        eps: added to v, > 0.
    """

    def init(params: Any) -> ScaleByAdaMaxState:
        zeros = optax.tree.zeros_like(params)
        return ScaleByAdaMaxState(jnp.ones((), jnp.float32), zeros, zeros)

    def update(
        updates: Any, state: Any, params: Any = None
    ) -> tuple[Any, ScaleByAdaMaxState]:
        del params
        power = state.beta1_power * b1
        mu = optax.tree.update_moment(updates, state.mu, b1, 1)
        nu = jax.tree.map(
            lambda g, v: jnp.maximum(b2 * v, jnp.abs(g)), updates, state.nu
        )
        directions = jax.tree.map(lambda m, v: m / (1 - power) / (v + eps), mu, nu)
        return directions, ScaleByAdaMaxState(power, mu, nu)

    return optax.GradientTransformation(init, update)


class AdaMax(Optimizer):
    r"""AdaMax: ``w = w - lr / (1 - b1^t) * m / (v + eps)``.

    ``m = b1 * m + (1 - b1) * g`` and ``v = max(b2 * v, |g|)``; t counts steps from 1.

    Args:
        params, learning_rate, weight_decay, loss_scale: as Optimizer.
        beta1: decay of m, a float in (0, 1).
        beta2: decay of v, a float in (0, 1).
        eps: a float > 0.

    Inputs, Outputs, Raises: as Optimizer.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = AdaMax([w], learning_rate=0.5)((Tensor([3.0]),))
        >>> round(float(w), 4)
        0.5

    References: mindspore.nn.AdaMax; Kingma and Ba, ICLR 2015.
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: Any = 0.0,
        loss_scale: float = 1.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        self.beta1 = open_unit_float("AdaMax", "beta1", beta1)
        self.beta2 = open_unit_float("AdaMax", "beta2", beta2)
        self.eps = positive_float("AdaMax", "eps", eps)
        self.beta1_power = Parameter(1.0, name="beta1_power")
        self.moment1 = self.parameters.clone("moment1", init="zeros")
        self.moment2 = self.parameters.clone("moment2", init="zeros")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return optax.chain(
            scale_by_tf_adamax(self.beta1, self.beta2, self.eps),
            self.scale_by_learning_rate(),
        )

    def transform_state(self) -> Any:
        """The power of beta1 and the moments."""
        state = ScaleByAdaMaxState(
            self.beta1_power, tuple(self.moment1), tuple(self.moment2)
        )
        return (state, optax.EmptyState())
