"""Invert, AutoContrast, Equalize, Posterize, Solarize: each pixel by a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import check_between, check_int, check_pair
from .._draws import generator
from ..transforms._base import Transform
from ._flip import Sometimes
from ._image import as_bytes, is_pil, like, opencv, pillow, through_pil


def invert(owner: str, value: Any) -> Any:
    return like(owner, value, 255 - as_bytes(owner, value))


def auto_contrast(owner: str, value: Any, cutoff: float, ignore: Any) -> Any:
    stretch = pillow(owner).ImageOps.autocontrast
    return through_pil(owner, value, lambda image: stretch(image, cutoff, ignore))


def equalize(owner: str, value: Any) -> Any:
    if is_pil(value):
        return pillow(owner).ImageOps.equalize(value)
    image = as_bytes(owner, value)
    planes = np.atleast_3d(image)
    even = [opencv(owner).equalizeHist(np.ascontiguousarray(c)) for c in planes.T]
    return np.stack(even).T.reshape(image.shape)


def posterize(owner: str, value: Any, bits: int) -> Any:
    kept = np.uint8(256 - 2 ** (8 - bits)) if bits else np.uint8(0)
    return like(owner, value, as_bytes(owner, value) & kept)


def solarize(owner: str, value: Any, low: int, high: int) -> Any:
    image = as_bytes(owner, value)
    inside = (image >= low) & (image <= high)
    return like(owner, value, np.where(inside, 255 - image, image))


def _check_cut(owner: str, cutoff: Any, ignore: Any) -> tuple[float, Any]:
    check_between(owner, "cutoff", cutoff, 0.0, 50.0)
    if cutoff == 50:
        raise ValueError(f"{owner}: cutoff must lie in [0, 50), got {cutoff}.")
    if ignore is None:
        return cutoff, None
    values = ignore if isinstance(ignore, list | tuple) else [ignore]
    return cutoff, tuple(check_int(owner, "ignore", v, 0, 255) for v in values)


class Invert(Transform):
    """Colours to their opposites: y = 255 - x.

    Inputs: uint8 image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: the input is not as said.
    Example: >>> Invert()(np.array([[0, 250]], np.uint8)).tolist()
        [[255, 5]]
    References: mindspore.dataset.vision.Invert.
    """

    def __call__(self, value: Any) -> Any:
        return invert("Invert", value)


class RandomInvert(Sometimes):
    """Invert with probability prob.

    Args: prob: in [0, 1]. Inputs, Outputs: as in Invert.
    References: mindspore.dataset.vision.RandomInvert.
    """

    def __init__(self, prob: float = 0.5) -> None:
        super().__init__(prob)

    def change(self, value: Any) -> Any:
        return invert("RandomInvert", value)


class AutoContrast(Transform):
    """Stretch each channel so that its darkest pixel is 0 and its lightest 255.

    Args: cutoff: percent of the pixels to leave out at each end, in [0, 50).
        ignore: values in [0, 255] that do not count, one or a list.
    Inputs: uint8 image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
        ImportError: Pillow is not installed.
    Example: >>> AutoContrast()(np.array([[100, 110]], np.uint8)).tolist()
        [[0, 255]]
    References: mindspore.dataset.vision.AutoContrast.
    """

    def __init__(self, cutoff: float = 0.0, ignore: Any = None) -> None:
        self.cutoff, self.ignore = _check_cut("AutoContrast", cutoff, ignore)

    def __call__(self, value: Any) -> Any:
        return auto_contrast("AutoContrast", value, self.cutoff, self.ignore)


class RandomAutoContrast(Sometimes):
    """AutoContrast with probability prob.

    Args: cutoff, ignore: as in AutoContrast. prob: in [0, 1].
    References: mindspore.dataset.vision.RandomAutoContrast.
    """

    def __init__(
        self, cutoff: float = 0.0, ignore: Any = None, prob: float = 0.5
    ) -> None:
        super().__init__(prob)
        self.cutoff, self.ignore = _check_cut("RandomAutoContrast", cutoff, ignore)

    def change(self, value: Any) -> Any:
        return auto_contrast("RandomAutoContrast", value, self.cutoff, self.ignore)


class Equalize(Transform):
    """Equalize the histogram of each channel.

    Inputs: uint8 image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: the input is not as said.
        ImportError: OpenCV is not installed.
    Example: >>> Equalize()(np.zeros((2, 2), np.uint8)).tolist()
        [[0, 0], [0, 0]]
    References: mindspore.dataset.vision.Equalize.
    """

    def __call__(self, value: Any) -> Any:
        return equalize("Equalize", value)


class RandomEqualize(Sometimes):
    """Equalize with probability prob.

    Args: prob: in [0, 1]. Inputs, Outputs: as in Equalize.
    References: mindspore.dataset.vision.RandomEqualize.
    """

    def __init__(self, prob: float = 0.5) -> None:
        super().__init__(prob)

    def change(self, value: Any) -> Any:
        return equalize("RandomEqualize", value)


class Posterize(Transform):
    """Keep the highest bits of each pixel.

    Args: bits: in [0, 8].
    Inputs: uint8 image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: the setting or the input is not as said.
    Example: >>> Posterize(1)(np.array([[100, 200]], np.uint8)).tolist()
        [[0, 128]]
    References: mindspore.dataset.vision.Posterize.
    """

    def __init__(self, bits: int) -> None:
        self.bits = check_int("Posterize", "bits", bits, 0, 8)

    def __call__(self, value: Any) -> Any:
        return posterize("Posterize", value, self.bits)


class RandomPosterize(Transform):
    """Keep a random number of each pixel's highest bits.

    Args: bits: (min, max) in [1, 8], or one number.
    Inputs: uint8 image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: the setting or the input is not as said.
    Example: >>> RandomPosterize(1)(np.array([[100, 200]], np.uint8)).tolist()
        [[0, 128]]
    References: mindspore.dataset.vision.RandomPosterize.
    """

    deterministic = False

    def __init__(self, bits: int | tuple[int, int] | list[int] = (8, 8)) -> None:
        pair = bits if isinstance(bits, list | tuple) else (bits, bits)
        low, high = check_pair("RandomPosterize", "bits", pair, 1, 8)
        name = "RandomPosterize"
        self.bits = check_int(name, "bits", low, 1), check_int(name, "bits", high, 1)

    def __call__(self, value: Any) -> Any:
        low, high = self.bits
        bits = int(generator().integers(low, high + 1))
        return posterize("RandomPosterize", value, bits)


def _byte_range(owner: str, threshold: Any) -> tuple[int, int]:
    low, high = check_pair(owner, "threshold", threshold, 0, 255)
    return int(low), int(high)


class Solarize(Transform):
    """Invert the pixels whose value lies in a range.

    Args: threshold: (min, max) in [0, 255], or one number t for (t, 255).
    Inputs: uint8 image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: the setting or the input is not as said.
    Example: >>> Solarize(200)(np.array([[100, 200]], np.uint8)).tolist()
        [[100, 55]]
    References: mindspore.dataset.vision.Solarize.
    """

    def __init__(self, threshold: float | tuple[float, float] | list[float]) -> None:
        pair = threshold if isinstance(threshold, list | tuple) else (threshold, 255)
        self.threshold = _byte_range("Solarize", pair)

    def __call__(self, value: Any) -> Any:
        return solarize("Solarize", value, *self.threshold)


class RandomSolarize(Transform):
    """Invert the pixels whose value lies in a random range.

    Args: threshold: (min, max) in [0, 255] that both ends are drawn from; where they
            are the same, (min, 255) is inverted.
    Inputs: uint8 image (H, W, C) or (H, W).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: the setting or the input is not as said.
    Example: >>> RandomSolarize((9, 9))(np.array([[9]], np.uint8)).tolist()
        [[246]]
    References: mindspore.dataset.vision.RandomSolarize.
    """

    deterministic = False

    def __init__(self, threshold: tuple[int, int] | list[int] = (0, 255)) -> None:
        self.threshold = _byte_range("RandomSolarize", threshold)

    def __call__(self, value: Any) -> Any:
        low, high = self.threshold
        first, last = sorted(generator().integers(low, high + 1, 2).tolist())
        return solarize("RandomSolarize", value, first, 255 if first == last else last)
