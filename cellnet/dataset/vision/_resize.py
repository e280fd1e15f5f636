"""Resize: another height and width."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import check_int
from ..transforms._base import Transform
from .utils import Inter

MAX_SIDE = 16_777_216
CV2_NAMES = {
    Inter.NEAREST: "INTER_NEAREST",
    Inter.LINEAR: "INTER_LINEAR",
    Inter.CUBIC: "INTER_CUBIC",
    Inter.AREA: "INTER_AREA",
}
CV2_DTYPES = ("uint8", "uint16", "int16", "float32", "float64")


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise ImportError(
            'Resize needs OpenCV, which is not installed: pip install "cellnet[vision]"'
        ) from error
    return cv2


class Resize(Transform):
    """Resize an image by OpenCV; pixel centres coincide.

    Args: size: (height, width), or one int for the shorter edge, the ratio kept.
        interpolation: Inter.LINEAR (default), NEAREST, CUBIC or AREA.
    Inputs: image (H, W, C) or (H, W), or several as (N, H, W, C); uint8, uint16, int16,
        float32 or float64.
    Outputs: same rank and dtype, resized.
    Raises: TypeError, ValueError: a setting or the input is not as said.
        ImportError: OpenCV is not installed.
    Example: >>> Resize((32, 32))(np.zeros((28, 28, 1), np.uint8)).shape
        (32, 32, 1)
    Differs: from MindSpore, no ANTIALIAS and PILCUBIC.
    References: mindspore.dataset.vision.Resize.
    """

    def __init__(
        self,
        size: int | tuple[int, int] | list[int],
        interpolation: Inter = Inter.LINEAR,
    ) -> None:
        self.size = _checked_size(size)
        if not isinstance(interpolation, Inter):
            raise TypeError(
                f"Resize: interpolation must be an Inter, got {interpolation!r}."
            )
        if interpolation not in CV2_NAMES:
            choices = ", ".join(f"Inter.{choice.name}" for choice in CV2_NAMES)
            raise ValueError(
                f"Resize: interpolation {interpolation!r} is not supported; choose one "
                f"of {choices}."
            )
        self.interpolation = interpolation
        self._cv2 = _opencv()
        self._cv2_flag = getattr(self._cv2, CV2_NAMES[interpolation])

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) that an image of the given size gets."""
        if isinstance(self.size, tuple):
            return self.size
        if height < width:
            return self.size, int(self.size * width / height)
        return int(self.size * height / width), self.size

    def __call__(self, value: np.ndarray) -> np.ndarray:
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
        height, width = self.output_size(*image.shape[:2])
        resized = self._cv2.resize(image, (width, height), interpolation=self._cv2_flag)
        return resized.reshape(height, width, *image.shape[2:])  # OpenCV drops C == 1

    def __getstate__(self) -> dict[str, Any]:
        return {"size": self.size, "interpolation": self.interpolation}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)


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
