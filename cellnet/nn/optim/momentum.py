"""Gradient descent with momentum."""

from __future__ import annotations

from typing import Any

import optax

from cellnet._checks import check_bool
from cellnet.nn._settings import non_negative_float
from cellnet.nn.optim.optimizer import Optimizer
from cellnet.parameter import Parameter


class Momentum(Optimizer):
    r"""Momentum: ``v = momentum * v + g``, then ``w = w - lr * v``.

    With Nesterov, ``w = w - lr * (g + momentum * v)``.

    Args:
        params, learning_rate, loss_scale, weight_decay: as Optimizer.
        momentum: a float >= 0.
        use_nesterov: look ahead by one step of the velocity.

    Inputs, Outputs: as Optimizer.

    Raises:
        TypeError: an argument of a wrong type, an int momentum among them.
        ValueError: a number outside its range, or what Optimizer raises.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = Momentum([w], learning_rate=0.1, momentum=0.9)((Tensor([2.0]),))
        >>> w.asnumpy().tolist()
        [0.800000011920929]

    Differs: MindSpore's CPU kernel ignores ``use_nesterov``; here it does what
        MindSpore documents.
    References: mindspore.nn.Momentum; Sutskever et al., ICML 2013.
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any,
        momentum: float,
        weight_decay: Any = 0.0,
        loss_scale: float = 1.0,
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        non_negative_float("Momentum", "momentum", momentum)
        self.momentum = Parameter(float(momentum), name="momentum")
        self.use_nesterov = check_bool("Momentum", "use_nesterov", use_nesterov)
        self.moments = self.parameters.clone("moments", init="zeros")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        return optax.chain(
            optax.trace(self.momentum._value, nesterov=self.use_nesterov),
            self.scale_by_learning_rate(),
        )

    def transform_state(self) -> Any:
        """The velocities."""
        return (optax.TraceState(tuple(self.moments)), optax.EmptyState())
