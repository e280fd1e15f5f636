"""Cells that join a network, a loss and an optimizer."""

from cellnet.nn.wrap.cell_wrapper import (
    ForwardValueAndGrad,
    TrainOneStepCell,
    WithEvalCell,
    WithLossCell,
)
from cellnet.nn.wrap.loss_scale import (
    DynamicLossScaleUpdateCell,
    FixedLossScaleUpdateCell,
    TrainOneStepWithLossScaleCell,
)

__all__ = [
    "DynamicLossScaleUpdateCell",
    "FixedLossScaleUpdateCell",
    "ForwardValueAndGrad",
    "TrainOneStepCell",
    "TrainOneStepWithLossScaleCell",
    "WithEvalCell",
    "WithLossCell",
]
