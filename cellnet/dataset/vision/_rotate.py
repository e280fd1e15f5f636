"""Rotations and affine maps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_bool, check_number, check_pair
from .._draws import generator
from ..transforms._base import Transform
from ._image import (
    as_array,
    check_fill,
    check_inter,
    cv2_inter,
    fill_for,
    is_pil,
    like,
    opencv,
    pil_inter,
)
from .utils import Inter

Pair = tuple[float, float]


def warp(
    owner: str,
    image: np.ndarray,
    matrix: np.ndarray,
    size: tuple[int, int],
    inter: Inter,
    fill: Any,
) -> np.ndarray:
    """The image under x -> matrix x, cut to size (width, height).

    Places are rounded to 1/32 of a pixel, as OpenCV's warpAffine does before release
    4.12 and so MindSpore's; later releases do not round, 4 levels of 255 away.
    """
    cv2 = opencv(owner)
    places, fractions = _places(cv2.invertAffineTransform(matrix), size, inter)
    warped = cv2.remap(
        image,
        places,
        fractions,
        cv2_inter(owner, inter),
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=fill_for(image, fill),
    )
    return warped.reshape(*warped.shape[:2], *image.shape[2:])


def _places(
    inverse: np.ndarray, size: tuple[int, int], inter: Inter
) -> tuple[np.ndarray, np.ndarray | None]:
    """Where each output pixel comes from: whole pixels, and number of the fraction."""
    columns, rows = (np.arange(side) for side in size)
    nearest = inter is Inter.NEAREST
    shift = 10 if nearest else 5  # of numbers in units of 1/1024
    half = 1 << (shift - 1)
    x, y = (
        (np.rint((row[1] * rows + row[2]) * 1024).astype(int)[:, None] + half)
        + np.rint(row[0] * columns * 1024).astype(int)
        for row in inverse
    )
    x, y = x >> shift, y >> shift
    if nearest:
        return np.stack([x, y], -1).astype(np.int16), None
    whole = np.stack([x >> 5, y >> 5], -1).astype(np.int16)
    return whole, ((y & 31) * 32 + (x & 31)).astype(np.uint16)


def rotate(
    owner: str,
    value: Any,
    degrees: float,
    inter: Inter,
    expand: bool,
    center: Pair | None,
    fill: Any,
) -> Any:
    """The image turned counter-clockwise about its middle or `center`, (x, y)."""
    if is_pil(value):
        flag = pil_inter(owner, inter)
        gray = len(value.getbands()) == 1
        colour = fill if isinstance(fill, tuple) or gray else (fill,) * 3
        return value.rotate(degrees, flag, expand, center, fillcolor=colour)
    image = as_array(owner, value)
    height, width = image.shape[:2]
    cv2 = opencv(owner)
    middle = center or ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    size = width, height
    if expand:
        cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
        across = width * cosine + height * sine
        down = height * cosine + width * sine
        matrix[:, 2] += (across - width) / 2, (down - height) / 2
        size = round(across), round(down)
    return warp(owner, image, matrix, size, inter, fill)


def affine(
    owner: str,
    value: Any,
    degrees: float,
    translate: Pair,
    scale: float,
    shear: Pair,
    inter: Inter,
    fill: Any,
) -> Any:
    """The image turned clockwise, sheared (degrees), scaled, moved (pixels)."""
    image = as_array(owner, value)
    height, width = image.shape[:2]
    x, y = (width - 1) / 2, (height - 1) / 2
    angle, sx, sy = (math.radians(each) for each in (degrees, *shear))
    turn = np.array(
        [
            [
                math.cos(angle - sy) / math.cos(sy),
                -math.cos(angle - sy) * math.tan(sx) / math.cos(sy) - math.sin(angle),
            ],
            [
                math.sin(angle - sy) / math.cos(sy),
                -math.sin(angle - sy) * math.tan(sx) / math.cos(sy) + math.cos(angle),
            ],
        ]
    )
    turn *= scale
    moved = np.array([x, y]) - turn @ [x, y] + translate
    matrix = np.column_stack([turn, moved])
    warped = warp(owner, image, matrix, (width, height), inter, fill)
    return like(owner, value, warped)


def check_degrees(owner: str, degrees: Any, name: str = "degrees") -> Pair:
    """(min, max); one number d stands for (-d, d)."""
    if isinstance(degrees, list | tuple):
        return check_pair(owner, name, degrees, -INT32_MAX, INT32_MAX)
    number = check_number(owner, name, degrees)
    if number < 0:
        raise ValueError(f"{owner}: {name} must not be negative, got {number}.")
    return -number, number


def _check_center(owner: str, center: Any) -> Pair | None:
    if center is None:
        return None
    if not isinstance(center, tuple) or len(center) != 2:
        raise TypeError(f"{owner}: center must be (x, y), got {center!r}.")
    x, y = center
    return check_number(owner, "center", x), check_number(owner, "center", y)


class Rotate(Transform):
    """Turn an image counter-clockwise.

    Args: degrees: number. resample: an Inter. fill_value: as in Pad.
        expand: enlarge the output to hold the whole image.
        center: (x, y) in pixels, default the middle; not with expand.
    Inputs: image (H, W, C) or (H, W).  Outputs: the same rank and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> Rotate(180)(np.array([[1, 2, 3]], np.uint8)).tolist()
        [[3, 2, 1]]
    References: mindspore.dataset.vision.Rotate.
    """

    def __init__(
        self,
        degrees: float,
        resample: Inter = Inter.NEAREST,
        expand: bool = False,
        center: Pair | None = None,
        fill_value: int | tuple[int, int, int] = 0,
    ) -> None:
        self.degrees = check_number("Rotate", "degrees", degrees)
        self.resample = check_inter("Rotate", "resample", resample)
        self.expand = check_bool("Rotate", "expand", expand)
        self.center = _check_center("Rotate", center)
        self.fill_value = check_fill("Rotate", fill_value)

    def __call__(self, value: Any) -> Any:
        settings = self.resample, self.expand, self.center, self.fill_value
        return rotate("Rotate", value, self.degrees, *settings)


class RandomRotation(Transform):
    """Turn an image by an angle uniform in degrees.

    Args: degrees: (min, max), or d for (-d, d). The rest as in Rotate.
    Inputs: image (H, W, C) or (H, W).  Outputs: the same rank and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomRotation(30)(np.zeros((4, 4, 3), np.uint8)).shape
        (4, 4, 3)
    References: mindspore.dataset.vision.RandomRotation.
    """

    deterministic = False

    def __init__(
        self,
        degrees: float | Pair | list[float],
        resample: Inter = Inter.NEAREST,
        expand: bool = False,
        center: Pair | None = None,
        fill_value: int | tuple[int, int, int] = 0,
    ) -> None:
        name = "RandomRotation"
        self.degrees = check_degrees(name, degrees)
        self.resample = check_inter(name, "resample", resample)
        self.expand = check_bool(name, "expand", expand)
        self.center = _check_center(name, center)
        self.fill_value = check_fill(name, fill_value)

    def __call__(self, value: Any) -> Any:
        degrees = generator().uniform(*self.degrees)
        settings = self.resample, self.expand, self.center, self.fill_value
        return rotate("RandomRotation", value, degrees, *settings)


class RandomAffine(Transform):
    """Turn, move, scale and shear an image at random.

    Args: degrees: (min, max), or d for (-d, d).
        translate: (x, y) or (min x, max x, min y, max y), shares of width and height in
            [-1, 1]; x stands for (-x, x).
        scale: (min, max), > 0. shear: degrees: s for (-s, s) along x; (min, max) along
            x; or (min x, max x, min y, max y).
        resample: an Inter. fill_value: as in Pad.
    Inputs: image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomAffine(10, (0.1, 0.1))(np.zeros((4, 4, 3), np.uint8)).shape
        (4, 4, 3)
    References: mindspore.dataset.vision.RandomAffine.
    """

    deterministic = False

    def __init__(
        self,
        degrees: float | Pair | list[float],
        translate: tuple[float, ...] | list[float] | None = None,
        scale: Pair | list[float] | None = None,
        shear: float | tuple[float, ...] | list[float] | None = None,
        resample: Inter = Inter.NEAREST,
        fill_value: int | tuple[int, int, int] = 0,
    ) -> None:
        name = "RandomAffine"
        self.degrees = check_degrees(name, degrees)
        self.translate = _ranges(name, "translate", translate or (0.0, 0.0), 1.0)
        self.scale = check_pair(name, "scale", scale or (1.0, 1.0), 0.0, INT32_MAX)
        spans = shear
        if not isinstance(shear, list | tuple):
            spans = check_degrees(name, shear or 0, "shear")
        self.shear = _ranges(name, "shear", spans, INT32_MAX, own=True)
        self.resample = check_inter(name, "resample", resample)
        self.fill_value = check_fill(name, fill_value)

    def __call__(self, value: Any) -> Any:
        image = as_array("RandomAffine", value)
        draws = generator()
        degrees = draws.uniform(*self.degrees)
        along_x, along_y = self.translate
        moved = (
            round(draws.uniform(*along_x) * image.shape[1]),
            round(draws.uniform(*along_y) * image.shape[0]),
        )
        scale = draws.uniform(*self.scale)
        shear = draws.uniform(*self.shear[0]), draws.uniform(*self.shear[1])
        settings = moved, scale, shear, self.resample, self.fill_value
        return affine("RandomAffine", value, degrees, *settings)


def _ranges(
    owner: str, name: str, value: Any, most: float, own: bool = False
) -> tuple[Pair, Pair]:
    """Ranges along x and y, from four numbers or from two: (x, y) stands for (-x, x),
    (-y, y), or if own for the range along x alone.
    """
    if not isinstance(value, list | tuple) or len(value) not in (2, 4):
        raise TypeError(f"{owner}: {name} must be two or four numbers, got {value!r}.")
    if len(value) == 4:
        spans = value[:2], value[2:]
    elif own:
        spans = value, (0.0, 0.0)
    else:
        spans = tuple((-check_number(owner, name, v), v) for v in value)
    along_x, along_y = (check_pair(owner, name, span, -most, most) for span in spans)
    return along_x, along_y
