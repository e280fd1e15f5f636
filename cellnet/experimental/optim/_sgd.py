"""SGD with ``param_groups``."""

from __future__ import annotations

from typing import Any

import optax

from cellnet.experimental.optim._groups import ParamGroup
from cellnet.experimental.optim.optimizer import Optimizer, check_amount
from cellnet.nn.optim.sgd import DampedTraceState, damped_trace


class SGD(Optimizer):
    """SGD: ``v = momentum * v + (1 - dampening) * g``, then ``w = w - lr * v``.

    At the first step ``v = g``.  With Nesterov, ``w = w - lr * (g + momentum * v)``.

    Args:
        params: Parameters or groups of them, see Optimizer.
        lr: a number >= 0 or a Tensor.
        momentum: a number >= 0.
        dampening: a number.
        weight_decay: a number >= 0.
        nesterov: look ahead by one step; needs a momentum and no dampening.
        maximize: go up the gradient instead of down.

    Inputs, Outputs: as Optimizer.

    Raises:
        ValueError: an argument out of range or of a wrong type, as in MindSpore.

    References: mindspore.experimental.optim.SGD; Sutskever et al., ICML 2013.
    """

    slots = {"accum": ("accum", "zeros"), "stat": ("stat", "ones")}

    def __init__(
        self,
        params: Any,
        lr: Any,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
        )
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        """Refuse wrong settings, Nesterov without momentum among them."""
        super().check_group(group)
        check_amount("SGD", "dampening", abs(group["dampening"]))
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError("SGD: nesterov needs momentum > 0 and dampening 0")

    def rule(self, group: ParamGroup, step: Any) -> optax.GradientTransformation:
        """The velocity, or the gradient where there is none."""
        inner: Any = damped_trace(
            group["momentum"], group["dampening"], nesterov=group["nesterov"]
        )

        def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
            updates, new = inner.update(updates, DampedTraceState(*state), params)
            return updates, tuple(new)

        return optax.GradientTransformation(inner.init, update)
