"""RandomApply, RandomChoice, RandomOrder: transforms chosen at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .._checks import check_between
from .._draws import generator
from ._base import Transform
from ._compose import Compose

Operation = Callable[..., Any]


class _OfSeveral(Transform):
    """Args: transforms: list of callables, not empty."""

    deterministic = False

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


class RandomApply(_OfSeveral):
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

    def __call__(self, value: Any) -> Any:
        if generator().random() < self.prob:
            return Compose(self.transforms)(value)
        return value


class RandomChoice(_OfSeveral):
    """One of the transforms, each as likely.

    Args: transforms: list of callables, not empty.
    Inputs: what they take.  Outputs: what the chosen one gives.
    Raises: TypeError, ValueError: the setting is not as said.
    Example: >>> RandomChoice([abs])(-2)
        2
    References: mindspore.dataset.transforms.RandomChoice.
    """

    def __call__(self, value: Any) -> Any:
        return self.transforms[generator().integers(len(self.transforms))](value)


class RandomOrder(_OfSeveral):
    """All of the transforms, in random order.

    Args: transforms: list of callables, not empty.
    Inputs: what they take.  Outputs: what the last one gives.
    Raises: TypeError, ValueError: the setting is not as said.
    Example: >>> RandomOrder([abs])(-2)
        2
    References: mindspore.dataset.transforms.RandomOrder.
    """

    def __call__(self, value: Any) -> Any:
        order = generator().permutation(len(self.transforms))
        return Compose([self.transforms[place] for place in order])(value)
