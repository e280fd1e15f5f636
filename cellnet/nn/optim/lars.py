"""LARS: a rate for each layer, put before another optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool
from cellnet.nn._settings import non_negative_float, positive_float
from cellnet.nn.cell import Cell
from cellnet.nn.optim._apply import check_gradients
from cellnet.nn.optim.optimizer import Optimizer
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


def _usual(parameter: Parameter) -> bool:
    return "LayerNorm" not in parameter.name and "bias" not in parameter.name


class LARS(Cell):
    r"""Gradients ``r * (g + decay * w)`` for another optimizer.

    ``r = coefficient * |w| / (|g| + decay * |w| + epsilon)``, and 1 where a norm is 0.
    The weight decay is the other optimizer's, which itself decays no more.

    Args:
        optimizer: the Optimizer that makes the update.
        epsilon: a float > 0.
        coefficient: a float >= 0.
        use_clip: whether r over the learning rate is at most 1.
        lars_filter: function of a Parameter, whether it takes part; by default those
            without "LayerNorm" and "bias" in their names.

    Inputs, Outputs, Raises: as Optimizer.

    Example:
        >>> from cellnet import Parameter, Tensor, nn
        >>> w = Parameter(Tensor([4.0]), name="w")
        >>> step = nn.LARS(nn.SGD([w], 1.0), coefficient=0.5)
        >>> done = step((Tensor([2.0]),))
        >>> round(float(w), 4)
        2.0

    References: mindspore.nn.LARS (not on its CPU backend); You et al., arXiv
        1708.03888.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        epsilon: float = 1e-5,
        coefficient: float = 0.001,
        use_clip: bool = False,
        lars_filter: Callable[[Parameter], bool] = _usual,
    ) -> None:
        super().__init__(auto_prefix=False)
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"LARS: optimizer must be an Optimizer, got {type(optimizer).__name__}"
            )
        self.epsilon = positive_float("LARS", "epsilon", epsilon)
        self.coefficient = non_negative_float("LARS", "coefficient", coefficient)
        self.use_clip = check_bool("LARS", "use_clip", use_clip)
        self.global_step = Parameter(np.zeros(1, np.int32), name="global_step")
        self.parameters = optimizer.parameters
        self.lars_flag = tuple(bool(lars_filter(p)) for p in self.parameters)
        self.decay_flags = optimizer.decay_flags
        optimizer.decay_flags = (False,) * len(self.parameters)
        self.optimizer = optimizer

    @property
    def learning_rate(self) -> Any:
        """The other optimizer's."""
        return self.optimizer.learning_rate

    def construct(self, gradients: tuple[Tensor, ...]) -> Any:
        """Scale the gradients, and let the other optimizer update."""
        arrays = check_gradients(self, gradients, self.parameters)
        inner = self.optimizer
        decays = inner._per_parameter(inner.get_weight_decay())
        rates = inner._per_parameter(inner.get_lr())
        scaled = tuple(
            self._scaled(g, p._value, d._value if flag else 0.0, r._value)
            if takes_part
            else g
            for g, p, d, r, flag, takes_part in zip(
                arrays,
                self.parameters,
                decays,
                rates,
                self.decay_flags,
                self.lars_flag,
                strict=True,
            )
        )
        self.global_step._value = self.global_step._value + 1
        return inner(tuple(Tensor._wrap(g) for g in scaled))

    def _scaled(self, g: Any, w: Any, decay: Any, rate: Any) -> Any:
        """The gradient, times the loss scale that the other optimizer takes off."""
        g_wide = g.astype(jnp.float32) / self.optimizer.loss_scale
        w_norm, g_norm = jnp.linalg.norm(w.ravel()), jnp.linalg.norm(g_wide.ravel())
        ratio = self.coefficient * w_norm / (g_norm + decay * w_norm + self.epsilon)
        ratio = jnp.where((w_norm > 0) & (g_norm > 0), ratio, 1.0)
        if self.use_clip:
            ratio = jnp.minimum(ratio / rate, 1.0)
        new = ratio * (g_wide + decay * w) * self.optimizer.loss_scale
        return new.astype(g.dtype)
