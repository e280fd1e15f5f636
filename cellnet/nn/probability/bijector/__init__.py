"""Invertible functions of random variables."""

from cellnet.nn.probability.bijector._bijectors import (
    Bijector,
    Exp,
    Invert,
    PowerTransform,
    ScalarAffine,
    Softplus,
)

__all__ = [
    "Bijector",
    "Exp",
    "Invert",
    "PowerTransform",
    "ScalarAffine",
    "Softplus",
]
