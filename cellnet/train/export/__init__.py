"""Networks as files that run without their code."""

from cellnet.train.export._export import export
from cellnet.train.export._load import load

__all__ = ["export", "load"]
