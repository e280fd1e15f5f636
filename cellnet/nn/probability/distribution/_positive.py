"""Distributions on one side of a number: Exponential, Gamma, Beta."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import betainc, betaln, digamma, gammaln
from jax.scipy.stats import beta, gamma

from cellnet import dtype as mstype
from cellnet.nn.probability.distribution._base import (
    Distribution,
    batch_of,
    check_float_type,
)


class Exponential(Distribution):
    """Density rate exp(-rate x) for x >= 0, else 0.

    (mindspore.nn.probability.distribution.Exponential)

    Args:
        rate: > 0, a number, list, array or Tensor; None if every call gives it.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: rate <= 0.
    """

    def __init__(
        self,
        rate: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Exponential",
    ) -> None:
        check_float_type("Exponential", dtype)
        super().__init__(seed, dtype, name, {"rate": rate})
        self._require_positive("rate")

    def _mean(self, rate: Any) -> Any:
        return 1 / rate

    def _var(self, rate: Any) -> Any:
        return 1 / jnp.square(rate)

    def _mode(self, rate: Any) -> Any:
        return jnp.zeros_like(rate)

    def _entropy(self, rate: Any) -> Any:
        return 1 - jnp.log(rate)

    def _log_prob(self, x: Any, rate: Any) -> Any:
        return jnp.where(x < 0, -jnp.inf, jnp.log(rate) - rate * x)

    def _cdf(self, x: Any, rate: Any) -> Any:
        return -jnp.expm1(self._log_survival(x, rate))

    def _log_survival(self, x: Any, rate: Any) -> Any:
        return -rate * jnp.maximum(x, 0.0)

    def _kl(self, rate: Any, rate_b: Any) -> Any:
        return jnp.log(rate / rate_b) + rate_b / rate - 1

    def _draw(self, key: Any, shape: tuple[int, ...], rate: Any) -> Any:
        return jax.random.exponential(key, (*shape, *rate.shape), rate.dtype) / rate


class Gamma(Distribution):
    """Density rate^a x^(a - 1) exp(-rate x) / Gamma(a) for x > 0, a the concentration.

    (mindspore.nn.probability.distribution.Gamma)

    Args:
        concentration: > 0, a number, list, array or Tensor; None if every call gives
            it.
        rate: likewise.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: a parameter <= 0.
    """

    def __init__(
        self,
        concentration: Any = None,
        rate: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Gamma",
    ) -> None:
        check_float_type("Gamma", dtype)
        param = {"concentration": concentration, "rate": rate}
        super().__init__(seed, dtype, name, param)
        self._require_positive("concentration", "rate")

    def _mean(self, a: Any, rate: Any) -> Any:
        return a / rate

    def _var(self, a: Any, rate: Any) -> Any:
        return a / jnp.square(rate)

    def _mode(self, a: Any, rate: Any) -> Any:
        return jnp.where(a > 1, (a - 1) / rate, jnp.nan)

    def _entropy(self, a: Any, rate: Any) -> Any:
        return a - jnp.log(rate) + gammaln(a) + (1 - a) * digamma(a)

    def _log_prob(self, x: Any, a: Any, rate: Any) -> Any:
        return gamma.logpdf(x, a, scale=1 / rate)

    def _cdf(self, x: Any, a: Any, rate: Any) -> Any:
        return gamma.cdf(x, a, scale=1 / rate)

    def _log_survival(self, x: Any, a: Any, rate: Any) -> Any:
        return gamma.logsf(x, a, scale=1 / rate)

    def _kl(self, a: Any, rate: Any, a_b: Any, rate_b: Any) -> Any:
        shapes = (a - a_b) * digamma(a) - gammaln(a) + gammaln(a_b)
        return shapes + a_b * jnp.log(rate / rate_b) + a * (rate_b / rate - 1)

    def _draw(self, key: Any, shape: tuple[int, ...], a: Any, rate: Any) -> Any:
        return jax.random.gamma(key, a, (*shape, *batch_of(a, rate))) / rate


class Beta(Distribution):
    """Density x^(a - 1) (1 - x)^(b - 1) / B(a, b) for 0 < x < 1.

    (mindspore.nn.probability.distribution.Beta)

    Args:
        concentration1: a > 0, a number, list, array or Tensor; None if every call
            gives it.
        concentration0: b, likewise.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises: as Gamma.
    """

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Beta",
    ) -> None:
        check_float_type("Beta", dtype)
        param = {"concentration1": concentration1, "concentration0": concentration0}
        super().__init__(seed, dtype, name, param)
        self._require_positive(*param)

    def _mean(self, a: Any, b: Any) -> Any:
        return a / (a + b)

    def _var(self, a: Any, b: Any) -> Any:
        return a * b / (jnp.square(a + b) * (a + b + 1))

    def _mode(self, a: Any, b: Any) -> Any:
        return jnp.where((a > 1) & (b > 1), (a - 1) / (a + b - 2), jnp.nan)

    def _entropy(self, a: Any, b: Any) -> Any:
        own = (a - 1) * digamma(a) + (b - 1) * digamma(b)
        return betaln(a, b) - own + (a + b - 2) * digamma(a + b)

    def _log_prob(self, x: Any, a: Any, b: Any) -> Any:
        return beta.logpdf(x, a, b)

    def _cdf(self, x: Any, a: Any, b: Any) -> Any:
        return betainc(a, b, jnp.clip(x, 0.0, 1.0))

    def _kl(self, a: Any, b: Any, a_b: Any, b_b: Any) -> Any:
        own = (a - a_b) * digamma(a) + (b - b_b) * digamma(b)
        both = (a_b - a + b_b - b) * digamma(a + b)
        return betaln(a_b, b_b) - betaln(a, b) + own + both

    def _draw(self, key: Any, shape: tuple[int, ...], a: Any, b: Any) -> Any:
        return jax.random.beta(key, a, b, (*shape, *batch_of(a, b)))
