"""Rescale and Normalize: pixel values to another range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._checks import check_bool, check_number
from ..transforms._base import Transform
from ._layout import HWC2CHW


class Rescale(Transform):
    """Scale and shift: y = x * rescale + shift.

    Args: rescale: number. shift: number.
    Inputs: any shape, any real dtype.  Outputs: same shape, float32.
    Raises: TypeError: a setting is no number.
    Example: >>> Rescale(1 / 255, 0.0)(np.array([0, 255], np.uint8))
        array([0., 1.], dtype=float32)
    References: mindspore.dataset.vision.Rescale.
    """

    elementwise = True

    def __init__(self, rescale: float, shift: float) -> None:
        self.rescale = check_number("Rescale", "rescale", rescale)
        self.shift = check_number("Rescale", "shift", shift)

    def __call__(self, value: np.ndarray) -> np.ndarray:
        # float32 settings but one rounding only, as a fused multiply-add.
        scale, shift = float(np.float32(self.rescale)), float(np.float32(self.shift))
        result = np.multiply(value, scale, dtype=np.float64)
        result += shift
        return np.asarray(result, np.float32)


class Normalize(Transform):
    """Normalize each channel: y[c] = (x[c] - mean[c]) / std[c].

    Args: mean: numbers in [0, 255], one for each channel, or one for all.
        std: as many numbers in (0, 255].
        is_hwc: channels come last (True) or first (False).
    Inputs: (H, W, C), (C, H, W) if is_hwc is False, several of them as (N, ...), or
        (H, W); any real dtype.
    Outputs: same shape, float32.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> Normalize([100.0], [50.0])(np.full((1, 1, 1), 200, np.uint8))
        array([[[2.]]], dtype=float32)
    References: mindspore.dataset.vision.Normalize.
    """

    def __init__(
        self, mean: Sequence[float], std: Sequence[float], is_hwc: bool = True
    ) -> None:
        self.mean = _numbers("mean", mean, zero=True)
        self.std = _numbers("std", std, zero=False)
        if len(self.mean) != len(self.std):
            raise ValueError(
                f"Normalize: {len(self.mean)} mean value(s) but {len(self.std)} std."
            )
        self.is_hwc = check_bool("Normalize", "is_hwc", is_hwc)

    def __call__(self, value: np.ndarray) -> np.ndarray:
        image = np.asarray(value)
        if image.ndim not in (2, 3, 4):
            raise ValueError(
                f"Normalize: expected (H, W, C), (H, W) or (N, H, W, C), got shape "
                f"{image.shape}."
            )
        return self._normalize(image, channels=image.ndim > 2)

    def batch(self, values: np.ndarray) -> np.ndarray:
        if values.ndim not in (3, 4):
            return super().batch(values)
        return self._normalize(values, channels=values.ndim == 4)

    def then(self, following: Callable[..., Any]) -> Callable[..., Any] | None:
        if type(self) is Normalize and type(following) is HWC2CHW and self.is_hwc:
            return _NormalizeHWC2CHW(self.mean, self.std)
        return None

    def _normalize(self, images: np.ndarray, channels: bool) -> np.ndarray:
        mean, std = self._settings(images.shape, channels)
        rows = images
        if channels and self.is_hwc and len(mean) > 1:
            # NumPy is slow where the last axis is short: one row has all its pixels.
            rows = images.reshape(*images.shape[:-2], -1)
            mean, std = (np.tile(each, images.shape[-2]) for each in (mean, std))
        normalized = np.subtract(rows, mean, dtype=np.float32)
        return np.divide(normalized, std, out=normalized).reshape(images.shape)

    def _settings(
        self, shape: tuple[int, ...], channels: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """mean and std for images of that shape."""
        count = shape[-1 if self.is_hwc else -3] if channels else 1
        if len(self.mean) not in (1, count):
            raise ValueError(
                f"Normalize: {len(self.mean)} mean value(s) for {count} channel(s) of "
                f"an image {'HWC' if self.is_hwc else 'CHW'}, shape {shape}."
            )
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        if channels and not self.is_hwc:
            mean, std = mean[:, None, None], std[:, None, None]
        return mean, std


class _NormalizeHWC2CHW(Normalize):
    """Normalize, then HWC2CHW, in one pass over the pixels."""

    def __call__(self, value: np.ndarray) -> np.ndarray:
        image = np.asarray(value)
        if image.ndim != 3:
            return HWC2CHW()(super().__call__(image))
        return self._to_planes(image)

    def batch(self, values: np.ndarray) -> np.ndarray:
        if values.ndim != 4:
            return Transform.batch(self, values)
        return self._to_planes(values)

    def _to_planes(self, images: np.ndarray) -> np.ndarray:
        """(..., H, W, C) to (..., C, H, W)."""
        mean, std = self._settings(images.shape, channels=True)
        axes = (2, 0, 1) if images.ndim == 3 else (0, 3, 1, 2)
        planes = np.ascontiguousarray(images.transpose(axes))  # while they are small
        normalized = np.subtract(planes, mean[:, None, None], dtype=np.float32)
        return np.divide(normalized, std[:, None, None], out=normalized)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean!r}, std={self.std!r}) and HWC2CHW()"


def _numbers(name: str, values: Sequence[float], zero: bool) -> tuple[float, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"Normalize: {name} must be a list of numbers, got {values!r}.")
    if not values:
        raise ValueError(f"Normalize: {name} must not be empty.")
    for value in values:
        number = check_number("Normalize", name, value)
        if not (0 <= number <= 255) or (number == 0 and not zero):
            left = "[" if zero else "("
            raise ValueError(
                f"Normalize: {name} must lie in {left}0, 255], got {list(values)}."
            )
    return tuple(values)


class NormalizePad(Normalize):
    """Normalize each channel, then add a channel of zeros.

    Args: mean, std, is_hwc: as in Normalize. dtype: "float32" or "float16".
    Inputs: (H, W, C), or (C, H, W) if is_hwc is False.
    Outputs: (H, W, C + 1) or (C + 1, H, W); dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> NormalizePad([100.0], [50.0])(np.full((1, 1, 1), 200, np.uint8))
        array([[[2., 0.]]], dtype=float32)
    References: mindspore.dataset.vision.NormalizePad.
    """

    def __init__(
        self,
        mean: Sequence[float],
        std: Sequence[float],
        dtype: str = "float32",
        is_hwc: bool = True,
    ) -> None:
        super().__init__(mean, std, is_hwc)
        if dtype not in ("float32", "float16"):
            raise ValueError(
                f"NormalizePad: dtype must be 'float32' or 'float16', got {dtype!r}."
            )
        self.dtype = dtype

    def __call__(self, value: np.ndarray) -> np.ndarray:
        if np.ndim(value) != 3:
            raise ValueError(
                f"NormalizePad: expected three axes, got shape {np.shape(value)}."
            )
        scaled = super().__call__(value)
        added = (0, 1)
        widths = ((0, 0), (0, 0), added) if self.is_hwc else (added, (0, 0), (0, 0))
        return np.pad(scaled, widths).astype(self.dtype)

    def batch(self, values: np.ndarray) -> np.ndarray:
        return np.stack([self(value) for value in values])
