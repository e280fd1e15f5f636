"""Distributions of a place and a width: Cauchy, Gumbel, Laplace, Logistic."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import gamma
from jax.scipy.stats import cauchy, laplace, logistic

from cellnet import dtype as mstype
from cellnet.nn.probability.distribution._base import (
    Distribution,
    batch_of,
    check_float_type,
)

_EULER = 0.5772156649015329  # Euler's constant, the mean of the plain Gumbel


class _LocationScale(Distribution):
    """A place and a width, under the names of each family; the mode is the place.

    Args:
        param: place and width by their names.
    """

    def __init__(
        self, param: dict[str, Any], seed: int | None, dtype: Any, name: str
    ) -> None:
        check_float_type(type(self).__name__, dtype)
        super().__init__(seed, dtype, name, param)
        _, width = param
        self._require_positive(width)

    def _mode(self, loc: Any, scale: Any) -> Any:
        return jnp.broadcast_to(loc, batch_of(loc, scale))


class Cauchy(_LocationScale):
    """Density 1 / (pi scale (1 + ((x - loc) / scale)^2)).

    (mindspore.nn.probability.distribution.Cauchy)

    Args:
        loc: a number, list, array or Tensor; None if every call gives it.
        scale: > 0, likewise.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: scale <= 0; its mean, variance or standard deviation is asked for.
    """

    def __init__(
        self,
        loc: Any = None,
        scale: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Cauchy",
    ) -> None:
        super().__init__({"loc": loc, "scale": scale}, seed, dtype, name)

    def _mean(self, loc: Any, scale: Any) -> Any:
        del loc, scale
        raise ValueError("Cauchy: this distribution has no mean and no variance")

    _var = _mean

    def _entropy(self, loc: Any, scale: Any) -> Any:
        del loc
        return jnp.log(4 * math.pi * scale)

    def _log_prob(self, x: Any, loc: Any, scale: Any) -> Any:
        return cauchy.logpdf(x, loc, scale)

    def _cdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return cauchy.cdf(x, loc, scale)

    def _kl(self, loc: Any, scale: Any, loc_b: Any, scale_b: Any) -> Any:
        apart = jnp.square(scale + scale_b) + jnp.square(loc - loc_b)
        return jnp.log(apart / (4 * scale * scale_b))

    def _draw(self, key: Any, shape: tuple[int, ...], loc: Any, scale: Any) -> Any:
        full = (*shape, *batch_of(loc, scale))
        return loc + scale * jax.random.cauchy(key, full, loc.dtype)


class Gumbel(_LocationScale):
    """Of largest values: density exp(-z - exp(-z)) / scale, z = (x - loc) / scale.

    (mindspore.nn.probability.distribution.Gumbel)

    Args:
        loc: a number, list, array or Tensor.
        scale: > 0, likewise.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: scale <= 0.
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        seed: int | None = 0,
        dtype: Any = mstype.float32,
        name: str = "Gumbel",
    ) -> None:
        if loc is None or scale is None:
            raise TypeError("Gumbel: loc and scale must be given, got None")
        super().__init__({"loc": loc, "scale": scale}, seed, dtype, name)

    def _mean(self, loc: Any, scale: Any) -> Any:
        return loc + scale * _EULER

    def _var(self, loc: Any, scale: Any) -> Any:
        return jnp.broadcast_to(
            jnp.square(scale) * (math.pi**2 / 6), batch_of(loc, scale)
        )

    def _entropy(self, loc: Any, scale: Any) -> Any:
        del loc
        return jnp.log(scale) + 1 + _EULER

    def _log_prob(self, x: Any, loc: Any, scale: Any) -> Any:
        z = (x - loc) / scale
        return -z - jnp.exp(-z) - jnp.log(scale)

    def _cdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return jnp.exp(self._log_cdf(x, loc, scale))

    def _log_cdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return -jnp.exp((loc - x) / scale)

    def _kl(self, loc: Any, scale: Any, loc_b: Any, scale_b: Any) -> Any:
        ratio = scale / scale_b
        apart = (loc - loc_b) / scale_b
        own = _EULER * (ratio - 1) - jnp.log(ratio) - 1
        return own + apart + jnp.exp(-apart) * gamma(1 + ratio)

    def _draw(self, key: Any, shape: tuple[int, ...], loc: Any, scale: Any) -> Any:
        full = (*shape, *batch_of(loc, scale))
        return loc + scale * jax.random.gumbel(key, full, loc.dtype)


class Laplace(_LocationScale):
    """Density exp(-|x - mean| / sd) / (2 sd); sd is the width, not the deviation.

    (mindspore.nn.probability.distribution.Laplace)

    Args:
        mean: a number, list, array or Tensor; None if every call gives it.
        sd: > 0, likewise.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises:
        TypeError: a dtype that is no float type, or parameters that are no numbers.
        ValueError: sd <= 0.
    """

    def __init__(
        self,
        mean: Any = None,
        sd: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Laplace",
    ) -> None:
        super().__init__({"mean": mean, "sd": sd}, seed, dtype, name)

    _mean = _LocationScale._mode

    def _var(self, mean: Any, scale: Any) -> Any:
        return jnp.broadcast_to(2 * jnp.square(scale), batch_of(mean, scale))

    def _entropy(self, mean: Any, scale: Any) -> Any:
        del mean
        return 1 + jnp.log(2 * scale)

    def _log_prob(self, x: Any, mean: Any, scale: Any) -> Any:
        return laplace.logpdf(x, mean, scale)

    def _cdf(self, x: Any, mean: Any, scale: Any) -> Any:
        return laplace.cdf(x, mean, scale)

    def _kl(self, mean: Any, scale: Any, mean_b: Any, scale_b: Any) -> Any:
        apart = jnp.abs(mean - mean_b)
        moved = apart + scale * jnp.exp(-apart / scale)
        return jnp.log(scale_b / scale) + moved / scale_b - 1

    def _draw(self, key: Any, shape: tuple[int, ...], mean: Any, scale: Any) -> Any:
        full = (*shape, *batch_of(mean, scale))
        return mean + scale * jax.random.laplace(key, full, mean.dtype)


class Logistic(_LocationScale):
    """The distribution whose cdf is sigmoid((x - loc) / scale).

    (mindspore.nn.probability.distribution.Logistic)

    Args:
        loc: a number, list, array or Tensor; None if every call gives it.
        scale: > 0, likewise.
        seed: kept.
        dtype: a float type.
        name: shown by ``repr``.

    Raises: as Laplace.
    """

    def __init__(
        self,
        loc: Any = None,
        scale: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Logistic",
    ) -> None:
        super().__init__({"loc": loc, "scale": scale}, seed, dtype, name)

    _mean = _LocationScale._mode

    def _var(self, loc: Any, scale: Any) -> Any:
        return jnp.broadcast_to(
            jnp.square(scale) * (math.pi**2 / 3), batch_of(loc, scale)
        )

    def _entropy(self, loc: Any, scale: Any) -> Any:
        del loc
        return jnp.log(scale) + 2

    def _log_prob(self, x: Any, loc: Any, scale: Any) -> Any:
        return logistic.logpdf(x, loc, scale)

    def _cdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return logistic.cdf(x, loc, scale)

    def _log_cdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return jax.nn.log_sigmoid((x - loc) / scale)

    def _log_survival(self, x: Any, loc: Any, scale: Any) -> Any:
        return jax.nn.log_sigmoid((loc - x) / scale)

    def _draw(self, key: Any, shape: tuple[int, ...], loc: Any, scale: Any) -> Any:
        full = (*shape, *batch_of(loc, scale))
        return loc + scale * jax.random.logistic(key, full, loc.dtype)
