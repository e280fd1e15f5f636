"""Losses: Cells that say how far a network's output is from the labels."""

from cellnet.nn.loss._base import LossBase
from cellnet.nn.loss._binary import BCELoss, BCEWithLogitsLoss
from cellnet.nn.loss._cross_entropy import (
    CrossEntropyLoss,
    NLLLoss,
    SoftmaxCrossEntropyWithLogits,
)
from cellnet.nn.loss._ctc import CTCLoss
from cellnet.nn.loss._likelihood import GaussianNLLLoss, KLDivLoss, PoissonNLLLoss
from cellnet.nn.loss._margin import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
)
from cellnet.nn.loss._regression import (
    HuberLoss,
    L1Loss,
    MAELoss,
    MSELoss,
    RMSELoss,
    SmoothL1Loss,
)
from cellnet.nn.loss._segmentation import DiceLoss, FocalLoss, MultiClassDiceLoss
from cellnet.nn.loss._triplet import TripletMarginLoss, TripletMarginWithDistanceLoss

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "DiceLoss",
    "FocalLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LossBase",
    "MAELoss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiClassDiceLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "RMSELoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "SoftmaxCrossEntropyWithLogits",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]
