"""Normalization Cells.

Statistics of float16 and bfloat16 inputs are computed in float32.
"""

from cellnet.nn.layer._batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from cellnet.nn.layer._sample_norm import GroupNorm, LayerNorm

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "LayerNorm"]
