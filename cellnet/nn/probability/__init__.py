"""Distributions and the functions that transform them (mindspore.nn.probability)."""

from cellnet.nn.probability import bijector, distribution

__all__ = ["bijector", "distribution"]
