"""The losses under MindSpore's module name, ``nn.loss.loss``."""

from cellnet.nn.loss._base import LossBase
from cellnet.nn.loss._binary import BCELoss, BCEWithLogitsLoss
from cellnet.nn.loss._cross_entropy import (
    CrossEntropyLoss,
    NLLLoss,
    SoftmaxCrossEntropyWithLogits,
)
from cellnet.nn.loss._regression import L1Loss, MAELoss, MSELoss, SmoothL1Loss

_Loss = LossBase  # its name in MindSpore 1.0, which programs subclass

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "L1Loss",
    "LossBase",
    "MAELoss",
    "MSELoss",
    "NLLLoss",
    "SmoothL1Loss",
    "SoftmaxCrossEntropyWithLogits",
]
