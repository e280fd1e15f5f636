"""Adam with decoupled weight decay and without bias correction."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from cellnet.nn._settings import open_unit_float, positive_float
from cellnet.nn.optim.optimizer import Optimizer


class MomentsState(NamedTuple):
    """First and second moments of the gradients."""

    mu: Any
    nu: Any


def scale_by_moments(
    b1: float, b2: float, eps: float, count: Any = None
) -> optax.GradientTransformation:
    """``m / (sqrt(v) + eps)``, with bias correction if ``count`` is given.

    Args:
        b1, b2: decays of the moments, in (0, 1).
        eps: added to the root of the second moment, > 0.
        count: the number of this step, from 1; None leaves the moments biased.
    """

    def init(params: Any) -> MomentsState:
        zeros = optax.tree.zeros_like(params)
        return MomentsState(zeros, zeros)

    def update(
        updates: Any, state: Any, params: Any = None
    ) -> tuple[Any, MomentsState]:
        del params
        mu = optax.tree.update_moment(updates, state.mu, b1, 1)
        nu = optax.tree.update_moment_per_elem_norm(updates, state.nu, b2, 2)
        kept = MomentsState(mu, nu)
        if count is not None:
            mu = optax.tree.bias_correction(mu, b1, count)
            nu = optax.tree.bias_correction(nu, b2, count)
        return jax.tree.map(lambda m, v: m / (jnp.sqrt(v) + eps), mu, nu), kept

    return optax.GradientTransformation(init, update)


class MomentsOptimizer(Optimizer):
    """Settings and moments that AdamWeightDecay and Lamb share.

    ``prefix`` is a property of the class: what the moments' names begin with.
    """

    coupled_weight_decay = False
    prefix = ""

    def __init__(
        self,
        params: Any,
        learning_rate: Any,
        beta1: float,
        beta2: float,
        eps: float,
        weight_decay: Any,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay)
        owner = self.cls_name
        self.beta1 = open_unit_float(owner, "beta1", beta1)
        self.beta2 = open_unit_float(owner, "beta2", beta2)
        self.eps = positive_float(owner, "eps", eps)
        self.moments1 = self.parameters.clone(f"{self.prefix}_m", init="zeros")
        self.moments2 = self.parameters.clone(f"{self.prefix}_v", init="zeros")

    def rules(self) -> tuple[optax.GradientTransformation, ...]:
        """The parts of the update rule, the direction first."""
        raise NotImplementedError

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return optax.chain(*self.rules(), self.scale_by_learning_rate())

    def transform_state(self) -> Any:
        """The moments."""
        state = MomentsState(tuple(self.moments1), tuple(self.moments2))
        return (state, *(optax.EmptyState(),) * len(self.rules()))


class AdamWeightDecay(MomentsOptimizer):
    r"""AdamW without bias correction: ``w -= lr * (m / (sqrt(v) + eps) + decay * w)``.

    ``m = b1 * m + (1 - b1) * g`` and ``v = b2 * v + (1 - b2) * g^2``.

    Args:
        params, learning_rate: as Optimizer.
        beta1: decay of m, a float in (0, 1).
        beta2: decay of v, a float in (0, 1).
        eps: a float > 0.
        weight_decay: a number >= 0 or a schedule Cell, apart from the gradient.

    Inputs, Outputs, Raises: as Optimizer.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = AdamWeightDecay([w], learning_rate=0.1)((Tensor([3.0]),))
        >>> round(float(w), 4)
        0.6838

    References: mindspore.nn.AdamWeightDecay; Loshchilov and Hutter, ICLR 2019.
    """

    prefix = "adam"

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-6,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(params, learning_rate, beta1, beta2, eps, weight_decay)

    def rules(self) -> tuple[optax.GradientTransformation, ...]:
        """Moments, then decay."""
        return (
            scale_by_moments(self.beta1, self.beta2, self.eps),
            self.add_decayed_weights(),
        )
