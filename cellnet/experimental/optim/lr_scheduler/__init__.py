"""Schedulers of the learning rates in ``param_groups``."""

from cellnet.experimental.optim.lr_scheduler._base import LRScheduler
from cellnet.experimental.optim.lr_scheduler._by_epoch import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from cellnet.experimental.optim.lr_scheduler._by_function import (
    LambdaLR,
    MultiplicativeLR,
)
from cellnet.experimental.optim.lr_scheduler._by_metric import ReduceLROnPlateau
from cellnet.experimental.optim.lr_scheduler._cycles import (
    CosineAnnealingWarmRestarts,
    CyclicLR,
)
from cellnet.experimental.optim.lr_scheduler._sequence import SequentialLR

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
