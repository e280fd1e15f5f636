"""StudentT."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import betainc, betaln, digamma
from jax.scipy.stats import t

from cellnet import dtype as mstype
from cellnet.nn.probability.distribution._base import (
    Distribution,
    batch_of,
    check_float_type,
)


class StudentT(Distribution):
    """mean + sd X for X of Student's t distribution with df degrees of freedom.

    (mindspore.nn.probability.distribution.StudentT)

    Args:
        df: > 0, a number, list, array or Tensor; None if every call gives it.
        mean: likewise, any number.
        sd: likewise, > 0; the width, not the deviation.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: df or sd <= 0.
    """

    def __init__(
        self,
        df: Any = None,
        mean: Any = None,
        sd: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "StudentT",
    ) -> None:
        check_float_type("StudentT", dtype)
        super().__init__(seed, dtype, name, {"df": df, "mean": mean, "sd": sd})
        self._require_positive("df", "sd")

    def _mean(self, df: Any, mean: Any, scale: Any) -> Any:
        known = jnp.where(df > 1, mean, jnp.nan)
        return jnp.broadcast_to(known, batch_of(df, mean, scale))

    def _var(self, df: Any, mean: Any, scale: Any) -> Any:
        finite = jnp.square(scale) * df / jnp.where(df > 2, df - 2, 1.0)
        some = jnp.where(df > 2, finite, jnp.where(df > 1, jnp.inf, jnp.nan))
        return jnp.broadcast_to(some, batch_of(df, mean, scale))

    def _mode(self, df: Any, mean: Any, scale: Any) -> Any:
        return jnp.broadcast_to(mean, batch_of(df, mean, scale))

    def _entropy(self, df: Any, mean: Any, scale: Any) -> Any:
        del mean
        half = (df + 1) / 2
        shape = half * (digamma(half) - digamma(df / 2)) + betaln(df / 2, 0.5)
        return shape + jnp.log(df) / 2 + jnp.log(scale)

    def _log_prob(self, x: Any, df: Any, mean: Any, scale: Any) -> Any:
        return t.logpdf(x, df, mean, scale)

    def _cdf(self, x: Any, df: Any, mean: Any, scale: Any) -> Any:
        z = (x - mean) / scale
        beyond = betainc(df / 2, 0.5, df / (df + z * z)) / 2  # the tail on z's side
        return jnp.where(z > 0, 1 - beyond, beyond)

    def _draw(
        self, key: Any, shape: tuple[int, ...], df: Any, mean: Any, scale: Any
    ) -> Any:
        full = (*shape, *batch_of(df, mean, scale))
        return mean + scale * jax.random.t(key, df, full)
