"""AroundOptimizer: a Cell in the place of the optimizer that it calls."""

from __future__ import annotations

from typing import Any

from cellnet.nn.cell import Cell


class AroundOptimizer(Cell):
    """Base of Cells that do something with the gradients or weights of an update.

    They stand where an optimizer does, in a ``Model`` or a training step, and nest:
    ``GradientAccumulation(GradientClipping(optimizer, norm=1.0), 4)``.  The settings
    that others ask an optimizer for are those of the one inside.

    Args:
        optimizer: an Optimizer, or another such Cell.

    Raises:
        TypeError: no optimizer.
    """

    def __init__(self, optimizer: Cell) -> None:
        super().__init__(auto_prefix=False)
        if not isinstance(optimizer, Cell) or not hasattr(optimizer, "parameters"):
            raise TypeError(
                f"{type(self).__name__}: optimizer must be an optimizer such as "
                f"nn.Momentum, got {type(optimizer).__name__}"
            )
        self.optimizer = optimizer
        self.parameters = optimizer.parameters

    @property
    def learning_rate(self) -> Any:
        """The optimizer's: a Parameter, or a Cell over the step."""
        return self.optimizer.learning_rate

    @property
    def global_step(self) -> Any:
        """The Parameter that counts the optimizer's updates."""
        return self.optimizer.global_step

    @property
    def loss_scale(self) -> float:
        """What the optimizer divides gradients by."""
        return getattr(self.optimizer, "loss_scale", 1.0)

    def get_lr(self) -> Any:
        """The learning rate of the coming update, or one for each Parameter."""
        return self.optimizer.get_lr()

    def get_lr_parameter(self, param: Any) -> Any:
        """The Parameter that holds the learning rate of ``param``."""
        return self.optimizer.get_lr_parameter(param)
