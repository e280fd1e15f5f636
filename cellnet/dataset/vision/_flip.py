"""Flips, and doing something with a probability."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from .._checks import check_between
from ..transforms._base import RandomTransform, Transform
from ._image import like, opencv


class Sometimes(RandomTransform):
    """Does `change` with probability prob, else nothing.

    Args: prob: in [0, 1].
    """

    def __init__(self, prob: float) -> None:
        self.prob = check_between(type(self).__name__, "prob", prob, 0.0, 1.0)

    def parameters(self, draws: np.ndarray, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """(whether to change the sample,)."""
        del shape
        return (draws[:, 0] < self.prob,)

    def apply(self, value: Any, *parameters: Any) -> Any:
        (chosen,) = parameters
        return self.change(value) if chosen else value

    @abstractmethod
    def change(self, value: Any) -> Any:
        """The image, changed."""


def flip(owner: str, value: Any, axis: int) -> Any:
    """Reversed along height (axis 0) or width (1)."""
    image = np.asarray(value)
    if image.ndim < 2:
        raise ValueError(
            f"{owner}: expected an image (..., H, W, C) or (H, W), got shape "
            f"{image.shape}."
        )
    if image.dtype == np.uint8 and image.ndim in (2, 3):  # NumPy takes 50 times as long
        flipped = opencv(owner).flip(image, axis)
        return like(owner, value, flipped.reshape(image.shape))
    first = 0 if image.ndim == 2 else image.ndim - 3
    return like(owner, value, np.flip(image, first + axis))


class HorizontalFlip(Transform):
    """Left and right exchanged: y[h, w] = x[h, W - 1 - w].

    Inputs: image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Example: >>> HorizontalFlip()(np.array([[1, 2]])).tolist()
        [[2, 1]]
    References: mindspore.dataset.vision.HorizontalFlip.
    """

    def __call__(self, value: Any) -> Any:
        return flip("HorizontalFlip", value, 1)


class VerticalFlip(Transform):
    """Top and bottom exchanged: y[h, w] = x[H - 1 - h, w].

    Inputs: image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Example: >>> VerticalFlip()(np.array([[1], [2]])).tolist()
        [[2], [1]]
    References: mindspore.dataset.vision.VerticalFlip.
    """

    def __call__(self, value: Any) -> Any:
        return flip("VerticalFlip", value, 0)


class RandomHorizontalFlip(Sometimes):
    """HorizontalFlip with probability prob.

    Args: prob: in [0, 1].
    Inputs: image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Example: >>> RandomHorizontalFlip(1.0)(np.array([[1, 2]])).tolist()
        [[2, 1]]
    References: mindspore.dataset.vision.RandomHorizontalFlip.
    """

    def __init__(self, prob: float = 0.5) -> None:
        super().__init__(prob)

    def change(self, value: Any) -> Any:
        return flip("RandomHorizontalFlip", value, 1)


class RandomVerticalFlip(Sometimes):
    """VerticalFlip with probability prob.

    Args: prob: in [0, 1].
    Inputs: image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Example: >>> RandomVerticalFlip(1.0)(np.array([[1], [2]])).tolist()
        [[2], [1]]
    References: mindspore.dataset.vision.RandomVerticalFlip.
    """

    def __init__(self, prob: float = 0.5) -> None:
        super().__init__(prob)

    def change(self, value: Any) -> Any:
        return flip("RandomVerticalFlip", value, 0)
