"""Metrics that a compiled loop can gather, without the host seeing a batch.

The device computes in 32 bits; a counter and a sum here keep what that would lose.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import jax.numpy as jnp
import numpy as np

_LOW_BITS = 24


@runtime_checkable
class DeviceMetric(Protocol):
    """A metric as pure functions of jax arrays; its host form gives the same result.

    ``initial`` and ``accumulate`` give a state, a pytree of arrays of fixed shapes and
    dtypes; ``accumulate`` is traced; ``result`` runs on the host, once.
    """

    def initial(self) -> Any:
        """The state before the first batch."""
        ...

    def accumulate(self, state: Any, *outputs: Any) -> Any:
        """The state after one more batch.

        Args:
            state: as ``initial`` or ``accumulate`` returned it.
            *outputs: jax arrays or tracers, what ``update`` takes.

        Raises:
            ValueError: shapes that do not fit.
        """
        ...

    def result(self, state: Any) -> Any:
        """What ``eval`` would return; waits for the device.

        Raises:
            RuntimeError: there was no batch.
        """
        ...


def zero_count(shape: tuple[int, ...] = ()) -> Any:
    """Counters at 0: int32[2, *shape], multiples of 2**24 and the rest."""
    return jnp.zeros((2, *shape), jnp.int32)


def add_count(count: Any, more: Any) -> Any:
    """``count`` plus ``more``, of its shape, each between 0 and 2**30."""
    low = count[1] + jnp.asarray(more, jnp.int32)
    return jnp.stack([count[0] + (low >> _LOW_BITS), low & (2**_LOW_BITS - 1)])


def read_count(count: Any) -> Any:
    """A counter as an int, several as int64; waits for the device."""
    high, low = np.asarray(count).astype(np.int64)
    total = (high << _LOW_BITS) + low
    return int(total) if total.ndim == 0 else total


def zero_sum() -> Any:
    """A sum at 0: float32[2], the sum and what rounding took from it."""
    return jnp.zeros(2, jnp.float32)


def add_sum(total: Any, more: Any) -> Any:
    """``total`` plus ``more``, by Kahan's and Neumaier's compensated summation."""
    old, lost = total
    more = jnp.asarray(more, jnp.float32)
    new = old + more
    kept_old = (old - new) + more
    kept_more = (more - new) + old
    return jnp.stack(
        [new, lost + jnp.where(jnp.abs(old) >= jnp.abs(more), kept_old, kept_more)]
    )


def read_sum(total: Any) -> float:
    """The sum as a float; waits for the device."""
    values = np.asarray(total, np.float64)
    # an infinite sum leaves NaN in the rest
    return float(values.sum() if np.isfinite(values[0]) else values[0])
