"""Weights of PyTorch networks, without PyTorch."""

from cellnet.interop.torch._load import load_torch_weights
from cellnet.interop.torch._match import Match, WeightTable

__all__ = ["Match", "WeightTable", "load_torch_weights"]
