"""Distributions of random variables."""

from cellnet.nn.probability.distribution._base import Distribution
from cellnet.nn.probability.distribution._categorical import Categorical
from cellnet.nn.probability.distribution._normal import LogNormal, Normal
from cellnet.nn.probability.distribution._transformed import TransformedDistribution
from cellnet.nn.probability.distribution._uniform import Uniform

__all__ = [
    "Categorical",
    "Distribution",
    "LogNormal",
    "Normal",
    "TransformedDistribution",
    "Uniform",
]
