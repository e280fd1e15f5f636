"""Normal, HalfNormal and LogNormal."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import erf

from cellnet import dtype as mstype
from cellnet.nn.probability.bijector import Exp
from cellnet.nn.probability.distribution._location_scale import LocationScale
from cellnet.nn.probability.distribution._transformed import TransformedDistribution


class Normal(LocationScale):
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

    _plain_draw = staticmethod(jax.random.normal)
    _plain_var = 1.0
    _plain_entropy = math.log(2 * math.pi * math.e) / 2

    def __init__(
        self,
        mean: Any = None,
        sd: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Normal",
    ) -> None:
        super().__init__({"mean": mean, "sd": sd}, seed, dtype, name)

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


class HalfNormal(LocationScale):
    """|X - mean| + mean for a normal X: twice its density for x >= mean, else 0.

    (mindspore.nn.probability.distribution.HalfNormal)

    Args:
        mean: of the normal distribution, where this one begins; a number, list, array
            or Tensor, or None if every call gives it.
        sd: standard deviation of the normal distribution > 0, likewise.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: sd <= 0.
    """

    _plain_var = 1 - 2 / math.pi
    _plain_entropy = math.log(math.pi / 2) / 2 + 0.5

    def __init__(
        self,
        mean: Any = None,
        sd: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "HalfNormal",
    ) -> None:
        super().__init__({"mean": mean, "sd": sd}, seed, dtype, name)

    def _mean(self, mean: Any, sd: Any) -> Any:
        return mean + sd * math.sqrt(2 / math.pi)

    def _log_prob(self, x: Any, mean: Any, sd: Any) -> Any:
        whole = jax.scipy.stats.norm.logpdf(x, mean, sd)
        return jnp.where(x < mean, -jnp.inf, whole + math.log(2))

    def _cdf(self, x: Any, mean: Any, sd: Any) -> Any:
        return erf(jnp.maximum(x - mean, 0.0) / (sd * math.sqrt(2)))

    def _plain_draw(self, key: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        return jnp.abs(jax.random.normal(key, shape, dtype))


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
        return loc + self._distribution._formula("_entropy")(loc, scale)

    def _kl(self, *parameters: Any) -> Any:
        return self._distribution._formula("_kl")(*parameters)
