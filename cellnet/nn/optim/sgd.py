"""Stochastic gradient descent with PyTorch's form of momentum."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from cellnet._checks import check_bool, check_number
from cellnet.nn.optim.optimizer import Optimizer
from cellnet.parameter import Parameter


class DampedTraceState(NamedTuple):
    """Velocities, and for each 1 until its first step, 0 from then on."""

    trace: Any
    stat: Any


def damped_trace(
    decay: Any, dampening: float, *, nesterov: bool
) -> optax.GradientTransformation:
    """``optax.trace`` with dampening from the second step on.

    ``v = g`` at first, then ``v = decay * v + (1 - dampening) * g``; the update is v,
    or ``g + decay * v`` with Nesterov.  With ``decay`` 0 the update is g and the state
    stays as it is.

    Args:
        decay: >= 0, a number or a traced scalar.
        dampening: a number >= 0.
        nesterov: look ahead by one step.
    """

    def init(params: Any) -> DampedTraceState:
        return DampedTraceState(
            jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.ones_like, params)
        )

    def update(
        updates: Any, state: Any, params: Any = None
    ) -> tuple[Any, DampedTraceState]:
        del params
        moving = decay > 0

        def velocity(g: Any, v: Any, fresh: Any) -> Any:
            return jnp.where(fresh > 0, g, decay * v + (1 - dampening) * g)

        trace = jax.tree.map(velocity, updates, state.trace, state.stat)
        ahead = trace
        if nesterov:
            ahead = jax.tree.map(lambda g, v: g + decay * v, updates, trace)
        kept = DampedTraceState(trace, jax.tree.map(jnp.zeros_like, state.stat))

        def choose(new: Any, old: Any) -> Any:
            return jax.tree.map(lambda a, b: jnp.where(moving, a, b), new, old)

        return choose(ahead, updates), choose(kept, state)

    return optax.GradientTransformation(init, update)


class SGD(Optimizer):
    r"""SGD: ``v = momentum * v + (1 - dampening) * g``, then ``w = w - lr * v``.

    At the first step ``v = g``.  With Nesterov, ``w = w - lr * (g + momentum * v)``.
    With momentum 0, ``w = w - lr * g``.

    Args:
        params, learning_rate, loss_scale, weight_decay: as Optimizer.
        momentum: a number >= 0.
        dampening: a number >= 0, 0 with Nesterov.
        nesterov: look ahead by one step; needs a momentum.

    Inputs, Outputs: as Optimizer.

    Raises:
        TypeError: an argument of a wrong type.
        ValueError: a number outside its range; Nesterov without momentum or with
            dampening; or what Optimizer raises.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = SGD([w], learning_rate=0.5)((Tensor([1.0]),))
        >>> w.asnumpy().tolist()
        [0.5]

    References: mindspore.nn.SGD; Sutskever et al., ICML 2013.
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 0.1,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: Any = 0.0,
        nesterov: bool = False,
        loss_scale: float = 1.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        check_number("SGD", "momentum", momentum, minimum=0.0)
        self.dampening = float(check_number("SGD", "dampening", dampening, minimum=0.0))
        self.nesterov = check_bool("SGD", "nesterov", nesterov)
        if nesterov and (momentum == 0 or dampening != 0):
            raise ValueError(
                "SGD: nesterov needs momentum > 0 and dampening 0, got "
                f"momentum={momentum}, dampening={dampening}"
            )
        self.momentum = Parameter(float(momentum), name="momentum")
        self.accum = self.parameters.clone("accum", init="zeros")
        self.stat = self.parameters.clone("stat", init="ones")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return optax.chain(
            damped_trace(self.momentum._value, self.dampening, nesterov=self.nesterov),
            self.scale_by_learning_rate(),
        )

    def transform_state(self) -> Any:
        """The velocities, and which of them have begun."""
        state = DampedTraceState(tuple(self.accum), tuple(self.stat))
        return (state, optax.EmptyState())
