"""Adam and its kin with ``param_groups``, in PyTorch's form: optax's."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from cellnet.experimental.optim._groups import ParamGroup
from cellnet.experimental.optim.optimizer import (
    Optimizer,
    check_amount,
    counted,
    elementwise,
    to_float32,
)

_MOMENTS = {
    "exp_avg": ("exp_avg", "zeros"),
    "exp_avg_sq": ("exp_avg_sq", "zeros"),
}


class Adam(Optimizer):
    """Adam: ``w = w - lr * m^ / (sqrt(v^) + eps)`` of bias-corrected moments.

    Args:
        params: Parameters or groups of them, see Optimizer.
        lr: a number >= 0 or a Tensor.
        betas: decays of the moments, two floats in [0, 1).
        eps: a float >= 0.
        weight_decay: a number >= 0, added to the gradient.
        amsgrad: take the largest v^ so far for v^.
        maximize: go up the gradient instead of down.

    Inputs, Outputs: as Optimizer.

    Raises:
        ValueError: an argument out of range or of a wrong type, as in MindSpore.

    References: mindspore.experimental.optim.Adam; Kingma and Ba, ICLR 2015.
    """

    slots = {**_MOMENTS, "max_exp_avg_sq": ("max_exp_avg_sq", "zeros")}
    step_name = "state_step"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
        )
        super().__init__(params, defaults)

    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """Adam's direction."""
        (b1, b2), eps = group["betas"], group["eps"]
        if group["amsgrad"]:
            amsgrad = optax.scale_by_amsgrad(b1, b2, eps)
            return counted(amsgrad, optax.ScaleByAmsgradState, step)
        adam: Any = counted(
            optax.scale_by_adam(b1, b2, eps), optax.ScaleByAdamState, step
        )

        def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
            updates, new = adam.update(updates, state[:2], params)
            return updates, (*new, state[2])

        return optax.GradientTransformation(adam.init, update)


class AdamW(Adam):
    """Adam whose weights decay apart: ``w = w - lr * (direction + weight_decay * w)``.

    Args: as Adam, with a weight_decay of 0.01 unless given.

    Inputs, Outputs, Raises: as Adam.

    References: mindspore.experimental.optim.AdamW; Loshchilov and Hutter, ICLR 2019.
    """

    decoupled_weight_decay = True

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize
        )


class Adamax(Optimizer):
    """Adamax: ``w = w - lr / (1 - b1^t) * m / u``, ``u = max(b2 * u, |g| + eps)``.

    Args: as Adam, without amsgrad.

    Inputs, Outputs, Raises: as Adam.

    References: mindspore.experimental.optim.Adamax; Kingma and Ba, ICLR 2015.
    """

    slots = {"exp_avg": ("exp_avg", "zeros"), "exp_inf": ("exp_inf", "zeros")}
    step_name = "step_t"

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize
        )
        super().__init__(params, defaults)

    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """Adamax's direction."""
        b1, b2 = group["betas"]
        rule = optax.scale_by_adamax(b1, b2, group["eps"])
        return counted(rule, optax.ScaleByAdamState, step)


class RAdam(Optimizer):
    """Adam whose first steps are plain, until the variance can be told.

    Args: as Adam, without amsgrad and maximize.

    Inputs, Outputs, Raises: as Adam.

    References: mindspore.experimental.optim.RAdam; Liu et al., ICLR 2020.
    """

    slots = _MOMENTS
    step_name = "step_t"

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        defaults = dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        super().__init__(params, defaults)

    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """RAdam's direction."""
        b1, b2 = group["betas"]
        rule = optax.scale_by_radam(b1, b2, group["eps"])
        return counted(rule, optax.ScaleByAdamState, step)


class NAdam(Optimizer):
    """Adam that looks ahead by a momentum which grows.

    ``u_t = b1 * (1 - 0.96^(t * momentum_decay) / 2)``; for m it takes
    ``u_(t+1) * m / (1 - prod u to t + 1) + (1 - u_t) * g / (1 - prod u to t)``.

    Args:
        params, lr, betas, eps, weight_decay: as Adam.
        momentum_decay: a number >= 0.

    Inputs, Outputs, Raises: as Adam.

    References: mindspore.experimental.optim.NAdam; Dozat, ICLR 2016.
    """

    slots = _MOMENTS
    step_name = "step_t"

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
    ) -> None:
        check_amount("NAdam", "momentum_decay", momentum_decay)
        defaults = dict(
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
        )
        super().__init__(params, defaults)

    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """NAdam's direction."""
        (b1, b2), eps, decay = group["betas"], group["eps"], group["momentum_decay"]
        t = to_float32(step)

        def momentum(step: Any) -> Any:
            return b1 * (1.0 - 0.5 * 0.96 ** (step * decay))

        now, ahead = momentum(t), momentum(t + 1)
        product = _momenta(momentum, step)

        def one(g: Any, m: Any, v: Any) -> tuple[Any, Any, Any]:
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            root = jnp.sqrt(v / (1 - b2**t)) + eps
            direction = ahead * m / (1 - product * ahead) + (1 - now) * g / (
                1 - product
            )
            return direction / root, m, v

        return elementwise(one)


def _momenta(momentum: Any, step: Any) -> Any:
    """The product of the momenta of steps 1 to ``step``."""
    start = jnp.ones((), jnp.float32)
    return jax.lax.fori_loop(
        1, step + 1, lambda i, total: total * momentum(to_float32(i)), start
    )
