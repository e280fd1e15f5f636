"""Mixed precision: which Cells and operations compute in 16 bits, and loss scaling."""

from cellnet.train.amp._build import build_train_network
from cellnet.train.amp._finite import all_finite
from cellnet.train.amp._lists import get_black_list, get_white_list
from cellnet.train.amp._mixed import auto_mixed_precision, custom_mixed_precision
from cellnet.train.amp._scalers import DynamicLossScaler, LossScaler, StaticLossScaler
from cellnet.train.loss_scale import (
    DynamicLossScaleManager,
    FixedLossScaleManager,
    LossScaleManager,
)

__all__ = [
    "DynamicLossScaleManager",
    "DynamicLossScaler",
    "FixedLossScaleManager",
    "LossScaleManager",
    "LossScaler",
    "StaticLossScaler",
    "all_finite",
    "auto_mixed_precision",
    "build_train_network",
    "custom_mixed_precision",
    "get_black_list",
    "get_white_list",
]
