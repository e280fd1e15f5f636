"""Adam in MindSpore's form."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from cellnet._checks import check_bool
from cellnet.nn._settings import open_unit_float, positive_float
from cellnet.nn.optim.optimizer import Optimizer
from cellnet.parameter import Parameter


class ScaleByTfAdamState(NamedTuple):
    """Powers of the betas, moments, and the largest second moments of AMSGrad."""

    beta1_power: Any
    beta2_power: Any
    mu: Any
    nu: Any
    nu_max: Any


def scale_by_tf_adam(
    b1: float, b2: float, eps: float, *, nesterov: bool = False, amsgrad: bool = False
) -> optax.GradientTransformation:
    """Adam's direction with epsilon outside the bias correction.

    ``sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps)``: TensorFlow's and MindSpore's
    form.  ``optax.scale_by_adam`` adds epsilon to the corrected root instead.

    Args:
        b1, b2: decays of the moments, in (0, 1).
        eps: added to the root of the uncorrected second moment, > 0.
        nesterov: take ``b1 * m + (1 - b1) * g`` for m.
        amsgrad: take the largest v so far for v.
    """

    def init(params: Any) -> ScaleByTfAdamState:
        zeros = optax.tree.zeros_like(params)
        one = jnp.ones((), jnp.float32)
        return ScaleByTfAdamState(one, one, zeros, zeros, zeros if amsgrad else ())

    def update(
        updates: Any, state: Any, params: Any = None
    ) -> tuple[Any, ScaleByTfAdamState]:
        del params
        b1_power, b2_power = state.beta1_power * b1, state.beta2_power * b2
        mu = optax.tree.update_moment(updates, state.mu, b1, 1)
        nu = optax.tree.update_moment_per_elem_norm(updates, state.nu, b2, 2)
        ahead = optax.tree.update_moment(updates, mu, b1, 1) if nesterov else mu
        nu_max = jax.tree.map(jnp.maximum, state.nu_max, nu) if amsgrad else ()
        correction = jnp.sqrt(1 - b2_power) / (1 - b1_power)
        directions = jax.tree.map(
            lambda m, v: correction * m / (jnp.sqrt(v) + eps),
            ahead,
            nu_max if amsgrad else nu,
        )
        return directions, ScaleByTfAdamState(b1_power, b2_power, mu, nu, nu_max)

    return optax.GradientTransformation(init, update)


class Adam(Optimizer):
    r"""Adam: ``w = w - lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps)``.

    ``m = b1 * m + (1 - b1) * g`` and ``v = b2 * v + (1 - b2) * g^2``; t counts steps
    from 1.

    Args:
        params, learning_rate, loss_scale, weight_decay: as Optimizer.
        beta1: decay of m, a float in (0, 1).
        beta2: decay of v, a float in (0, 1).
        eps: a float > 0.
        use_locking: accepted; a compiled step has no other writers.
        use_nesterov: take ``b1 * m + (1 - b1) * g`` for m.
        use_amsgrad: take the largest v so far for v.
        use_lazy: accepted; gradients are dense.
        use_offload: accepted; XLA places the update.

    Inputs, Outputs, Raises: as Optimizer.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = Adam([w], learning_rate=0.5)((Tensor([3.0]),))
        >>> round(float(w), 4)
        0.5

    Differs: from optax.adam in where epsilon stands, see scale_by_tf_adam.
    References: mindspore.nn.Adam; Kingma and Ba, ICLR 2015; Reddi et al., ICLR 2018.
    """

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
        use_amsgrad: bool = False,
        *,
        use_lazy: bool = False,
        use_offload: bool = False,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        self.beta1 = open_unit_float("Adam", "beta1", beta1)
        self.beta2 = open_unit_float("Adam", "beta2", beta2)
        self.eps = positive_float("Adam", "eps", eps)
        self.use_nesterov = check_bool("Adam", "use_nesterov", use_nesterov)
        self.use_amsgrad = check_bool("Adam", "use_amsgrad", use_amsgrad)
        for name, flag in (
            ("use_locking", use_locking),
            ("use_lazy", use_lazy),
            ("use_offload", use_offload),
        ):
            check_bool("Adam", name, flag)
        self.beta1_power = Parameter(1.0, name="beta1_power")
        self.beta2_power = Parameter(1.0, name="beta2_power")
        self.moment1 = self.parameters.clone("moment1", init="zeros")
        self.moment2 = self.parameters.clone("moment2", init="zeros")
        if use_amsgrad:
            self.vhat = self.parameters.clone("vhat", init="zeros")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return optax.chain(
            scale_by_tf_adam(
                self.beta1,
                self.beta2,
                self.eps,
                nesterov=self.use_nesterov,
                amsgrad=self.use_amsgrad,
            ),
            self.scale_by_learning_rate(),
        )

    def transform_state(self) -> Any:
        """The powers of the betas and the moments."""
        state = ScaleByTfAdamState(
            self.beta1_power,
            self.beta2_power,
            tuple(self.moment1),
            tuple(self.moment2),
            tuple(self.vhat) if self.use_amsgrad else (),
        )
        return (state, optax.EmptyState())
