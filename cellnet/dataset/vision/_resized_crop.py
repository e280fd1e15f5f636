"""A crop, resized: ResizedCrop, RandomResizedCrop, RandomCropDecodeResize."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_int, check_pair
from .._draws import generator
from ..transforms._base import Transform
from ._crop import crop_box
from ._decode import decode_rgb
from ._image import as_array, check_inter, check_sides
from ._resize import Resize
from .utils import Inter

Box = tuple[int, int, int, int]  # top, left, height, width


class ResizedCrop(Transform):
    """Cut out a rectangle and resize it.

    Args: top, left: ints >= 0. height, width: ints >= 1.
        size: (height, width) of the output, or one int for the shorter edge.
        interpolation: as in Resize.
    Inputs: image (H, W, C) or (H, W).  Outputs: the same rank and dtype.
    Raises: TypeError, ValueError: a setting is not as said, or it leaves the image.
    Example: >>> ResizedCrop(0, 0, 2, 2, (4, 3))(np.ones((2, 2), np.uint8)).shape
        (4, 3)
    References: mindspore.dataset.vision.ResizedCrop.
    """

    def __init__(
        self,
        top: int,
        left: int,
        height: int,
        width: int,
        size: int | tuple[int, int] | list[int],
        interpolation: Inter = Inter.BILINEAR,
    ) -> None:
        name = "ResizedCrop"
        self.top = check_int(name, "top", top, 0, INT32_MAX)
        self.left = check_int(name, "left", left, 0, INT32_MAX)
        self.height = check_int(name, "height", height, 1, INT32_MAX)
        self.width = check_int(name, "width", width, 1, INT32_MAX)
        self.resize = Resize(size, interpolation)

    @property
    def heavy(self) -> bool:
        return self.resize.heavy

    def __call__(self, value: Any) -> Any:
        box = self.top, self.left, self.height, self.width
        return self.resize(crop_box("ResizedCrop", value, *box))


class RandomResizedCrop(Transform):
    """A crop of random area and ratio, resized ("Inception crop").

    The area's share of the image is uniform in scale, width / height log-uniform in
    ratio; after max_attempts boxes that do not fit, the largest central one of an
    allowed ratio is taken.

    Args: size: (height, width) of the output, or one int for both.
        scale: (min, max) share, >= 0. ratio: (min, max), > 0.
        interpolation: as in Resize. max_attempts: int >= 1.
    Inputs: image (H, W, C) or (H, W).  Outputs: (height, width[, C]); the same dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomResizedCrop(5)(np.ones((9, 9, 3), np.uint8)).shape
        (5, 5, 3)
    References: mindspore.dataset.vision.RandomResizedCrop; Szegedy et al., CVPR 2015.
    """

    deterministic = False

    def __init__(
        self,
        size: int | tuple[int, int] | list[int],
        scale: tuple[float, float] | list[float] = (0.08, 1.0),
        ratio: tuple[float, float] | list[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: Inter = Inter.BILINEAR,
        max_attempts: int = 10,
    ) -> None:
        name = type(self).__name__
        self.size = check_sides(name, size)
        self.scale = check_pair(name, "scale", scale, 0.0, INT32_MAX)
        self.ratio = check_pair(name, "ratio", ratio, 0.0, INT32_MAX)
        if not self.ratio[0] or not self.scale[1]:
            raise ValueError(
                f"{name}: scale must allow an area and ratio must be positive, got "
                f"{scale!r} and {ratio!r}."
            )
        self.interpolation = check_inter(name, "interpolation", interpolation)
        self.max_attempts = check_int(name, "max_attempts", max_attempts, 1)
        self._resize = Resize(self.size, interpolation)

    @property
    def heavy(self) -> bool:
        return self._resize.heavy

    def __call__(self, value: Any) -> Any:
        height, width = as_array(type(self).__name__, value).shape[:2]
        return self._resize(crop_box("", value, *self.draw_box(height, width)))

    def draw_box(self, height: int, width: int) -> Box:
        """A random (top, left, height, width) inside an image."""
        low, high = (math.log(each) for each in self.ratio)
        least, most = self.scale
        # All at once: a call of the generator costs more than what it draws.
        for draws in generator().random((self.max_attempts, 4)).tolist():
            area = height * width * (least + draws[0] * (most - least))
            ratio = math.exp(low + draws[1] * (high - low))
            box_width = round(math.sqrt(area * ratio))
            box_height = round(math.sqrt(area / ratio))
            if 0 < box_width <= width and 0 < box_height <= height:
                top = int(draws[2] * (height - box_height + 1))
                left = int(draws[3] * (width - box_width + 1))
                return top, left, box_height, box_width
        ratio = float(np.clip(width / height, *self.ratio))
        box_height = min(height, max(1, round(width / ratio)))
        box_width = min(width, max(1, round(height * ratio)))
        return (
            (height - box_height) // 2,
            (width - box_width) // 2,
            box_height,
            box_width,
        )


class RandomCropDecodeResize(RandomResizedCrop):
    """Decode, then RandomResizedCrop.

    Args: as in RandomResizedCrop.
    Inputs: uint8 (N,), an image file's bytes.  Outputs: uint8 (height, width, 3).
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomCropDecodeResize(5).size
        (5, 5)
    References: mindspore.dataset.vision.RandomCropDecodeResize.
    """

    @property
    def heavy(self) -> bool:
        return True

    def __call__(self, value: Any) -> Any:
        return super().__call__(decode_rgb("RandomCropDecodeResize", value))
