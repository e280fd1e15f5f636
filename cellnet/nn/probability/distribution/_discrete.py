"""Distributions of whole numbers: Bernoulli, Geometric, Poisson."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaincc, gammaln, xlog1py, xlogy

from cellnet import dtype as mstype
from cellnet.nn.probability.distribution._base import Distribution


class _OfProbability(Distribution):
    """One probability of success, between 0 and 1, both excluded."""

    def __init__(self, probs: Any, seed: int | None, dtype: Any, name: str) -> None:
        super().__init__(seed, dtype, name, {"probs": probs})
        if self._probs_value is not None:
            values = self._probs_value.asnumpy()
            if not ((values > 0) & (values < 1)).all():
                raise ValueError(
                    f"{self.cls_name}: probs must lie between 0 and 1, got {values}"
                )


class Bernoulli(_OfProbability):
    """1 with probability probs, else 0.

    (mindspore.nn.probability.distribution.Bernoulli)

    Args:
        probs: in (0, 1), a number, list, array or Tensor; None if every call gives it.
        seed: kept.
        dtype: type of the samples.
        name: shown by ``repr``.

    Raises:
        TypeError: no numbers.
        ValueError: probs outside (0, 1).

    Example:
        >>> from cellnet import Tensor
        >>> from cellnet.nn.probability.distribution import Bernoulli
        >>> round(float(Bernoulli(0.25).prob(Tensor(1.0))), 4)
        0.25
    """

    def __init__(
        self,
        probs: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.int32,
        name: str = "Bernoulli",
    ) -> None:
        super().__init__(probs, seed, dtype, name)

    def _mean(self, probs: Any) -> Any:
        return probs

    def _var(self, probs: Any) -> Any:
        return probs * (1 - probs)

    def _mode(self, probs: Any) -> Any:
        return (probs >= 0.5).astype(mstype.to_numpy(self.dtype))

    def _entropy(self, probs: Any) -> Any:
        return -xlogy(probs, probs) - xlog1py(1 - probs, -probs)

    def _log_prob(self, x: Any, probs: Any) -> Any:
        inside = (x >= 0) & (x <= 1)
        return jnp.where(inside, xlogy(x, probs) + xlog1py(1 - x, -probs), -jnp.inf)

    def _cdf(self, x: Any, probs: Any) -> Any:
        return jnp.where(x < 0, 0.0, jnp.where(x < 1, 1 - probs, 1.0))

    def _kl(self, probs: Any, probs_b: Any) -> Any:
        ones = probs * jnp.log(probs / probs_b)
        return ones + (1 - probs) * (jnp.log1p(-probs) - jnp.log1p(-probs_b))

    def _draw(self, key: Any, shape: tuple[int, ...], probs: Any) -> Any:
        return jax.random.bernoulli(key, probs, (*shape, *probs.shape))


class Geometric(_OfProbability):
    """The number of failures before the first success: probs (1 - probs)^x.

    (mindspore.nn.probability.distribution.Geometric)

    Args:
        probs: of success, in (0, 1), a number, list, array or Tensor; None if every
            call gives it.
        seed: kept.
        dtype: type of the samples.
        name: shown by ``repr``.

    Inputs: numbers between whole ones count as the whole one below.

    Raises: as Bernoulli.
    """

    def __init__(
        self,
        probs: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.int32,
        name: str = "Geometric",
    ) -> None:
        super().__init__(probs, seed, dtype, name)

    def _mean(self, probs: Any) -> Any:
        return (1 - probs) / probs

    def _var(self, probs: Any) -> Any:
        return (1 - probs) / jnp.square(probs)

    def _mode(self, probs: Any) -> Any:
        return jnp.zeros(probs.shape, mstype.to_numpy(self.dtype))

    def _entropy(self, probs: Any) -> Any:
        return -(xlogy(probs, probs) + xlog1py(1 - probs, -probs)) / probs

    def _log_prob(self, x: Any, probs: Any) -> Any:
        failures = jnp.floor(x)
        log_probs = jnp.log(probs) + xlog1py(failures, -probs)
        return jnp.where(x < 0, -jnp.inf, log_probs)

    def _cdf(self, x: Any, probs: Any) -> Any:
        return -jnp.expm1(self._log_survival(x, probs))

    def _log_survival(self, x: Any, probs: Any) -> Any:
        failures = jnp.maximum(jnp.floor(x), -1.0)
        return (failures + 1) * jnp.log1p(-probs)

    def _kl(self, probs: Any, probs_b: Any) -> Any:
        failing = jnp.log1p(-probs) - jnp.log1p(-probs_b)
        return jnp.log(probs / probs_b) + (1 - probs) / probs * failing

    def _draw(self, key: Any, shape: tuple[int, ...], probs: Any) -> Any:
        full = (*shape, *probs.shape)
        # exponential numbers cut down to whole ones are geometric
        drawn = jax.random.exponential(key, full, probs.dtype)
        return jnp.floor(drawn / -jnp.log1p(-probs))


class Poisson(Distribution):
    """Counts of what happens at a rate: rate^x exp(-rate) / x!.

    (mindspore.nn.probability.distribution.Poisson)

    Args:
        rate: > 0, a number, list, array or Tensor; None if every call gives it.
        seed: kept.
        dtype: type of the samples.
        name: shown by ``repr``.

    Raises:
        TypeError: no numbers.
        ValueError: rate <= 0.
    """

    def __init__(
        self,
        rate: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Poisson",
    ) -> None:
        super().__init__(seed, dtype, name, {"rate": rate})
        self._require_positive("rate")

    def _mean(self, rate: Any) -> Any:
        return rate

    _var = _mean

    def _mode(self, rate: Any) -> Any:
        return jnp.floor(rate)

    def _log_prob(self, x: Any, rate: Any) -> Any:
        count = jnp.maximum(x, 0.0)
        log_probs = xlogy(count, rate) - rate - gammaln(count + 1)
        return jnp.where(x < 0, -jnp.inf, log_probs)

    def _cdf(self, x: Any, rate: Any) -> Any:
        return jnp.where(
            x < 0, 0.0, gammaincc(jnp.maximum(jnp.floor(x), 0.0) + 1, rate)
        )

    def _kl(self, rate: Any, rate_b: Any) -> Any:
        return rate * jnp.log(rate / rate_b) - rate + rate_b

    def _draw(self, key: Any, shape: tuple[int, ...], rate: Any) -> Any:
        return jax.random.poisson(key, rate, (*shape, *rate.shape))
