"""Pad and PadToSize: a border around an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_int
from ..transforms._base import Transform
from ._image import (
    CV2_BORDER,
    as_array,
    check_fill,
    check_sides,
    fill_for,
    like,
    opencv,
)
from .utils import Border

Sides = tuple[int, int, int, int]  # left, top, right, bottom


def check_padding(owner: str, padding: Any) -> Sides:
    """(left, top, right, bottom) from one number, two (across, down) or four."""
    values = list(padding) if isinstance(padding, list | tuple) else [padding] * 4
    values = [check_int(owner, "padding", each, 0, INT32_MAX) for each in values]
    if len(values) == 2:
        across, down = values
        return across, down, across, down
    if len(values) != 4:
        raise ValueError(
            f"{owner}: padding must be one, two or four ints (left, top, right, "
            f"bottom), got {padding!r}."
        )
    left, top, right, bottom = values
    return left, top, right, bottom


def check_border(owner: str, value: Any) -> Border:
    if not isinstance(value, Border):
        raise TypeError(f"{owner}: padding_mode must be a Border, got {value!r}.")
    return value


def pad(
    owner: str, image: np.ndarray, sides: Sides, fill: Any, border: Border
) -> np.ndarray:
    """The array (H, W[, C]) with `sides` pixels added."""
    left, top, right, bottom = sides
    cv2 = opencv(owner)
    padded = cv2.copyMakeBorder(
        np.ascontiguousarray(image),
        top,
        bottom,
        left,
        right,
        getattr(cv2, CV2_BORDER[border]),
        value=fill_for(image, fill),
    )
    return padded.reshape(*padded.shape[:2], *image.shape[2:])


class Pad(Transform):
    """Add pixels at the four sides.

    Args: padding: pixels for all sides; (left and right, top and bottom); or (left,
            top, right, bottom).
        fill_value: in [0, 255], or three for RGB; for Border.CONSTANT.
        padding_mode: Border.CONSTANT, EDGE (the outmost pixel again), REFLECT (mirrored
            without the outmost pixel) or SYMMETRIC (mirrored with it).
    Inputs: image (H, W, C) or (H, W).
    Outputs: (top + H + bottom, left + W + right[, C]); the same dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> Pad(1)(np.ones((1, 1), np.uint8)).sum(0).tolist()
        [0, 1, 0]
    References: mindspore.dataset.vision.Pad.
    """

    def __init__(
        self,
        padding: int | tuple[int, ...] | list[int],
        fill_value: int | tuple[int, int, int] = 0,
        padding_mode: Border = Border.CONSTANT,
    ) -> None:
        self.padding = check_padding("Pad", padding)
        self.fill_value = check_fill("Pad", fill_value)
        self.padding_mode = check_border("Pad", padding_mode)

    def __call__(self, value: Any) -> Any:
        image = as_array("Pad", value)
        padded = pad("Pad", image, self.padding, self.fill_value, self.padding_mode)
        return like("Pad", value, padded)


class PadToSize(Transform):
    """Pad an image to a given size.

    Args: size: (height, width), or one int for both; not smaller than the image.
        offset: (top, left) pixels to add there; default: the image in the middle.
        fill_value, padding_mode: as in Pad.
    Inputs: image (H, W, C) or (H, W).  Outputs: (height, width[, C]); the same dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> PadToSize(3)(np.ones((1, 2), np.uint8)).shape
        (3, 3)
    References: mindspore.dataset.vision.PadToSize.
    """

    def __init__(
        self,
        size: int | tuple[int, int] | list[int],
        offset: int | tuple[int, int] | list[int] | None = None,
        fill_value: int | tuple[int, int, int] = 0,
        padding_mode: Border = Border.CONSTANT,
    ) -> None:
        self.size = check_sides("PadToSize", size)
        pair = offset if isinstance(offset, list | tuple) else (offset, offset)
        self.offset = None
        if offset is not None and len(pair):
            top, left = pair
            self.offset = (
                check_int("PadToSize", "offset", top, 0),
                check_int("PadToSize", "offset", left, 0),
            )
        self.fill_value = check_fill("PadToSize", fill_value)
        self.padding_mode = check_border("PadToSize", padding_mode)

    def __call__(self, value: Any) -> Any:
        image = as_array("PadToSize", value)
        rows, columns = (
            wanted - found
            for wanted, found in zip(self.size, image.shape[:2], strict=True)
        )
        top, left = self.offset or (rows // 2, columns // 2)
        sides = left, top, columns - left, rows - top
        if min(sides) < 0:
            raise ValueError(
                f"PadToSize: an image {image.shape[:2]} at {(top, left)} does not fit "
                f"into {self.size}."
            )
        padded = pad("PadToSize", image, sides, self.fill_value, self.padding_mode)
        return like("PadToSize", value, padded)
