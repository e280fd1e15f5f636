"""Decode, ToPIL, ToNumpy: from a file's bytes to pixels, and between their kinds."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from .._checks import check_bool
from ..transforms._base import Transform
from ._image import is_pil, opencv, pillow, to_pil


def decode_rgb(owner: str, value: Any) -> np.ndarray:
    """The RGB pixels (H, W, 3) of an encoded image; its EXIF turn is not applied."""
    data = np.asarray(value)
    if data.dtype != np.uint8 or data.ndim != 1:
        raise TypeError(
            f"{owner}: expected the bytes of an image file, uint8 (N,), got "
            f"{data.dtype} {data.shape}. Is it decoded already?"
        )
    cv2 = opencv(owner)
    # A decoder that writes RGB saves a pass over the pixels.
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    image = cv2.imdecode(data, flags) if data.size else None
    if image is None:
        raise ValueError(
            f"{owner}: the {data.size} bytes are no image that OpenCV can decode."
        )
    return image


class Decode(Transform):
    """Decode the bytes of an image file (JPEG, PNG, BMP, TIFF, ...) to RGB.

    Args: to_pil: give a Pillow image, not an array.
    Inputs: uint8 (N,), the file's bytes.  Outputs: uint8 (H, W, 3).
    Raises: TypeError: the input is not bytes. ValueError: it is no image.
        ImportError: OpenCV, or for to_pil Pillow, is not installed.
    Example: >>> Decode(to_pil=False).to_pil
        False
    References: mindspore.dataset.vision.Decode.
    """

    @property
    def heavy(self) -> bool:
        return True

    def __init__(self, to_pil: bool = False) -> None:
        self.to_pil = check_bool("Decode", "to_pil", to_pil)

    def __call__(self, value: Any) -> Any:
        if not self.to_pil:
            return decode_rgb("Decode", value)
        if is_pil(value):
            return value.convert("RGB")
        data = value if isinstance(value, bytes) else np.asarray(value, np.uint8)
        try:
            return pillow("Decode").Image.open(io.BytesIO(bytes(data))).convert("RGB")
        except OSError as error:
            raise ValueError(
                f"Decode: the {len(bytes(data))} bytes are no image: {error}."
            ) from error


class ToPIL(Transform):
    """An array as a Pillow image.

    Inputs: uint8 (H, W, C) or (H, W).  Outputs: a Pillow image of the same pixels.
    Raises: TypeError, ValueError: the input is no image. ImportError: no Pillow.
    Example: >>> ToPIL()(np.zeros((2, 3, 3), np.uint8)).size
        (3, 2)
    References: mindspore.dataset.vision.ToPIL.
    """

    def __call__(self, value: Any) -> Any:
        return to_pil("ToPIL", value)


class ToNumpy(Transform):
    """A Pillow image as an array.

    Inputs: a Pillow image.  Outputs: uint8 (H, W, C) or (H, W).
    Example: >>> ToNumpy()(np.zeros((2, 3), np.uint8)).shape
        (2, 3)
    References: mindspore.dataset.vision.ToNumpy.
    """

    def __call__(self, value: Any) -> np.ndarray:
        return np.array(value)
