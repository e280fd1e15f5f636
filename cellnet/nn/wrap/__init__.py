"""Cells that join a network, a loss and an optimizer."""

from cellnet.nn.wrap._others import (
    GraphCell,
    ParameterUpdate,
    VirtualDatasetCellTriple,
    WithGradCell,
)
from cellnet.nn.wrap.cell_wrapper import (
    ForwardValueAndGrad,
    TrainOneStepCell,
    WithEvalCell,
    WithLossCell,
)
from cellnet.nn.wrap.grad_reducer import DistributedGradReducer
from cellnet.nn.wrap.gradient_accumulation import GradientAccumulation
from cellnet.nn.wrap.gradient_clipping import GradientClipping
from cellnet.nn.wrap.loss_scale import (
    DynamicLossScaleUpdateCell,
    FixedLossScaleUpdateCell,
    TrainOneStepWithLossScaleCell,
)
from cellnet.nn.wrap.micro_batches import (
    GradAccumulationCell,
    MicroBatchInterleaved,
    PipelineCell,
)
from cellnet.nn.wrap.moving_average import ExponentialMovingAverage

__all__ = [
    "DistributedGradReducer",
    "DynamicLossScaleUpdateCell",
    "ExponentialMovingAverage",
    "FixedLossScaleUpdateCell",
    "ForwardValueAndGrad",
    "GradAccumulationCell",
    "GradientAccumulation",
    "GradientClipping",
    "GraphCell",
    "MicroBatchInterleaved",
    "ParameterUpdate",
    "PipelineCell",
    "TrainOneStepCell",
    "TrainOneStepWithLossScaleCell",
    "VirtualDatasetCellTriple",
    "WithEvalCell",
    "WithGradCell",
    "WithLossCell",
]
