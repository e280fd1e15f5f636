"""Uniform."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet.nn.probability.distribution._base import (
    Distribution,
    batch_of,
    check_float_type,
)


class Uniform(Distribution):
    """Density 1 / (high - low) between low and high, else 0.

    (mindspore.nn.probability.distribution.Uniform)

    Args:
        low: a number, list, array or Tensor; None if every call gives it.
        high: likewise, above low.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: low is not below high.
    """

    def __init__(
        self,
        low: Any = None,
        high: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Uniform",
    ) -> None:
        check_float_type("Uniform", dtype)
        super().__init__(seed, dtype, name, {"low": low, "high": high})
        if low is not None and high is not None:
            a, b = self._low_value.asnumpy(), self._high_value.asnumpy()
            if not (a < b).all():
                raise ValueError("Uniform: low must be less than high")

    def _mean(self, low: Any, high: Any) -> Any:
        return (low + high) / 2

    def _var(self, low: Any, high: Any) -> Any:
        return jnp.square(high - low) / 12

    def _entropy(self, low: Any, high: Any) -> Any:
        return jnp.log(high - low)

    def _log_prob(self, x: Any, low: Any, high: Any) -> Any:
        inside = (x >= low) & (x <= high)
        return jnp.where(inside, -jnp.log(high - low), -jnp.inf)

    def _cdf(self, x: Any, low: Any, high: Any) -> Any:
        return jnp.clip((x - low) / (high - low), 0.0, 1.0)

    def _kl(self, low: Any, high: Any, low_b: Any, high_b: Any) -> Any:
        inside = (low_b <= low) & (high <= high_b)
        return jnp.where(inside, jnp.log((high_b - low_b) / (high - low)), jnp.inf)

    def _draw(self, key: Any, shape: tuple[int, ...], low: Any, high: Any) -> Any:
        full = (*shape, *batch_of(low, high))
        return low + (high - low) * jax.random.uniform(key, full, low.dtype)
