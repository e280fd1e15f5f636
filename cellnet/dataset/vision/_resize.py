"""Resize: another height and width."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import check_int
from .._draws import generator
from ..transforms._base import Transform
from ._image import check_inter, cv2_inter, is_pil, opencv, pil_inter, through_pil
from .utils import Inter

MAX_SIDE = 16_777_216
LARGE_PIXELS = 128 * 128  # such an image takes some 0.1 ms, a smaller one next to none
CV2_DTYPES = ("uint8", "uint16", "int16", "float32", "float64")


class Resize(Transform):
    """Resize an image by OpenCV; pixel centres coincide.

    Args: size: (height, width), or one int for the shorter edge, the ratio kept.
        interpolation: Inter.LINEAR (default), NEAREST, CUBIC, AREA or PILCUBIC (as
            Pillow does it, uint8 only); for a Pillow image also ANTIALIAS, but no AREA.
    Inputs: image (H, W, C) or (H, W), or several as (N, H, W, C); uint8, uint16, int16,
        float32 or float64; or a Pillow image.
    Outputs: same rank and dtype, resized.
    Raises: TypeError, ValueError: a setting or the input is not as said.
        ImportError: OpenCV is not installed.
    Example: >>> Resize((32, 32))(np.zeros((28, 28, 1), np.uint8)).shape
        (32, 32, 1)
    References: mindspore.dataset.vision.Resize.
    """

    def __init__(
        self,
        size: int | tuple[int, int] | list[int],
        interpolation: Inter = Inter.LINEAR,
    ) -> None:
        self.size = _checked_size(size)
        self.interpolation = check_inter("Resize", "interpolation", interpolation)
        self._cv2 = opencv("Resize")

    @property
    def heavy(self) -> bool:
        return is_large(self.size)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) that an image of the given size gets."""
        if isinstance(self.size, tuple):
            return self.size
        if height < width:
            return self.size, int(self.size * width / height)
        return int(self.size * height / width), self.size

    def __call__(self, value: np.ndarray) -> np.ndarray:
        if is_pil(value):
            return self._by_pillow(value)
        image = np.asarray(value)
        if image.ndim == 4:
            return self.batch(image)
        if image.ndim not in (2, 3) or 0 in image.shape:
            raise ValueError(
                f"Resize: expected an image (H, W, C) or (H, W), got {image.shape}."
            )
        if image.dtype.name not in CV2_DTYPES:
            raise TypeError(
                f"Resize: expected one of {', '.join(CV2_DTYPES)}, got {image.dtype}. "
                f"Map TypeCast first."
            )
        if self.interpolation is Inter.PILCUBIC:
            return through_pil("Resize", image, self._by_pillow)
        height, width = self.output_size(*image.shape[:2])
        flag = cv2_inter("Resize", self.interpolation)
        resized = self._cv2.resize(image, (width, height), interpolation=flag)
        return resized.reshape(height, width, *image.shape[2:])  # OpenCV drops C == 1

    def _by_pillow(self, image: Any) -> Any:
        height, width = self.output_size(image.height, image.width)
        flag = pil_inter("Resize", self.interpolation)
        return image.resize((width, height), flag)

    def __getstate__(self) -> dict[str, Any]:
        return {"size": self.size, "interpolation": self.interpolation}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)


def is_large(size: int | tuple[int, int]) -> bool:
    """True where making an image of that size is worth a thread."""
    height, width = size if isinstance(size, tuple) else (size, size)
    return height * width >= LARGE_PIXELS


def _checked_size(size: Any) -> int | tuple[int, int]:
    if isinstance(size, list | tuple):
        if len(size) != 2:
            raise TypeError(
                f"Resize: size must be an int or (height, width), got {size!r}."
            )
        height, width = size
        return (
            check_int("Resize", "size", height, 1, MAX_SIDE),
            check_int("Resize", "size", width, 1, MAX_SIDE),
        )
    return check_int("Resize", "size", size, 1, MAX_SIDE)


class RandomResize(Transform):
    """Resize by an interpolation drawn at random.

    Args: size: as in Resize.
    Inputs: image (H, W, C) or (H, W).  Outputs: the same rank and dtype, resized.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomResize((3, 4))(np.zeros((5, 5), np.uint8)).shape
        (3, 4)
    References: mindspore.dataset.vision.RandomResize.
    """

    deterministic = False

    def __init__(self, size: int | tuple[int, int] | list[int]) -> None:
        self.size = _checked_size(size)

    @property
    def heavy(self) -> bool:
        return is_large(self.size)

    def __call__(self, value: Any) -> Any:
        kinds = [Inter.LINEAR, Inter.NEAREST, Inter.CUBIC]
        if not is_pil(value):
            kinds.append(Inter.AREA)
        return Resize(self.size, kinds[generator().integers(len(kinds))])(value)
