"""Metric, the base class: gathers batches on the host."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from cellnet.tensor import Tensor
from cellnet.train.metrics._device import DeviceMetric


class Metric(ABC):
    """Base class of metrics: ``clear()``, ``update(...)`` per batch, then ``eval()``.

    Example:
        >>> class Largest(Metric):
        ...     def clear(self):
        ...         self.largest = -np.inf
        ...     @rearrange_inputs
        ...     def update(self, outputs):
        ...         self.largest = max(self.largest, self._convert_data(outputs).max())
        ...     def eval(self):
        ...         return float(self.largest)
        >>> metric = Largest()
        >>> metric.clear()
        >>> metric.update([1, 5, 2])
        >>> metric.eval()
        5.0

    Source: mindspore.train.Metric.
    """

    def __init__(self) -> None:
        self._indexes: list[int] | None = None

    @property
    def indexes(self) -> list[int] | None:
        """Positions that ``update`` takes of what it is given, or None for all."""
        return getattr(self, "_indexes", None)

    def set_indexes(self, indexes: list[int]) -> Metric:
        """Choose what ``update`` takes, and in which order; returns the metric.

        Args:
            indexes: positions among the arguments of ``update``; in a Model, among the
                outputs of its evaluation network.

        Raises:
            ValueError: no list of ints.
        """
        if not isinstance(indexes, list) or not all(type(i) is int for i in indexes):
            raise ValueError(
                f"set_indexes: expected a list of ints such as [0, 2], got {indexes!r}"
            )
        self._indexes = indexes
        return self

    @property
    def gathers_on_device(self) -> bool:
        """Whether a sunk loop can gather it: it is a DeviceMetric too.

        In a class that overrides ``update`` an ``accumulate`` that it inherited would
        be that of another metric, and does not count.
        """
        if not isinstance(self, DeviceMetric):
            return False
        classes = type(self).__mro__
        host, device = (
            next((c for c in classes if name in vars(c)), classes[0])
            for name in ("update", "accumulate")
        )
        return classes.index(device) <= classes.index(host)

    def __call__(self, *inputs: Any) -> Any:
        """The metric of one batch alone."""
        self.clear()
        self.update(*inputs)
        return self.eval()

    @abstractmethod
    def clear(self) -> None:
        """Forget all batches."""

    @abstractmethod
    def update(self, *inputs: Any) -> None:
        """Take in one batch."""

    @abstractmethod
    def eval(self) -> Any:
        """The result over all batches since ``clear``."""

    def _convert_data(self, data: Any) -> np.ndarray:
        """``data`` as a NumPy array.

        Raises:
            TypeError: no Tensor, list or array.
        """
        if not isinstance(data, Tensor | jax.Array | np.ndarray | list):
            raise TypeError(
                f"{type(self).__name__}.update: expected Tensors, lists or arrays, got "
                f"{type(data).__name__} ({data!r})"
            )
        return np.asarray(data)

    def _convert_inputs(self, inputs: tuple[Any, ...], *expected: str) -> list[Any]:
        """``inputs`` as NumPy arrays, one for each name in ``expected``.

        Raises:
            ValueError: another number of them.
            TypeError: one that is no Tensor, list or array.
        """
        if len(inputs) != len(expected):
            raise ValueError(
                f"{type(self).__name__}.update: expected {len(expected)} inputs "
                f"({', '.join(expected)}), got {len(inputs)}; set_indexes chooses some"
            )
        return [self._convert_data(data) for data in inputs]


def rearrange_inputs(update: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of ``Metric.update``: hands on what ``set_indexes`` chose.

    Raises:
        IndexError: from the decorated function, if a position is not there.
    """

    @functools.wraps(update)
    def wrapper(self: Metric, *inputs: Any) -> Any:
        return update(self, *chosen(self, inputs))

    return wrapper


def chosen(metric: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """What of ``inputs`` a metric's ``set_indexes`` chose; all if it was not called.

    Raises:
        IndexError: a position that is not there.
    """
    indexes = getattr(metric, "indexes", None)
    if not indexes:
        return inputs
    if max(indexes) >= len(inputs) or min(indexes) < -len(inputs):
        raise IndexError(
            f"{type(metric).__name__}.update: set_indexes asked for {indexes}, but "
            f"there are {len(inputs)} inputs"
        )
    return tuple(inputs[i] for i in indexes)


def no_samples(metric: Metric) -> RuntimeError:
    """The error of ``eval`` before any ``update``."""
    return RuntimeError(
        f"{type(metric).__name__}: there are no samples; call update() with a batch "
        "before eval()"
    )
