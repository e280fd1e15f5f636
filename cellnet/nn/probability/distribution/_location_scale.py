"""Distributions of a place and a width: Cauchy, Gumbel, Laplace, Logistic."""

from __future__ import annotations

import math
from collections.abc import Callable
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


class LocationScale(Distribution):
    """place + width X, under the names of each family; the mode is the place.

    A subclass says of X, whose place is 0 and width 1, ``_plain_draw``, ``_plain_var``
    and ``_plain_entropy``; the mean is the place where it says nothing else.

    Args:
        param: place and width by their names.
    """

    _plain_draw: Callable[..., Any]  # of (key, shape, dtype)
    _plain_var: float
    _plain_entropy: float

    def __init__(
        self, param: dict[str, Any], seed: int | None, dtype: Any, name: str
    ) -> None:
        check_float_type(type(self).__name__, dtype)
        super().__init__(seed, dtype, name, param)
        _, width = param
        self._require_positive(width)

    def _mode(self, loc: Any, scale: Any) -> Any:
        return jnp.broadcast_to(loc, batch_of(loc, scale))

    _mean = _mode

    def _var(self, loc: Any, scale: Any) -> Any:
        return jnp.broadcast_to(
            jnp.square(scale) * self._plain_var, batch_of(loc, scale)
        )

    def _entropy(self, loc: Any, scale: Any) -> Any:
        del loc
        return jnp.log(scale) + self._plain_entropy

    def _draw(self, key: Any, shape: tuple[int, ...], loc: Any, scale: Any) -> Any:
        full = (*shape, *batch_of(loc, scale))
        return loc + scale * self._plain_draw(key, full, loc.dtype)


class Cauchy(LocationScale):
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

    _plain_draw = staticmethod(jax.random.cauchy)
    _plain_entropy = math.log(4 * math.pi)

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

    def _log_prob(self, x: Any, loc: Any, scale: Any) -> Any:
        return cauchy.logpdf(x, loc, scale)

    def _cdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return cauchy.cdf(x, loc, scale)

    def _kl(self, loc: Any, scale: Any, loc_b: Any, scale_b: Any) -> Any:
        apart = jnp.square(scale + scale_b) + jnp.square(loc - loc_b)
        return jnp.log(apart / (4 * scale * scale_b))


class Gumbel(LocationScale):
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

    _plain_draw = staticmethod(jax.random.gumbel)
    _plain_var = math.pi**2 / 6
    _plain_entropy = 1 + _EULER

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


class Laplace(LocationScale):
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

    _plain_draw = staticmethod(jax.random.laplace)
    _plain_var = 2.0
    _plain_entropy = 1 + math.log(2)

    def __init__(
        self,
        mean: Any = None,
        sd: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Laplace",
    ) -> None:
        super().__init__({"mean": mean, "sd": sd}, seed, dtype, name)

    def _log_prob(self, x: Any, mean: Any, scale: Any) -> Any:
        return laplace.logpdf(x, mean, scale)

    def _cdf(self, x: Any, mean: Any, scale: Any) -> Any:
        return laplace.cdf(x, mean, scale)

    def _kl(self, mean: Any, scale: Any, mean_b: Any, scale_b: Any) -> Any:
        apart = jnp.abs(mean - mean_b)
        moved = apart + scale * jnp.exp(-apart / scale)
        return jnp.log(scale_b / scale) + moved / scale_b - 1


class Logistic(LocationScale):
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

    _plain_draw = staticmethod(jax.random.logistic)
    _plain_var = math.pi**2 / 3
    _plain_entropy = 2.0

    def __init__(
        self,
        loc: Any = None,
        scale: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.float32,
        name: str = "Logistic",
    ) -> None:
        super().__init__({"loc": loc, "scale": scale}, seed, dtype, name)

    def _log_prob(self, x: Any, loc: Any, scale: Any) -> Any:
        return logistic.logpdf(x, loc, scale)

    def _cdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return logistic.cdf(x, loc, scale)

    def _log_cdf(self, x: Any, loc: Any, scale: Any) -> Any:
        return jax.nn.log_sigmoid((x - loc) / scale)

    def _log_survival(self, x: Any, loc: Any, scale: Any) -> Any:
        return jax.nn.log_sigmoid((loc - x) / scale)
