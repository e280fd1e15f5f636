"""Colours to gray, and from one order of colour channels to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import check_int
from ..transforms._base import Transform
from ._flip import Sometimes
from ._image import as_array, as_rgb, gray_of, is_pil, like, opencv
from .utils import ConvertMode


def to_gray(owner: str, value: Any, channels: int) -> Any:
    gray = gray_of(owner, as_rgb(owner, value))
    if is_pil(value) and channels == 1:
        return value.convert("L")
    return like(owner, value, np.stack([gray] * channels, -1))


class Grayscale(Transform):
    """Colours to shades of gray: 0.299 R + 0.587 G + 0.114 B.

    Args: num_output_channels: 1 or 3.
    Inputs: uint8 (H, W, 3).  Outputs: uint8 (H, W) for one channel, else (H, W, 3).
    Raises: TypeError, ValueError: the setting or the input is not as said.
    Example: >>> Grayscale(3)(np.full((1, 1, 3), 9, np.uint8)).tolist()
        [[[9, 9, 9]]]
    References: mindspore.dataset.vision.Grayscale.
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        name = "num_output_channels"
        self.num_output_channels = check_int("Grayscale", name, num_output_channels, 1)
        if num_output_channels not in (1, 3):
            raise ValueError(
                f"Grayscale: {name} must be 1 or 3, got {num_output_channels}."
            )

    def __call__(self, value: Any) -> Any:
        gray = to_gray("Grayscale", value, self.num_output_channels)
        flat = self.num_output_channels == 1 and not is_pil(value)
        return gray[..., 0] if flat else gray


class RandomGrayscale(Sometimes):
    """Shades of gray with probability prob; the number of channels stays.

    Args: prob: in [0, 1].
    Inputs: uint8 (H, W, 3).  Outputs: the same shape and dtype.
    Raises: TypeError, ValueError: the setting or the input is not as said.
    Example: >>> RandomGrayscale(1.0)(np.full((1, 1, 3), 9, np.uint8)).tolist()
        [[[9, 9, 9]]]
    References: mindspore.dataset.vision.RandomGrayscale.
    """

    def __init__(self, prob: float = 0.1) -> None:
        super().__init__(prob)

    def change(self, value: Any) -> Any:
        return to_gray("RandomGrayscale", value, 3)


class ConvertColor(Transform):
    """From one order of colour channels to another.

    Args: convert_mode: a ConvertMode.
    Inputs: (H, W, C) or (H, W), as the mode says.  Outputs: likewise; the same dtype.
    Raises: TypeError: convert_mode is no ConvertMode. ValueError: other channels came.
    Example: >>> swap = ConvertColor(ConvertMode.COLOR_RGB2BGR)
        >>> swap(np.array([[[1, 2, 3]]], np.uint8)).tolist()
        [[[3, 2, 1]]]
    References: mindspore.dataset.vision.ConvertColor.
    """

    def __init__(self, convert_mode: ConvertMode) -> None:
        if not isinstance(convert_mode, ConvertMode):
            raise TypeError(
                f"ConvertColor: convert_mode must be a ConvertMode, got "
                f"{convert_mode!r}."
            )
        self.convert_mode = convert_mode

    def __call__(self, value: Any) -> Any:
        image = as_array("ConvertColor", value)
        before = self.convert_mode.value.split("2")[0]
        wanted = {"GRAY": 1}.get(before, len(before))
        if wanted != (1 if image.ndim == 2 else image.shape[2]):
            raise ValueError(
                f"ConvertColor: {self.convert_mode.name} takes {wanted} channel(s), "
                f"got shape {image.shape}."
            )
        cv2 = opencv("ConvertColor")
        return cv2.cvtColor(image, getattr(cv2, self.convert_mode.name))
