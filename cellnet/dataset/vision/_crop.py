"""Crops at a given, a central and a random place."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_bool, check_int
from ..transforms._base import RandomTransform, Transform
from ._image import as_array, check_fill, check_shape, check_sides, like
from ._pad import Sides, check_border, check_padding, pad
from .utils import Border


def crop_box(
    owner: str, value: Any, top: int, left: int, height: int, width: int
) -> Any:
    """Rows top to top + height, columns left to left + width."""
    image = as_array(owner, value)
    if top + height > image.shape[0] or left + width > image.shape[1]:
        raise ValueError(
            f"{owner}: a crop {(height, width)} at {(top, left)} leaves the image "
            f"{image.shape[:2]}."
        )
    return like(owner, value, image[top : top + height, left : left + width])


class Crop(Transform):
    """Cut out a rectangle.

    Args: coordinates: (top, left), ints >= 0.
        size: (height, width), or one int for both.
    Inputs: image (H, W, C) or (H, W).  Outputs: (height, width[, C]); the same dtype.
    Raises: TypeError, ValueError: a setting is not as said, or it leaves the image.
    Example: >>> Crop((0, 1), 1)(np.array([[1, 2]])).tolist()
        [[2]]
    References: mindspore.dataset.vision.Crop.
    """

    def __init__(
        self,
        coordinates: tuple[int, int] | list[int],
        size: int | tuple[int, int] | list[int],
    ) -> None:
        if not isinstance(coordinates, list | tuple) or len(coordinates) != 2:
            raise TypeError(
                f"Crop: coordinates must be (top, left), got {coordinates!r}."
            )
        top, left = coordinates
        self.coordinates = (
            check_int("Crop", "coordinates", top, 0, INT32_MAX),
            check_int("Crop", "coordinates", left, 0, INT32_MAX),
        )
        self.size = check_sides("Crop", size)

    def __call__(self, value: Any) -> Any:
        return crop_box("Crop", value, *self.coordinates, *self.size)


class CenterCrop(Transform):
    """Cut out the middle; what lies outside the image is black.

    Args: size: (height, width), or one int for both.
    Inputs: image (H, W, C) or (H, W).  Outputs: (height, width[, C]); the same dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> CenterCrop(1)(np.array([[1, 2, 3]])).tolist()
        [[2]]
    References: mindspore.dataset.vision.CenterCrop.
    """

    def __init__(self, size: int | tuple[int, int] | list[int]) -> None:
        self.size = check_sides("CenterCrop", size)

    def sides(self, height: int, width: int) -> tuple[tuple[int, int], ...]:
        """Pixels to add before and after, for the rows and for the columns."""
        missing = (
            max(0, want - have)
            for want, have in zip(self.size, (height, width), strict=True)
        )
        return tuple((count - count // 2, count // 2) for count in missing)

    def starts(self, height: int, width: int) -> tuple[int, ...]:
        """(top, left) of the crop in the padded image."""
        return tuple(
            max(0, have - want) // 2
            for want, have in zip(self.size, (height, width), strict=True)
        )

    def __call__(self, value: Any) -> Any:
        image = as_array("CenterCrop", value)
        sides = self.sides(*image.shape[:2])
        top, left = self.starts(*image.shape[:2])
        padded = np.pad(image, (*sides, *((0, 0),) * (image.ndim - 2)))
        return crop_box("CenterCrop", like("", value, padded), top, left, *self.size)


class RandomCrop(RandomTransform):
    """Cut out a rectangle at a random place, after padding.

    Args: size: (height, width), or one int for both.
        padding: None, or as in Pad. fill_value, padding_mode: as in Pad.
        pad_if_needed: pad both sides of an image that is smaller than size.
    Inputs: image (H, W, C) or (H, W).  Outputs: (height, width[, C]); the same dtype.
    Raises: TypeError, ValueError: a setting is not as said, or the image is smaller.
    Example: >>> RandomCrop(2, padding=1)(np.ones((2, 2), np.uint8)).shape
        (2, 2)
    References: mindspore.dataset.vision.RandomCrop.
    """

    num_draws = 2

    def __init__(
        self,
        size: int | tuple[int, int] | list[int],
        padding: int | tuple[int, ...] | list[int] | None = None,
        pad_if_needed: bool = False,
        fill_value: int | tuple[int, int, int] = 0,
        padding_mode: Border = Border.CONSTANT,
    ) -> None:
        name = "RandomCrop"
        self.size = check_sides(name, size)
        self.padding = None if padding is None else check_padding(name, padding)
        self.pad_if_needed = check_bool(name, "pad_if_needed", pad_if_needed)
        self.fill_value = check_fill(name, fill_value)
        self.padding_mode = check_border(name, padding_mode)

    def borders(self, height: int, width: int) -> list[Sides]:
        """What is padded around an image, one after the other."""
        found = [] if self.padding is None else [self.padding]
        height, width = _padded(found, height, width)
        if self.pad_if_needed:
            down, across = max(0, self.size[0] - height), max(0, self.size[1] - width)
            if down or across:
                found.append((across, down, across, down))
        return found

    def parameters(self, draws: np.ndarray, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """(top, left) of the crop in the padded image."""
        check_shape("RandomCrop", shape)
        height, width = _padded(self.borders(*shape[:2]), *shape[:2])
        down, across = height - self.size[0], width - self.size[1]
        if down < 0 or across < 0:
            raise ValueError(
                f"RandomCrop: size {self.size} is larger than the image "
                f"{(height, width)}, padding included. Set pad_if_needed=True."
            )
        starts = (draws * (down + 1, across + 1)).astype(np.int32)
        return starts[:, 0], starts[:, 1]

    def apply(self, value: Any, *parameters: Any) -> Any:
        image = as_array("RandomCrop", value)
        for sides in self.borders(*image.shape[:2]):
            image = pad("RandomCrop", image, sides, self.fill_value, self.padding_mode)
        (top, left), (height, width) = parameters, self.size
        found = image[top : top + height, left : left + width]
        return like("RandomCrop", value, found)


def _padded(borders: list[Sides], height: int, width: int) -> tuple[int, int]:
    for left, top, right, bottom in borders:
        height, width = height + top + bottom, width + left + right
    return height, width
