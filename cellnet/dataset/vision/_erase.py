"""CutOut, RandomErasing and Erase: rectangles painted over."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_bool, check_int, check_number, check_pair
from .._draws import generator
from ..transforms._base import Transform
from ._flip import Sometimes


def _image(owner: str, value: Any, is_hwc: bool) -> np.ndarray:
    image = np.asarray(value)
    if image.ndim != 3:
        order = "(H, W, C)" if is_hwc else "(C, H, W)"
        raise ValueError(f"{owner}: expected {order}, got shape {image.shape}.")
    return image


class CutOut(Transform):
    """Paint squares at random places black; they may reach over the edges.

    Args: length: side in pixels. num_patches: how many.
        is_hwc: channels come last (True) or first (False).
    Inputs: (H, W, C), or (C, H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> CutOut(9)(np.ones((2, 2, 1), np.uint8)).max()
        0
    References: mindspore.dataset.vision.CutOut; DeVries et al., arXiv:1708.04552.
    """

    deterministic = False

    def __init__(self, length: int, num_patches: int = 1, is_hwc: bool = True) -> None:
        self.length = check_int("CutOut", "length", length, 1)
        self.num_patches = check_int("CutOut", "num_patches", num_patches, 1)
        self.is_hwc = check_bool("CutOut", "is_hwc", is_hwc)

    def __call__(self, value: Any) -> np.ndarray:
        image = _image("CutOut", value, self.is_hwc).copy()
        pixels = image if self.is_hwc else image.transpose(1, 2, 0)
        for _ in range(self.num_patches):
            row, column = generator().integers(pixels.shape[:2])
            top, left = (int(at) - self.length // 2 for at in (row, column))
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


class RandomErasing(Sometimes):
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
        super().__init__(prob)
        self.scale = check_pair(name, "scale", scale, 0.0, INT32_MAX)
        self.ratio = check_pair(name, "ratio", ratio, 1e-6, INT32_MAX)
        if value != "random":
            for each in value if isinstance(value, list | tuple) else (value,):
                check_number(name, "value", each)
        self.value = value
        self.inplace = check_bool(name, "inplace", inplace)
        self.max_attempts = check_int(name, "max_attempts", max_attempts, 1)

    def change(self, value: Any) -> np.ndarray:
        image = _image("RandomErasing", value, False)
        channels, height, width = image.shape
        draws = generator()
        low, high = (math.log(each) for each in self.ratio)
        for _ in range(self.max_attempts):
            area = height * width * draws.uniform(*self.scale)
            ratio = math.exp(draws.uniform(low, high))
            rows = round(math.sqrt(area * ratio))
            columns = round(math.sqrt(area / ratio))
            if rows < height and columns < width:
                top = int(draws.integers(height - rows + 1))
                left = int(draws.integers(width - columns + 1))
                image = image if self.inplace else image.copy()
                if isinstance(self.value, str):
                    paint = draws.standard_normal((channels, rows, columns))
                else:
                    paint = np.reshape(self.value, (-1, 1, 1))
                image[:, top : top + rows, left : left + columns] = paint
                return image
        return image
