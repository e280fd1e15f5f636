"""What a transform of this package promises, beyond being callable."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._draws import generator
from .._made import Made


class Transform(Made, ABC):
    """A function of one sample's column, whose settings are plain attributes.

    deterministic: the output depends on the input and the settings only. Such a
        transform may be computed elsewhere (inside the compiled program) from them.
    elementwise: each output element depends on the input element at its place only, so
        that a batch may be given as if it were one sample.
    num_columns: columns that it takes.
    heavy: a sample takes long, outside the interpreter's lock, so that threads pay.
    parts: the operations that it calls, where it is given some.
    """

    deterministic = True
    elementwise = False
    num_columns = 1

    @property
    def heavy(self) -> bool:
        return False

    @property
    def parts(self) -> Sequence[Callable[..., Any]]:
        return ()

    @abstractmethod
    def __call__(self, value: Any) -> Any:
        """One sample."""

    def batch(self, values: np.ndarray) -> np.ndarray:
        """Samples along a leading axis: each alone, stacked."""
        if self.elementwise:
            return self(values)
        return np.stack([self(value) for value in values])

    def then(self, following: Callable[..., Any]) -> Callable[..., Any] | None:
        """One operation that gives what both give, faster; None if there is none."""
        del following
        return None

    def __repr__(self) -> str:
        settings = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if k[0] != "_")
        return f"{type(self).__name__}({settings})"


class RandomTransform(Transform):
    """A transform whose chance is some uniform numbers for each sample.

    They can be drawn in one place and used in another: the host draws them, and the
    compiled program moves the pixels by the very same `parameters`.

    num_draws: uniform numbers in [0, 1) that a sample takes.
    """

    deterministic = False
    num_draws = 1

    @abstractmethod
    def parameters(self, draws: np.ndarray, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """What draws (B, num_draws) mean for samples of a shape: arrays (B, ...)."""

    @abstractmethod
    def apply(self, value: Any, *parameters: Any) -> Any:
        """One sample, changed as its parameters say."""

    def drawn(self, value: Any, draws: np.ndarray) -> Any:
        """One sample and its draws (num_draws,)."""
        parameters = self.parameters(draws[None], np.shape(value))
        return self.apply(value, *(column[0] for column in parameters))

    def __call__(self, value: Any) -> Any:
        return self.drawn(value, generator().random(self.num_draws))


class RandomBatchTransform(Transform):
    """A random transform of columns of a batch, put behind `batch`.

    The host draws from a generator of the batch's own, as for every transform, and the
    compiled program may do what the `parameters` say.
    """

    deterministic = False

    @abstractmethod
    def parameters(
        self, draws: np.random.Generator, shape: tuple[int, ...]
    ) -> tuple[np.ndarray, ...]:
        """What is drawn for a batch whose first column has a shape: arrays (B, ...)."""

    @abstractmethod
    def apply(self, values: tuple[Any, ...], *parameters: Any) -> tuple[Any, ...]:
        """The columns of a batch, changed as the parameters say."""

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        return self.apply(values, *self.parameters(generator(), np.shape(values[0])))


def draws_of(operation: Any) -> int:
    """How many uniform numbers an operation takes for a sample."""
    return operation.num_draws if isinstance(operation, RandomTransform) else 0


def name_of(operation: Callable[..., Any]) -> str:
    """An operation's name for error messages."""
    if isinstance(operation, Transform):
        return repr(operation)
    return getattr(operation, "__name__", repr(operation))
