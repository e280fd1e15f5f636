"""Categorical."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import dtype as mstype
from cellnet.nn.probability.distribution._base import Distribution


class Categorical(Distribution):
    """Classes 0 to k - 1 of given probabilities.

    (mindspore.nn.probability.distribution.Categorical)

    Args:
        probs: probabilities (..., k), a list, array or Tensor; None if every call gives
            them.
        seed: kept.
        dtype: type of the samples.
        name: shown by ``repr``.

    Raises:
        TypeError: probabilities that are no numbers.
        ValueError: probabilities that do not sum to 1.

    Example:
        >>> from cellnet import Tensor
        >>> from cellnet.nn.probability.distribution import Categorical
        >>> round(float(Categorical([0.25, 0.75]).prob(Tensor(1))), 4)
        0.75
    """

    def __init__(
        self,
        probs: Any = None,
        seed: int | None = None,
        dtype: Any = mstype.int32,
        name: str = "Categorical",
    ) -> None:
        super().__init__(seed, dtype, name, {"probs": probs})
        if probs is not None:
            sums = self._probs_value.asnumpy().sum(-1)
            if not np.allclose(sums, 1.0, atol=1e-5):
                raise ValueError(f"Categorical: probs must sum to 1, got {sums}")

    @property
    def broadcast_shape(self) -> tuple[int, ...] | None:
        """The shape of the probabilities without that of the classes."""
        return None if self._probs_value is None else self._probs_value.shape[:-1]

    @property
    def is_scalar_batch(self) -> bool:
        """Whether there is one set of probabilities."""
        return not self.broadcast_shape

    @property
    def batch_shape(self) -> tuple[int, ...] | None:
        """The shape of the probabilities."""
        return None if self._probs_value is None else self._probs_value.shape

    def _mean(self, probs: Any) -> Any:
        classes = jnp.arange(probs.shape[-1], dtype=probs.dtype)
        return (probs * classes).sum(-1, keepdims=True)

    def _var(self, probs: Any) -> Any:
        classes = jnp.arange(probs.shape[-1], dtype=probs.dtype)
        squares = (probs * classes * classes).sum(-1, keepdims=True)
        return squares - jnp.square(self._mean(probs))

    def _mode(self, probs: Any) -> Any:
        return jnp.argmax(probs, -1).astype(mstype.to_numpy(self.dtype))

    def _entropy(self, probs: Any) -> Any:
        return -jax.scipy.special.xlogy(probs, probs).sum(-1)

    def _log_prob(self, x: Any, probs: Any) -> Any:
        return _picked(jnp.log(probs), x)

    def _cdf(self, x: Any, probs: Any) -> Any:
        return _picked(jnp.cumsum(probs, -1), x)

    def _kl(self, probs: Any, probs_b: Any) -> Any:
        return jax.scipy.special.kl_div(probs, probs_b).sum(-1)

    def _draw(self, key: Any, shape: tuple[int, ...], probs: Any) -> Any:
        full = (*shape, *probs.shape[:-1])
        return jax.random.categorical(key, jnp.log(probs), -1, full)


def _picked(table: Any, x: Any) -> Any:
    """Entry x of each row of a table; the two broadcast, classes apart."""
    shape = jnp.broadcast_shapes(table.shape[:-1], x.shape)
    rows = jnp.broadcast_to(table, (*shape, table.shape[-1]))
    index = jnp.broadcast_to(x, shape).astype(jnp.int32)
    return jnp.take_along_axis(rows, index[..., None], -1)[..., 0]
