"""RMSProp."""

from __future__ import annotations

from typing import Any

import optax

from cellnet._checks import check_bool
from cellnet.nn._settings import non_negative_float, positive_float
from cellnet.nn.optim.optimizer import Optimizer


class RMSProp(Optimizer):
    r"""RMSProp: ``s = d * s + (1 - d) * g^2``, then ``w = w - n``.

    ``n = momentum * n + lr * g / sqrt(s + eps)``; centered, ``s - a^2`` stands for s,
    with ``a = d * a + (1 - d) * g``.  s begins at 1, a and n at 0.

    Args:
        params, learning_rate, loss_scale, weight_decay: as Optimizer.
        decay: d, a float >= 0.
        momentum: a float >= 0.
        epsilon: a float > 0, under the root.
        use_locking: accepted; a compiled step has no other writers.
        centered: divide by the deviation of the gradient, not by its mean square.

    Inputs, Outputs, Raises: as Optimizer.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> done = RMSProp([w], learning_rate=0.5)((Tensor([1.0]),))
        >>> float(w)
        0.5

    References: mindspore.nn.RMSProp; Graves, arXiv:1308.0850, equations 38 to 45.
    """

    def __init__(
        self,
        params: Any,
        learning_rate: Any = 0.1,
        decay: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        loss_scale: float = 1.0,
        weight_decay: Any = 0.0,
    ) -> None:
        super().__init__(learning_rate, params, weight_decay, loss_scale)
        self.decay = non_negative_float("RMSProp", "decay", decay)
        self.momentum = non_negative_float("RMSProp", "momentum", momentum)
        self.epsilon = positive_float("RMSProp", "epsilon", epsilon)
        check_bool("RMSProp", "use_locking", use_locking)
        self.centered = check_bool("RMSProp", "centered", centered)
        if centered:
            self.mg = self.parameters.clone("mean_grad", init="zeros")
        self.ms = self.parameters.clone("mean_square", init="ones")
        self.moment = self.parameters.clone("moment", init="zeros")

    def transform(self) -> optax.GradientTransformation:
        """The rule of the class docstring."""
        scale = optax.scale_by_stddev if self.centered else optax.scale_by_rms
        return optax.chain(
            scale(self.decay, self.epsilon, initial_scale=1.0, eps_in_sqrt=True),
            # the rate goes into the momentum, which therefore has MindSpore's sign
            self.scale_by_learning_rate(flip_sign=False),
            optax.trace(self.momentum),
            optax.scale(-1.0),
        )

    def transform_state(self) -> Any:
        """The averages and the momentum."""
        if self.centered:
            averages: Any = optax.ScaleByRStdDevState(tuple(self.mg), tuple(self.ms))
        else:
            averages = optax.ScaleByRmsState(tuple(self.ms))
        empty = optax.EmptyState()
        return (averages, empty, optax.TraceState(tuple(self.moment)), empty)
