"""RandomApply, RandomChoice, RandomOrder: transforms chosen at random."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._checks import check_between
from .._draws import generator
from ._base import RandomTransform, Transform, draws_of
from ._compose import Compose

Operation = Callable[..., Any]


class _OfSeveral(Transform):
    """Args: transforms: list of callables, not empty."""

    def __init__(self, transforms: Sequence[Operation]) -> None:
        name = type(self).__name__
        if not isinstance(transforms, list | tuple):
            raise TypeError(f"{name}: transforms must be a list, got {transforms!r}.")
        if not transforms:
            raise ValueError(f"{name}: transforms must not be empty.")
        for place, operation in enumerate(transforms):
            if not callable(operation):
                raise TypeError(
                    f"{name}: transforms[{place}] must be callable, got {operation!r}."
                )
        self.transforms = list(transforms)

    @property
    def parts(self) -> Sequence[Operation]:
        return self.transforms


class _OneDrawMore(_OfSeveral, RandomTransform):
    """A choice by one number, and those of the transforms behind it.

    On the device the transforms must keep the sample's shape.
    """

    @property
    def num_draws(self) -> int:
        """One, and those of the transforms, in order."""
        return 1 + sum(map(draws_of, self.transforms))

    def parameters(self, draws: np.ndarray, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """(the choice, then the parameters of each transform as a tuple)."""
        inner = (
            operation.parameters(part, shape) if part.size else ()
            for operation, part in self._with_draws(draws)
        )
        return self.choice(draws[:, 0]), *inner

    def _with_draws(self, draws: np.ndarray) -> list[tuple[Operation, np.ndarray]]:
        """Each transform and its draws."""
        ends = np.cumsum([1, *map(draws_of, self.transforms)])
        return [
            (operation, draws[..., start:end])
            for operation, start, end in zip(
                self.transforms, ends[:-1], ends[1:], strict=True
            )
        ]

    @abstractmethod
    def choice(self, draws: np.ndarray) -> np.ndarray:
        """What the first draws (B,) choose."""

    def apply(self, value: Any, *parameters: Any) -> Any:
        raise NotImplementedError  # its transforms see values of other shapes: drawn


def _result(operation: Operation, draws: np.ndarray, values: tuple[Any, ...]) -> Any:
    if isinstance(operation, RandomTransform):
        return operation.drawn(*values, draws)
    return operation(*values)


class RandomApply(_OneDrawMore):
    """All of the transforms in order, with probability prob, else none.

    Args: transforms: list of callables, not empty. prob: in [0, 1].
    Inputs: what the first takes.  Outputs: what the last gives, or the input.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> RandomApply([abs], 1.0)(-2)
        2
    References: mindspore.dataset.transforms.RandomApply.
    """

    def __init__(self, transforms: Sequence[Operation], prob: float = 0.5) -> None:
        super().__init__(transforms)
        self.prob = check_between("RandomApply", "prob", prob, 0.0, 1.0)

    def choice(self, draws: np.ndarray) -> np.ndarray:
        """Whether to apply them."""
        return draws < self.prob

    def drawn(self, value: Any, draws: np.ndarray) -> Any:
        if not self.choice(draws[0]):
            return value
        values = (value,)
        for operation, part in self._with_draws(draws):
            result = _result(operation, part, values)
            values = result if isinstance(result, tuple) else (result,)
        return values[0] if len(values) == 1 else values


class RandomChoice(_OneDrawMore):
    """One of the transforms, each as likely.

    Args: transforms: list of callables, not empty.
    Inputs: what they take.  Outputs: what the chosen one gives.
    Raises: TypeError, ValueError: the setting is not as said.
    Example: >>> RandomChoice([abs])(-2)
        2
    References: mindspore.dataset.transforms.RandomChoice.
    """

    def choice(self, draws: np.ndarray) -> np.ndarray:
        """The number of the transform."""
        return (draws * len(self.transforms)).astype(np.int32)

    def drawn(self, value: Any, draws: np.ndarray) -> Any:
        operation, part = self._with_draws(draws)[self.choice(draws[0])]
        return _result(operation, part, (value,))


class RandomOrder(_OfSeveral):
    """All of the transforms, in random order.

    Args: transforms: list of callables, not empty.
    Inputs: what they take.  Outputs: what the last one gives.
    Raises: TypeError, ValueError: the setting is not as said.
    Example: >>> RandomOrder([abs])(-2)
        2
    References: mindspore.dataset.transforms.RandomOrder.
    """

    deterministic = False

    def __call__(self, value: Any) -> Any:
        order = generator().permutation(len(self.transforms))
        return Compose([self.transforms[place] for place in order])(value)
