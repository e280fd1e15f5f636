"""Metrics that a compiled loop can gather, without the host seeing a batch.

The device computes in 32 bits; a counter and a sum here keep what that would lose.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np

_LOW_BITS = 24


@runtime_checkable
class DeviceMetric(Protocol):
    """A metric as pure functions of jax arrays; its host form gives the same result.

    ``initial`` and ``accumulate`` give a state, a pytree of arrays of fixed shapes and
    dtypes; ``accumulate`` is traced; ``result`` runs on the host, once.

    Example:
        >>> from cellnet.train import Metric
        >>> class Highest(Metric):  # output of each class
        ...     def clear(self):
        ...         self.highest = -np.inf
        ...     def update(self, outputs, labels):
        ...         batch = self._convert_data(outputs).max(axis=0)
        ...         self.highest = np.maximum(self.highest, batch)
        ...     def eval(self):
        ...         return self.highest
        ...     def initial(self, outputs, labels):
        ...         return jnp.full(outputs.shape[1:], -jnp.inf)
        ...     def accumulate(self, state, outputs, labels):
        ...         return jnp.maximum(state, outputs.max(axis=0))
        ...     def result(self, state):
        ...         return np.asarray(state)
        >>> Highest().gathers_on_device
        True
    """

    def initial(self, *outputs: Any) -> Any:
        """The state before the first batch; a metric may define it without arguments.

        Args:
            *outputs: jax.ShapeDtypeStructs of what ``accumulate`` takes, for a state
                whose shape they decide, as the number of classes does.  The number of
                rows must not count: the last batch may be a short one.
        """
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

        The forms here hand the state to the host form and call its ``eval``, so that
        one that is overridden counts, and can be called again: ``f1.eval(True)``.

        Raises:
            RuntimeError: there was no batch.
        """
        ...


def initial_state(metric: Any, outputs: Sequence[Any]) -> Any:
    """The state of a DeviceMetric before a first batch of ``outputs``, arrays."""
    if not inspect.signature(metric.initial).parameters:
        return metric.initial()
    return metric.initial(
        *(jax.ShapeDtypeStruct(jnp.shape(x), jnp.result_type(x)) for x in outputs)
    )


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
