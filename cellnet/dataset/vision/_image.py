"""An image: a NumPy array (H, W, C) or (H, W), or a Pillow image.

What comes in decides what goes out. Arrays are handled by OpenCV and NumPy, Pillow
images by Pillow; both libraries are optional and imported when first needed.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..._optional import optional
from .._checks import INT32_MAX, check_int
from .utils import Border, Inter

CV2_INTER = {
    Inter.NEAREST: "INTER_NEAREST",
    Inter.LINEAR: "INTER_LINEAR",
    Inter.CUBIC: "INTER_CUBIC",
    Inter.AREA: "INTER_AREA",
}
PIL_INTER = {
    Inter.NEAREST: "NEAREST",
    Inter.ANTIALIAS: "LANCZOS",
    Inter.LINEAR: "BILINEAR",
    Inter.CUBIC: "BICUBIC",
    Inter.PILCUBIC: "BICUBIC",
}
CV2_BORDER = {
    Border.CONSTANT: "BORDER_CONSTANT",
    Border.EDGE: "BORDER_REPLICATE",
    Border.REFLECT: "BORDER_REFLECT_101",
    Border.SYMMETRIC: "BORDER_REFLECT",
}


def opencv(owner: str) -> Any:
    return optional(owner, "cv2", "OpenCV", "vision")


def pillow(owner: str) -> Any:
    """The package PIL, with the submodules used here."""
    for name in ("Image", "ImageEnhance", "ImageFilter", "ImageOps"):
        optional(owner, f"PIL.{name}", "Pillow", "vision")
    return optional(owner, "PIL", "Pillow", "vision")


def is_pil(value: Any) -> bool:
    image = sys.modules.get("PIL.Image")  # who has a Pillow image has imported it
    return image is not None and isinstance(value, image.Image)


def as_array(owner: str, value: Any) -> np.ndarray:
    """The image as (H, W, C) or (H, W)."""
    image = np.asarray(value)
    check_shape(owner, image.shape)
    return image


def check_shape(owner: str, shape: tuple[int, ...]) -> None:
    if len(shape) not in (2, 3) or 0 in shape:
        raise ValueError(
            f"{owner}: expected an image (H, W, C) or (H, W), got shape {shape}."
        )


def as_bytes(owner: str, value: Any) -> np.ndarray:
    """The image, refused unless it is uint8."""
    image = as_array(owner, value)
    if image.dtype != np.uint8:
        raise TypeError(
            f"{owner}: expected uint8 pixels, got {image.dtype}. Apply it before "
            f"Rescale, Normalize and ToTensor."
        )
    return image


def as_rgb(owner: str, value: Any) -> np.ndarray:
    image = as_bytes(owner, value)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"{owner}: expected (H, W, 3), got shape {image.shape}.")
    return image


def gray_of(owner: str, image: np.ndarray) -> np.ndarray:
    """0.299 R + 0.587 G + 0.114 B, (H, W), of an RGB image."""
    cv2 = opencv(owner)
    return cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)


def to_pil(owner: str, value: Any) -> Any:
    if is_pil(value):
        return value
    image = as_bytes(owner, value)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    return pillow(owner).Image.fromarray(image)


def like(owner: str, original: Any, array: np.ndarray) -> Any:
    """`array` as the kind of image that `original` is."""
    if is_pil(original):
        return to_pil(owner, array)
    return np.ascontiguousarray(array)


def through_pil(owner: str, value: Any, change: Any) -> Any:
    """change(Pillow image), given back as the kind and rank that came in."""
    changed = change(to_pil(owner, value))
    if is_pil(value):
        return changed
    array = np.array(changed)
    return array[..., None] if array.ndim < np.ndim(value) else array


def check_sides(owner: str, size: Any, name: str = "size") -> tuple[int, int]:
    """(height, width) from a pair or from one int for both."""
    if isinstance(size, list | tuple):
        if len(size) != 2:
            raise TypeError(
                f"{owner}: {name} must be an int or (height, width), got {size!r}."
            )
        height, width = size
    else:
        height = width = size
    return (
        check_int(owner, name, height, 1, INT32_MAX),
        check_int(owner, name, width, 1, INT32_MAX),
    )


def check_fill(owner: str, fill: Any) -> int | tuple[int, int, int]:
    """A byte for all channels, or one for each of three."""
    if isinstance(fill, list | tuple):
        if len(fill) != 3:
            raise TypeError(
                f"{owner}: fill_value must be an int or three of them, got {fill!r}."
            )
        red, green, blue = (
            check_int(owner, "fill_value", each, 0, 255) for each in fill
        )
        return red, green, blue
    return check_int(owner, "fill_value", fill, 0, 255)


def check_inter(owner: str, name: str, value: Any) -> Inter:
    if not isinstance(value, Inter):
        raise TypeError(f"{owner}: {name} must be an Inter, got {value!r}.")
    return value


def fill_for(image: np.ndarray, fill: int | tuple[int, int, int]) -> tuple[int, ...]:
    """The fill of each channel, as OpenCV takes it."""
    return fill if isinstance(fill, tuple) else (fill,) * 4


def cv2_inter(owner: str, interpolation: Inter) -> int:
    if interpolation not in CV2_INTER:
        choices = ", ".join(f"Inter.{choice.name}" for choice in CV2_INTER)
        raise ValueError(
            f"{owner}: {interpolation!r} is for Pillow images; for arrays choose one "
            f"of {choices}."
        )
    return getattr(opencv(owner), CV2_INTER[interpolation])


def pil_inter(owner: str, interpolation: Inter) -> Any:
    if interpolation not in PIL_INTER:
        choices = ", ".join(f"Inter.{choice.name}" for choice in PIL_INTER)
        raise ValueError(
            f"{owner}: {interpolation!r} is for arrays; for Pillow images choose one "
            f"of {choices}."
        )
    return getattr(pillow(owner).Image.Resampling, PIL_INTER[interpolation])
