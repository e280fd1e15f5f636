"""Distributions of random variables."""

from cellnet.nn.probability.distribution._base import Distribution
from cellnet.nn.probability.distribution._categorical import Categorical
from cellnet.nn.probability.distribution._discrete import (
    Bernoulli,
    Geometric,
    Poisson,
)
from cellnet.nn.probability.distribution._location_scale import (
    Cauchy,
    Gumbel,
    Laplace,
    Logistic,
)
from cellnet.nn.probability.distribution._normal import HalfNormal, LogNormal, Normal
from cellnet.nn.probability.distribution._positive import (
    Beta,
    Exponential,
    Gamma,
)
from cellnet.nn.probability.distribution._student_t import StudentT
from cellnet.nn.probability.distribution._transformed import TransformedDistribution
from cellnet.nn.probability.distribution._uniform import Uniform

__all__ = [
    "Bernoulli",
    "Beta",
    "Categorical",
    "Cauchy",
    "Distribution",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "HalfNormal",
    "Laplace",
    "LogNormal",
    "Logistic",
    "Normal",
    "Poisson",
    "StudentT",
    "TransformedDistribution",
    "Uniform",
]
