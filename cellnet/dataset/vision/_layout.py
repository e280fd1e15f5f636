"""HWC2CHW and ToTensor: the order of the axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..transforms._base import Transform
from ..transforms._type_cast import numpy_dtype


class HWC2CHW(Transform):
    """Move the channels to the front: y[c, h, w] = x[h, w, c].

    Inputs: (H, W, C), or (H, W), which stays as it is; any dtype.
    Outputs: (C, H, W), same dtype.
    Raises: ValueError: the input is no image.
    Example: >>> HWC2CHW()(np.zeros((28, 20, 3))).shape
        (3, 28, 20)
    References: mindspore.dataset.vision.HWC2CHW.
    """

    def __call__(self, value: np.ndarray) -> np.ndarray:
        image = np.asarray(value)
        if image.ndim == 2:
            return image
        if image.ndim != 3:
            raise ValueError(f"HWC2CHW: expected (H, W, C), got shape {image.shape}.")
        return np.ascontiguousarray(image.transpose(2, 0, 1))

    def batch(self, values: np.ndarray) -> np.ndarray:
        if values.ndim != 4:
            return super().batch(values)
        return np.ascontiguousarray(values.transpose(0, 3, 1, 2))


class ToTensor(Transform):
    """Scale bytes to [0, 1] and move the channels to the front: y = x / 255.

    Args: output_type: dtype of the output.
    Inputs: (H, W, C) or (H, W); any real dtype.
    Outputs: (C, H, W), or (1, H, W); output_type.
    Raises: TypeError: output_type names no dtype. ValueError: the input is no image.
    Example: >>> ToTensor()(np.full((2, 2), 255, np.uint8)).shape
        (1, 2, 2)
    References: mindspore.dataset.vision.ToTensor.
    """

    def __init__(self, output_type: Any = np.float32) -> None:
        self.output_type = numpy_dtype("ToTensor", output_type)

    def __call__(self, value: np.ndarray) -> np.ndarray:
        image = np.asarray(value)
        if image.ndim not in (2, 3):
            raise ValueError(
                f"ToTensor: expected (H, W, C) or (H, W), got shape {image.shape}."
            )
        image = image.reshape(*image.shape[:2], -1).transpose(2, 0, 1)
        return self._scaled(image)

    def batch(self, values: np.ndarray) -> np.ndarray:
        if values.ndim != 4:
            return super().batch(values)
        return self._scaled(values.transpose(0, 3, 1, 2))

    def _scaled(self, images: np.ndarray) -> np.ndarray:
        # A product with float32(1 / 255), not a division: so are MindSpore's bits.
        scaled = images.astype(np.float32) * np.float32(1 / 255)
        return np.ascontiguousarray(scaled, self.output_type)
