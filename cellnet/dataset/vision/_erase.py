"""CutOut, RandomErasing and Erase: rectangles painted over."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import (
    INT32_MAX,
    check_between,
    check_bool,
    check_int,
    check_number,
    check_pair,
)
from .._draws import generator
from ..transforms._base import RandomTransform, Transform


def _image(owner: str, value: Any, is_hwc: bool) -> np.ndarray:
    image = np.asarray(value)
    if image.ndim != 3:
        order = "(H, W, C)" if is_hwc else "(C, H, W)"
        raise ValueError(f"{owner}: expected {order}, got shape {image.shape}.")
    return image


class CutOut(RandomTransform):
    """Paint squares at random places black; they may reach over the edges.

    Args: length: side in pixels. num_patches: how many.
        is_hwc: channels come last (True) or first (False).
    Inputs: (H, W, C), or (C, H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> CutOut(9)(np.ones((2, 2, 1), np.uint8)).max()
        0
    References: mindspore.dataset.vision.CutOut; DeVries et al., arXiv:1708.04552.
    """

    def __init__(self, length: int, num_patches: int = 1, is_hwc: bool = True) -> None:
        self.length = check_int("CutOut", "length", length, 1)
        self.num_patches = check_int("CutOut", "num_patches", num_patches, 1)
        self.is_hwc = check_bool("CutOut", "is_hwc", is_hwc)

    @property
    def num_draws(self) -> int:
        """A row and a column for each patch."""
        return 2 * self.num_patches

    def parameters(self, draws: np.ndarray, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """(top, left) of the patches, each (B, num_patches)."""
        height, width = shape[:2] if self.is_hwc else shape[1:]
        middles = draws.reshape(len(draws), -1, 2) * (height, width)
        corners = middles.astype(np.int32) - self.length // 2
        return corners[..., 0], corners[..., 1]

    def drawn(self, value: Any, draws: np.ndarray) -> np.ndarray:
        return super().drawn(_image("CutOut", value, self.is_hwc), draws)

    def apply(self, value: Any, *parameters: Any) -> np.ndarray:
        image = value.copy()
        pixels = image if self.is_hwc else image.transpose(1, 2, 0)
        for top, left in zip(*parameters, strict=True):
            rows = slice(max(0, top), max(0, top + self.length))
            columns = slice(max(0, left), max(0, left + self.length))
            pixels[rows, columns] = 0
        return image


class Erase(Transform):
    """Paint a rectangle over.

    Args: top, left, height, width: ints, the rectangle.
        value: a number, or one for each of three channels. inplace: change the input.
    Inputs: (H, W, C).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> Erase(0, 0, 1, 1, 5)(np.ones((1, 2, 1), np.uint8)).tolist()
        [[[5], [1]]]
    References: mindspore.dataset.vision.Erase.
    """

    def __init__(
        self,
        top: int,
        left: int,
        height: int,
        width: int,
        value: float | tuple[float, ...] = 0.0,
        inplace: bool = False,
    ) -> None:
        self.top = check_int("Erase", "top", top, 0)
        self.left = check_int("Erase", "left", left, 0)
        self.height = check_int("Erase", "height", height, 1)
        self.width = check_int("Erase", "width", width, 1)
        numbers = value if isinstance(value, list | tuple) else (value,)
        self.value = tuple(check_number("Erase", "value", each) for each in numbers)
        self.inplace = check_bool("Erase", "inplace", inplace)

    def __call__(self, value: Any) -> np.ndarray:
        image = _image("Erase", value, True)
        image = image if self.inplace else image.copy()
        rows = slice(self.top, self.top + self.height)
        image[rows, self.left : self.left + self.width] = self.value
        return image


class RandomErasing(RandomTransform):
    """Paint a random rectangle over, with probability prob.

    Args: prob: in [0, 1]. scale: (min, max) share of the area. ratio: (min, max) height
            / width. value: a number, one for each of three channels, or "random".
        inplace: change the input. max_attempts: rectangles to try until one fits.
    Inputs: (C, H, W), as ToTensor gives it.  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomErasing(0.0)(np.ones((1, 2, 2))).min()
        1.0
    References: mindspore.dataset.vision.RandomErasing; Zhong et al., AAAI 2020.
    """

    def __init__(
        self,
        prob: float = 0.5,
        scale: tuple[float, float] | list[float] = (0.02, 0.33),
        ratio: tuple[float, float] | list[float] = (0.3, 3.3),
        value: float | str | tuple[float, ...] = 0,
        inplace: bool = False,
        max_attempts: int = 10,
    ) -> None:
        name = "RandomErasing"
        self.prob = check_between(name, "prob", prob, 0.0, 1.0)
        self.scale = check_pair(name, "scale", scale, 0.0, INT32_MAX)
        self.ratio = check_pair(name, "ratio", ratio, 1e-6, INT32_MAX)
        if value != "random":
            for each in value if isinstance(value, list | tuple) else (value,):
                check_number(name, "value", each)
        self.value = value
        self.inplace = check_bool(name, "inplace", inplace)
        self.max_attempts = check_int(name, "max_attempts", max_attempts, 1)

    @property
    def num_draws(self) -> int:
        """Whether, then area, ratio, row and column of each attempt."""
        return 1 + 4 * self.max_attempts

    def parameters(self, draws: np.ndarray, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """(whether to paint, top, left, rows, columns)."""
        chosen = draws[:, 0] < self.prob
        _, height, width = shape
        area, ratio, down, across = np.moveaxis(
            draws[:, 1:].reshape(len(draws), -1, 4), 2, 0
        )  # (B, max_attempts) each
        area = height * width * _between(area, *self.scale)
        ratio = np.exp(_between(ratio, *np.log(self.ratio)))
        rows, columns = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
        fits = (rows < height) & (columns < width)
        tops, lefts = down * (height - rows + 1), across * (width - columns + 1)
        first = np.arange(len(draws)), fits.argmax(1)
        box = (side[first].astype(np.int32) for side in (tops, lefts, rows, columns))
        return chosen & fits.any(1), *box

    def drawn(self, value: Any, draws: np.ndarray) -> np.ndarray:
        return super().drawn(_image("RandomErasing", value, False), draws)

    def apply(self, value: Any, *parameters: Any) -> np.ndarray:
        chosen, top, left, rows, columns = parameters
        if not chosen:
            return value
        image = value if self.inplace else value.copy()
        if isinstance(self.value, str):
            paint = generator().standard_normal((len(image), rows, columns))
        else:
            paint = np.reshape(self.value, (-1, 1, 1))
        image[:, top : top + rows, left : left + columns] = paint
        return image


def _between(share: np.ndarray, low: float, high: float) -> np.ndarray:
    return low + (high - low) * share
