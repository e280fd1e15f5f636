"""Resilient backpropagation."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import optax

from cellnet._checks import check_positive, check_type
from cellnet.nn.optim.optimizer import Optimizer


class RpropState(NamedTuple):
    """The last gradients, and the size of the last steps."""

    previous: Any
    sizes: Any


def resilient(
    rates: Any, step: Any, etas: tuple[float, float], bounds: tuple[float, float]
) -> optax.GradientTransformation:
    """Steps by the sign of the gradient, whose size grows while the sign stays.

    Args:
        rates: size of the first step of each Parameter.
        step: the number of this step, from 1.
        etas: factors of the size where the sign changed, and where it stayed.
        bounds: least and greatest size.
    """
    less, more = etas

    def init(params: Any) -> RpropState:
        zeros = optax.tree.zeros_like(params)
        return RpropState(zeros, zeros)

    def one(g: Any, previous: Any, size: Any, rate: Any) -> tuple[Any, Any, Any]:
        size = jnp.where(step == 1, rate, size)
        same = g * previous
        factor = jnp.where(same > 0, more, jnp.where(same < 0, less, 1.0))
        size = jnp.clip(size * factor, *bounds)
        g = jnp.where(same < 0, 0.0, g)
        return -jnp.sign(g) * size, g, size

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, RpropState]:
        del params
        rows = [
            one(*row)
            for row in zip(updates, state.previous, state.sizes, rates, strict=True)
        ]
        changes, previous, sizes = zip(*rows, strict=True)
        return changes, RpropState(previous, sizes)

    return optax.GradientTransformation(init, update)


class Rprop(Optimizer):
    r"""Rprop: ``w = w - size * sign(g)``.

    The size begins at lr; it is multiplied by ``etas[1]`` where g has the sign of the
    last g, and by ``etas[0]`` where it has not, and there w stays for this step.

    Args:
        params, learning_rate, weight_decay: as Optimizer.
        etas: two floats, the first in (0, 1), the second > 1.
        step_sizes: least and greatest size, floats > 0.

    Inputs, Outputs: as Optimizer.

    Raises:
        TypeError: etas or step_sizes is no tuple of two numbers.
        ValueError: one of them out of range, or what Optimizer raises.

    References: mindspore.nn.Rprop; Riedmiller and Braun, IEEE ICNN 1993.
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 0.1,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay)
        self.etas = _pair("etas", etas)
        self.step_sizes = _pair("step_sizes", step_sizes)
        if not 0 < self.etas[0] < 1 < self.etas[1]:
            raise ValueError(
                f"Rprop: etas must be one number in (0, 1) and one above 1, got {etas}"
            )
        if self.step_sizes[0] > self.step_sizes[1]:
            raise ValueError(f"Rprop: step_sizes must increase, got {step_sizes}")
        self.prev = self.parameters.clone("prev", init="zeros")
        self.step_size = self.parameters.clone("step_size", init="zeros")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        step = self.global_step._value[0] + 1
        return resilient(self.rates(), step, self.etas, self.step_sizes)

    def transform_state(self) -> Any:
        """Last gradients and sizes."""
        return RpropState(tuple(self.prev), tuple(self.step_size))


def _pair(name: str, value: Any) -> tuple[float, float]:
    check_type("Rprop", name, value, tuple)
    if len(value) != 2:
        raise ValueError(f"Rprop: {name} must be two numbers, got {value}")
    for item in value:
        check_type("Rprop", name, item, float)
        check_positive("Rprop", name, item)
    return value
