"""Normalization Cells.

Statistics of float16 and bfloat16 inputs are computed in float32.
"""

from cellnet.nn.layer._batch_norm import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    SyncBatchNorm,
)
from cellnet.nn.layer._instance_norm import (
    LRN,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from cellnet.nn.layer._sample_norm import GroupNorm, LayerNorm

__all__ = [
    "LRN",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "SyncBatchNorm",
]
