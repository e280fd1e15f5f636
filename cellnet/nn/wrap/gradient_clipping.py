"""GradientClipping: an optimizer that sees no gradient beyond a limit."""

from __future__ import annotations

from typing import Any

from cellnet import ops
from cellnet._checks import check_positive
from cellnet.nn.cell import Cell
from cellnet.nn.optim._apply import check_gradients
from cellnet.nn.wrap._around import AroundOptimizer
from cellnet.tensor import Tensor


class GradientClipping(AroundOptimizer):
    r"""An optimizer whose gradients are clipped before the update.

    Exactly one limit is given:

    - ``value``: each element g becomes min(max(g, -value), value);
    - ``norm``: each gradient is scaled down to a Euclidean norm of at most ``norm``;
    - ``global_norm``: all are scaled by one factor, so that the norm of them together
      is at most ``global_norm``.

    Args:
        optimizer: makes the update.
        value, norm, global_norm: a number > 0.  They speak of the gradients of the loss
            itself: an optimizer's ``loss_scale`` is allowed for.

    Inputs, Outputs: as the optimizer.

    Raises:
        TypeError: no optimizer; a limit that is no number.
        ValueError: no limit, more than one, or one <= 0.

    Example:
        >>> from cellnet import Parameter, nn
        >>> w = Parameter(Tensor([0.0, 0.0]), name="w")
        >>> optimizer = GradientClipping(nn.SGD([w], 1.0), global_norm=1.0)
        >>> done = optimizer((Tensor([3.0, 4.0]),))
        >>> [round(x, 3) for x in w.asnumpy().tolist()]
        [-0.6, -0.8]

    References: Pascanu, Mikolov, Bengio, ICML 2013 (global norm).
    """

    def __init__(
        self,
        optimizer: Cell,
        *,
        value: float | None = None,
        norm: float | None = None,
        global_norm: float | None = None,
    ) -> None:
        super().__init__(optimizer)
        limits = {"value": value, "norm": norm, "global_norm": global_norm}
        given = {kind: limit for kind, limit in limits.items() if limit is not None}
        if len(given) != 1:
            raise ValueError(
                f"GradientClipping: give one of {', '.join(limits)}; got "
                f"{', '.join(given) or 'none'}"
            )
        ((self.kind, limit),) = given.items()
        self.limit = float(check_positive("GradientClipping", self.kind, limit))

    def construct(self, gradients: tuple[Tensor, ...]) -> Any:
        """Clip, and let the optimizer update."""
        check_gradients(self, gradients, self.parameters)
        limit = self.limit * self.loss_scale
        if self.kind == "value":
            return self.optimizer(ops.clip_by_value(tuple(gradients), -limit, limit))
        if self.kind == "global_norm":
            return self.optimizer(ops.clip_by_global_norm(tuple(gradients), limit))
        # one norm each, while ops.clip_by_norm of a tuple takes all together
        return self.optimizer(
            tuple(ops.clip_by_global_norm(g, limit) for g in gradients)
        )
