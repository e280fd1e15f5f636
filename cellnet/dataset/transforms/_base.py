"""What a transform of this package promises, beyond being callable."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class Transform(ABC):
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


def name_of(operation: Callable[..., Any]) -> str:
    """An operation's name for error messages."""
    if isinstance(operation, Transform):
        return repr(operation)
    return getattr(operation, "__name__", repr(operation))
