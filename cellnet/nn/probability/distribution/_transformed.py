"""A distribution behind an invertible function."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_type
from cellnet.nn.probability.bijector import Bijector
from cellnet.nn.probability.distribution._base import Distribution


class TransformedDistribution(Distribution):
    """The distribution of g(X) for a bijector g and X of another distribution.

    (mindspore.nn.probability.distribution.TransformedDistribution)

    Args:
        bijector: g, increasing.
        distribution: that of X, of a float type and with known parameters.
        seed: kept.
        name: shown by ``repr``.

    Raises:
        TypeError: no Bijector, or no Distribution.

    Example:
        >>> from cellnet import Tensor
        >>> from cellnet.nn import probability as msp
        >>> normal = msp.distribution.Normal(0.0, 1.0)
        >>> of_exp = msp.distribution.TransformedDistribution
        >>> float(of_exp(msp.bijector.Exp(), normal).cdf(Tensor(1.0)))
        0.5
    """

    def __init__(
        self,
        bijector: Bijector,
        distribution: Distribution,
        seed: int | None = None,
        name: str = "transformed_distribution",
    ) -> None:
        check_type("TransformedDistribution", "bijector", bijector, Bijector)
        check_type(
            "TransformedDistribution", "distribution", distribution, Distribution
        )
        own = {key: None for key in distribution._names}
        super().__init__(seed, distribution.dtype, name, own)
        for key in distribution._names:
            value = getattr(distribution, f"_{key}_value")
            setattr(self, f"_{key}_value", value)
        self._bijector = bijector
        self._distribution = distribution

    @property
    def bijector(self) -> Bijector:
        """The function."""
        return self._bijector

    @property
    def distribution(self) -> Distribution:
        """The distribution before it."""
        return self._distribution

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments of the constructor by their names."""
        parts = {"bijector": self._bijector, "distribution": self._distribution}
        return {**parts, "seed": self._seed, "name": self.name}

    def _log_prob(self, y: Any, *parameters: Any) -> Any:
        g = self._bijector
        density = self._distribution._formula("_log_prob")(g._inverse(y), *parameters)
        return density + g._inverse_log_jacobian(y)

    def _cdf(self, y: Any, *parameters: Any) -> Any:
        x = self._bijector._inverse(y)
        return self._distribution._formula("_cdf")(x, *parameters)

    def _mean(self, *parameters: Any) -> Any:
        if not self._bijector.is_constant_jacobian:
            raise ValueError(
                "TransformedDistribution: the mean is known for linear bijectors only"
            )
        mean = self._distribution._formula("_mean")(*parameters)
        return jnp.asarray(self._bijector._forward(mean))

    def _draw(self, key: Any, shape: tuple[int, ...], *parameters: Any) -> Any:
        x = self._distribution._formula("_draw")(key, shape, *parameters)
        return self._bijector._forward(x)
