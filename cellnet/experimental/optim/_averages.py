"""Optimizers by averages or signs of gradients, with ``param_groups``."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import optax

from cellnet.experimental.optim._groups import ParamGroup
from cellnet.experimental.optim.optimizer import (
    Optimizer,
    check_amount,
    elementwise,
    to_float32,
)
from cellnet.nn.optim.rprop import RpropState, resilient


class Adagrad(Optimizer):
    """Adagrad: ``a = a + g^2``, then ``w = w - lr' * g / (sqrt(a) + eps)``.

    ``lr' = lr / (1 + (t - 1) * lr_decay)``, t counting steps from 1.

    Args:
        params: Parameters or groups of them, see Optimizer.
        lr: a number >= 0 or a Tensor.
        lr_decay: a number >= 0.
        weight_decay: a number >= 0, added to the gradient.
        initial_accumulator_value: initial a, a number >= 0.
        eps: a number >= 0.
        maximize: go up the gradient instead of down.

    Inputs, Outputs: as Optimizer.

    Raises:
        ValueError: an argument out of range or of a wrong type, as in MindSpore.

    References: mindspore.experimental.optim.Adagrad; Duchi et al., JMLR 12, 2011.
    """

    slots = {"accum": ("accum", "initial_accumulator_value")}
    step_name = "step_t"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        name = "initial_accumulator_value"
        check_amount("Adagrad", name, initial_accumulator_value)
        defaults = dict(
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
        )
        super().__init__(params, defaults)

    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """The gradient by the root of the sum of squares."""
        share = 1 / (1 + (to_float32(step) - 1) * group["lr_decay"])

        def one(g: Any, total: Any) -> tuple[Any, Any]:
            total = total + g * g
            return share * g / (jnp.sqrt(total) + group["eps"]), total

        return elementwise(one)


class RMSprop(Optimizer):
    """RMSprop: ``s = alpha * s + (1 - alpha) * g^2``, then ``w = w - lr * n``.

    ``n = momentum * n + g / (sqrt(s) + eps)``; centered, ``s - a^2`` stands for s, with
    ``a = alpha * a + (1 - alpha) * g``.

    Args:
        params: Parameters or groups of them, see Optimizer.
        lr: a number >= 0 or a Tensor.
        alpha: decay of the averages, a number >= 0.
        eps: a number >= 0.
        weight_decay: a number >= 0, added to the gradient.
        momentum: a number >= 0.
        centered: divide by the deviation of the gradient, not by its mean square.
        maximize: go up the gradient instead of down.

    Inputs, Outputs, Raises: as Adagrad.

    References: mindspore.experimental.optim.RMSprop; Graves, arXiv 1308.0850.
    """

    slots = {
        "mean_grad": ("mean_grad", "zeros"),
        "mean_square": ("mean_square", "zeros"),
        "moment": ("moment", "zeros"),
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        maximize: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
        )
        super().__init__(params, defaults)

    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """The gradient by its root mean square, and a momentum if there is one."""
        alpha, momentum = group["alpha"], group["momentum"]

        def one(g: Any, mean: Any, square: Any, moment: Any) -> tuple[Any, ...]:
            square = alpha * square + (1 - alpha) * g * g
            spread = square
            if group["centered"]:
                mean = alpha * mean + (1 - alpha) * g
                spread = square - mean * mean
            direction = g / (jnp.sqrt(spread) + group["eps"])
            if momentum > 0:
                direction = moment = momentum * moment + direction
            return direction, mean, square, moment

        return elementwise(one)


class Adadelta(Optimizer):
    """Adadelta: ``w = w - lr * u`` with ``u = sqrt(d + eps) / sqrt(a + eps) * g``.

    ``a = rho * a + (1 - rho) * g^2``, and after the update
    ``d = rho * d + (1 - rho) * u^2``.

    Args:
        params: Parameters or groups of them, see Optimizer.
        lr: a number >= 0 or a Tensor.
        rho: a number in [0, 1].
        eps: a number >= 0.
        weight_decay: a number >= 0, added to the gradient.
        maximize: go up the gradient instead of down.

    Inputs, Outputs, Raises: as Adagrad.

    References: mindspore.experimental.optim.Adadelta; Zeiler, arXiv 1212.5701.
    """

    slots = {"accum": ("accum", "zeros"), "accum_update": ("accum_update", "zeros")}

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        if check_amount("Adadelta", "rho", rho) > 1:
            raise ValueError(f"Adadelta: rho must be in [0, 1], got {rho}")
        defaults = dict(
            lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize
        )
        super().__init__(params, defaults)

    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """optax's."""
        rule: Any = optax.scale_by_adadelta(group["rho"], group["eps"])

        def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
            state = optax.ScaleByAdaDeltaState(*state)
            updates, new = rule.update(updates, state, params)
            return updates, tuple(new)

        return optax.GradientTransformation(rule.init, update)


class ASGD(Optimizer):
    """ASGD: ``w = w * (1 - lambd * eta) - eta * g``, and an average ``ax`` of all w.

    ``eta = lr / (1 + lambd * lr * (t - 1))^alpha``; ax is w up to step t0, and then
    ``ax + (w - ax) / (t - t0)``.

    Args:
        params: Parameters or groups of them, see Optimizer.
        lr: a number >= 0 or a Tensor.
        lambd: decay of the weights, a number.
        alpha: power of the decay of the rate, a number.
        t0: the step after which w is averaged, a number.
        weight_decay: a number >= 0, added to the gradient.
        maximize: go up the gradient instead of down.

    Inputs, Outputs, Raises: as Adagrad.

    References: mindspore.experimental.optim.ASGD; Polyak and Juditsky, SIAM Journal on
        Control and Optimization 30, 1992.
    """

    slots = {"ax": ("ax", "zeros")}
    step_name = "step_t"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr,
            lambd=lambd,
            alpha=alpha,
            t0=t0,
            weight_decay=weight_decay,
            maximize=maximize,
        )
        super().__init__(params, defaults)

    def chain(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """The step, and the average."""
        lambd, rate, t = group["lambd"], group["lr"]._value, to_float32(step)
        eta = rate / (1 + lambd * rate * (t - 1)) ** group["alpha"]
        share = 1 / jnp.maximum(1.0, t - 1 - group["t0"])

        def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
            (averages,) = state
            changes = tuple(
                -eta * (g + lambd * w) for g, w in zip(updates, params, strict=True)
            )
            averages = tuple(
                a + share * (w + change - a)
                for a, w, change in zip(averages, params, changes, strict=True)
            )
            return changes, (averages,)

        return optax.GradientTransformation(lambda params: (), update)


class Rprop(Optimizer):
    """Rprop: ``w = w - size * sign(g)``.

    The size begins at lr; it is multiplied by ``etas[1]`` where g has the sign of the
    last g, and by ``etas[0]`` where it has not, and there w stays for this step.

    Args:
        params: Parameters or groups of them, see Optimizer.
        lr: a number >= 0 or a Tensor.
        etas: two numbers, the first in (0, 1), the second > 1.
        step_sizes: least and greatest size.
        maximize: go up the gradient instead of down.

    Inputs, Outputs, Raises: as Adagrad.

    References: mindspore.experimental.optim.Rprop; Riedmiller and Braun,
        IEEE ICNN 1993.
    """

    slots = {"prev": ("prev", "zeros"), "step_size": ("step_size", "zeros")}
    step_name = "step_t"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        maximize: bool = False,
    ) -> None:
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(
                f"Rprop: etas must be one number in (0, 1) and one above 1, got {etas}"
            )
        defaults = dict(lr=lr, etas=etas, step_sizes=step_sizes, maximize=maximize)
        super().__init__(params, defaults)

    def chain(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """The step."""
        rates = (group["lr"]._value,) * len(group["params"])
        rule: Any = resilient(rates, step, group["etas"], group["step_sizes"])

        def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
            changes, new = rule.update(updates, RpropState(*state), params)
            return changes, tuple(new)

        return optax.GradientTransformation(rule.init, update)
