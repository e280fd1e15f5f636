"""Normal and LogNormal."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet.nn.probability.bijector import Exp
from cellnet.nn.probability.distribution._base import (
    Distribution,
    batch_of,
    check_float_type,
    normal_of,
)
from cellnet.nn.probability.distribution._transformed import TransformedDistribution


class Normal(Distribution):
    """Density exp(-(x - mean)^2 / (2 sd^2)) / (sd sqrt(2 pi)).

    (mindspore.nn.probability.distribution.Normal)

    Args:
        mean: a number, list, array or Tensor; None if every call gives it.
        sd: standard deviation > 0, likewise.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: sd <= 0.

    Example:
        >>> from cellnet import Tensor
        >>> from cellnet.nn.probability.distribution import Normal
        >>> round(float(Normal(0.0, 1.0).prob(Tensor(0.0))), 4)
        0.3989
    """

    def __init__(
        self,
        mean: Any = None,
        sd: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Normal",
    ) -> None:
        check_float_type("Normal", dtype)
        super().__init__(seed, dtype, name, {"mean": mean, "sd": sd})
        self._require_positive("sd")

    def _mean(self, mean: Any, sd: Any) -> Any:
        return jnp.broadcast_to(mean, batch_of(mean, sd))

    _mode = _mean

    def _var(self, mean: Any, sd: Any) -> Any:
        return jnp.broadcast_to(sd * sd, batch_of(mean, sd))

    def _entropy(self, mean: Any, sd: Any) -> Any:
        del mean
        return jnp.log(sd * math.sqrt(2 * math.pi * math.e))

    def _log_prob(self, x: Any, mean: Any, sd: Any) -> Any:
        return jax.scipy.stats.norm.logpdf(x, mean, sd)

    def _cdf(self, x: Any, mean: Any, sd: Any) -> Any:
        return jax.scipy.stats.norm.cdf(x, mean, sd)

    def _log_cdf(self, x: Any, mean: Any, sd: Any) -> Any:
        return jax.scipy.stats.norm.logcdf(x, mean, sd)

    def _log_survival(self, x: Any, mean: Any, sd: Any) -> Any:
        return jax.scipy.stats.norm.logsf(x, mean, sd)

    def _kl(self, mean: Any, sd: Any, mean_b: Any, sd_b: Any) -> Any:
        ratio = jnp.square(sd / sd_b)
        return 0.5 * (jnp.square((mean - mean_b) / sd_b) + ratio - 1 - jnp.log(ratio))

    def _draw(self, key: Any, shape: tuple[int, ...], mean: Any, sd: Any) -> Any:
        return mean + sd * normal_of(key, (*shape, *batch_of(mean, sd)), mean)


class LogNormal(TransformedDistribution):
    """exp of a Normal (mindspore.nn.probability.distribution.LogNormal).

    Args:
        loc: mean of the logarithm.
        scale: its standard deviation > 0.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises: as Normal.
    """

    def __init__(
        self,
        loc: Any = None,
        scale: Any = None,
        seed: int | None = 0,
        dtype: Any = mstype.float32,
        name: str = "LogNormal",
    ) -> None:
        super().__init__(Exp(), Normal(loc, scale, dtype=dtype), seed, name)

    def _mean(self, loc: Any, scale: Any) -> Any:
        return jnp.exp(loc + scale * scale / 2)

    def _mode(self, loc: Any, scale: Any) -> Any:
        return jnp.exp(loc - scale * scale)

    def _var(self, loc: Any, scale: Any) -> Any:
        return jnp.expm1(scale * scale) * jnp.exp(2 * loc + scale * scale)

    def _entropy(self, loc: Any, scale: Any) -> Any:
        return loc + jnp.log(scale * math.sqrt(2 * math.pi * math.e))

    def _kl(self, *parameters: Any) -> Any:
        return self._distribution._formula("_kl")(*parameters)
