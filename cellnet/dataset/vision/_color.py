"""Brightness, contrast, saturation, hue and sharpness.

Each change but hue is a blend with another image:
y = factor * x + (1 - factor) * other, rounded and cut to [0, 255].
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_between, check_pair
from .._draws import generator
from ..transforms._base import Transform
from ._image import as_bytes, as_rgb, gray_of, is_pil, opencv, pillow

Range = tuple[float, float]


def _enhanced(owner: str, value: Any, kind: str, factor: float) -> Any:
    return getattr(pillow(owner).ImageEnhance, kind)(value).enhance(factor)


def _blend(image: np.ndarray, other: Any, factor: float) -> np.ndarray:
    mixed = image * np.float32(factor) + np.float32(1 - factor) * np.float32(other)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def brightness(owner: str, value: Any, factor: float) -> Any:
    if is_pil(value):
        return _enhanced(owner, value, "Brightness", factor)
    return _blend(as_bytes(owner, value), 0, factor)


def contrast(owner: str, value: Any, factor: float) -> Any:
    if is_pil(value):
        return _enhanced(owner, value, "Contrast", factor)
    image = as_rgb(owner, value)
    return _blend(image, int(gray_of(owner, image).mean() + 0.5), factor)


def saturation(owner: str, value: Any, factor: float) -> Any:
    if is_pil(value):
        return _enhanced(owner, value, "Color", factor)
    image = as_rgb(owner, value)
    return _blend(image, gray_of(owner, image)[..., None], factor)


def hue(owner: str, value: Any, shift: float) -> Any:
    """The hue moved by `shift` turns of the colour circle."""
    if is_pil(value):
        planes = list(value.convert("HSV").split())
        moved = (np.array(planes[0]).astype(int) + int(shift * 255)) % 256
        planes[0] = pillow(owner).Image.fromarray(moved.astype(np.uint8))
        merged = pillow(owner).Image.merge("HSV", planes)
        return merged.convert(value.mode)
    cv2 = opencv(owner)
    hsv = cv2.cvtColor(
        np.ascontiguousarray(as_rgb(owner, value)), cv2.COLOR_RGB2HSV_FULL
    )
    hsv[..., 0] = (hsv[..., 0].astype(int) + int(shift * 256)) % 256
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL)


def sharpness(owner: str, value: Any, factor: float) -> Any:
    if is_pil(value):
        return _enhanced(owner, value, "Sharpness", factor)
    image = as_bytes(owner, value)
    kernel = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32) / 13
    smooth = opencv(owner).filter2D(np.ascontiguousarray(image), -1, kernel)
    smooth = smooth.reshape(image.shape)
    edges = image.copy()  # the outmost pixels have no neighbours to be blurred with
    edges[1:-1, 1:-1] = smooth[1:-1, 1:-1]
    return _blend(image, edges, factor)


def _factor_range(owner: str, name: str, value: Any, low: float) -> Range:
    """(min, max); one number b stands for (max(0, 1 - b), 1 + b)."""
    if isinstance(value, list | tuple):
        return check_pair(owner, name, value, low, INT32_MAX)
    number = check_between(owner, name, value, 0.0, INT32_MAX)
    return max(0.0, 1.0 - number), 1.0 + number


def _hue_range(owner: str, value: Any) -> Range:
    if isinstance(value, list | tuple):
        return check_pair(owner, "hue", value, -0.5, 0.5)
    number = check_between(owner, "hue", value, 0.0, 0.5)
    return -number, number


class RandomColorAdjust(Transform):
    """Brightness, contrast, saturation and hue changed at random, in random order.

    Args: brightness, contrast, saturation: (min, max) factor >= 0, or b for
            (1 - b, 1 + b). hue: (min, max) in [-0.5, 0.5] turns, or h for (-h, h).
    Inputs: uint8 (H, W, 3).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomColorAdjust((2, 2))(np.ones((1, 1, 3), np.uint8)).max()
        2
    References: mindspore.dataset.vision.RandomColorAdjust.
    """

    deterministic = False

    def __init__(
        self,
        brightness: float | Range | list[float] = (1, 1),
        contrast: float | Range | list[float] = (1, 1),
        saturation: float | Range | list[float] = (1, 1),
        hue: float | Range | list[float] = (0, 0),
    ) -> None:
        name = "RandomColorAdjust"
        self.brightness = _factor_range(name, "brightness", brightness, 0.0)
        self.contrast = _factor_range(name, "contrast", contrast, 0.0)
        self.saturation = _factor_range(name, "saturation", saturation, 0.0)
        self.hue = _hue_range(name, hue)

    def __call__(self, value: Any) -> Any:
        changes = [
            (brightness, self.brightness, 1.0),
            (contrast, self.contrast, 1.0),
            (saturation, self.saturation, 1.0),
            (hue, self.hue, 0.0),
        ]
        draws = generator()
        for place in draws.permutation(len(changes)):
            change, span, nothing = changes[place]
            if span != (nothing, nothing):
                value = change("RandomColorAdjust", value, draws.uniform(*span))
        return value


class _RandomDegree(Transform):
    """A change by a factor uniform in degrees."""

    deterministic = False
    _change: Any

    def __init__(self, degrees: Range | list[float] = (0.1, 1.9)) -> None:
        name = type(self).__name__
        self.degrees = check_pair(name, "degrees", degrees, 0.0, INT32_MAX)

    def __call__(self, value: Any) -> Any:
        factor = generator().uniform(*self.degrees)
        return type(self)._change(type(self).__name__, value, factor)


class RandomColor(_RandomDegree):
    """Saturation changed at random: 0 is gray, 1 the image itself.

    Args: degrees: (min, max) factor >= 0.
    Inputs: uint8 (H, W, 3).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomColor((0, 0))(np.full((1, 1, 3), 9, np.uint8)).tolist()
        [[[9, 9, 9]]]
    References: mindspore.dataset.vision.RandomColor.
    """

    _change = staticmethod(saturation)


class RandomSharpness(_RandomDegree):
    """Sharpness changed at random: 0 is blurred, 1 the image itself, 2 sharpened.

    Args: degrees: (min, max) factor >= 0.
    Inputs: uint8 (H, W, C).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> RandomSharpness((1, 1))(np.full((1, 1, 3), 9, np.uint8)).tolist()
        [[[9, 9, 9]]]
    References: mindspore.dataset.vision.RandomSharpness.
    """

    _change = staticmethod(sharpness)


class _Adjust(Transform):
    """A change by a fixed factor."""

    _change: Any
    _span: tuple[str, float, float]

    def __init__(self, factor: float) -> None:
        name, low, high = self._span
        self._factor = check_between(type(self).__name__, name, factor, low, high)
        setattr(self, name, self._factor)

    def __call__(self, value: Any) -> Any:
        return type(self)._change(type(self).__name__, value, self._factor)


def _adjust(what: str, change: Any, low: float, high: float) -> type[_Adjust]:
    title = f"Adjust{what.capitalize()}"
    name = f"{what}_factor"
    arguments = {"_change": staticmethod(change), "_span": (name, low, high)}

    def __init__(self: _Adjust, factor: float = 1.0, **named: float) -> None:
        _Adjust.__init__(self, named.pop(name, factor))
        if named:
            raise TypeError(f"{title}: unknown argument(s) {sorted(named)}.")

    doc = f"""{what.capitalize()} changed by a fixed amount.

    Args: {name}: in [{low}, {high}].
    Inputs: uint8 (H, W, 3).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: the setting or the input is not as said.
    References: mindspore.dataset.vision.{title}.
    """
    members = {**arguments, "__doc__": doc, "__init__": __init__}
    return type(title, (_Adjust,), {**members, "__module__": __name__})


AdjustBrightness = _adjust("brightness", brightness, 0.0, INT32_MAX)
AdjustContrast = _adjust("contrast", contrast, 0.0, INT32_MAX)
AdjustSaturation = _adjust("saturation", saturation, 0.0, INT32_MAX)
AdjustSharpness = _adjust("sharpness", sharpness, 0.0, INT32_MAX)
AdjustHue = _adjust("hue", hue, -0.5, 0.5)
