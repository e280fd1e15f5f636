"""GradientAccumulation as MindSpore's boost has it, and the operations of it."""

from __future__ import annotations

from cellnet import nn, ops
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class GradientAccumulation(nn.GradientAccumulation):
    """Gathers gradients, and has the optimizer use their mean every few steps.

    (mindspore.boost.GradientAccumulation) It is ``nn.GradientAccumulation`` with
    MindSpore's arguments: the steps before the optimizer, and the loss handed through.

    Args:
        max_accumulation_step: gradients to gather for one update, >= 1.
        optimizer: makes the updates.

    Inputs:
        loss: anything.
        grads: a tuple of Tensors, one for each Parameter, of its shape.

    Outputs:
        loss.

    Raises:
        TypeError: no optimizer; the number of steps is no int.
        ValueError: the number of steps < 1; a gradient of another shape.
        RuntimeError: another number of gradients.

    Example:
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> gather = GradientAccumulation(2, nn.SGD([w], 1.0))
        >>> for gradient in (0.25, 0.75):
        ...     loss = gather(Tensor(3.0), (Tensor([gradient]),))
        >>> float(loss), float(w)
        (3.0, 0.5)
    """

    def __init__(self, max_accumulation_step: int, optimizer: Cell) -> None:
        super().__init__(optimizer, max_accumulation_step)

    def construct(self, loss: Tensor, grads: tuple[Tensor, ...]) -> Tensor:
        """Gather; update when there are enough."""
        super().construct(grads)
        return loss


gradient_accumulation_op = ops.MultitypeFuncGraph("gradient_accumulation_op")
gradient_clear_op = ops.MultitypeFuncGraph("gradient_clear_op")


@gradient_accumulation_op.register("Number", "Tensor", "Tensor")
def _add_share(steps: int, gathered: Parameter, gradient: Tensor) -> Tensor:
    """Add a gradient's share in a mean over ``steps`` to what is gathered."""
    return ops.assign_add(gathered, ops.div(gradient, steps))


@gradient_clear_op.register("Tensor")
def _clear(gathered: Parameter) -> Tensor:
    """Zeros in the place of what is gathered."""
    return ops.assign(gathered, ops.zeros_like(gathered))
