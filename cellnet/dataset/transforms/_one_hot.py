"""OneHot: class numbers as rows of an identity matrix."""

from __future__ import annotations

import numpy as np

from .._checks import INT32_MAX, check_int, check_number
from ._base import Transform


class OneHot(Transform):
    """Class number c to a vector: y[k] = (1 - s) * [k == c] + s / num_classes.

    Args: num_classes: int >= 1. smoothing_rate: s in [0, 1].
    Inputs: integer class numbers in [0, num_classes), shape () or (N,).
    Outputs: (num_classes,) for () and (1,), else (N, num_classes); the input's dtype,
        float64 when smoothing.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> OneHot(3)(np.array(2))
        array([0, 0, 1])
    Differs: MindSpore gives a row of zeros for a negative class number.
    References: mindspore.dataset.transforms.OneHot; Szegedy et al., CVPR 2016.
    """

    def __init__(self, num_classes: int, smoothing_rate: float = 0.0) -> None:
        self.num_classes = check_int("OneHot", "num_classes", num_classes, 1, INT32_MAX)
        self.smoothing_rate = check_number("OneHot", "smoothing_rate", smoothing_rate)
        if not 0.0 <= smoothing_rate <= 1.0:
            raise ValueError(
                f"OneHot: smoothing_rate must lie in [0, 1], got {smoothing_rate}."
            )

    def __call__(self, value: np.ndarray) -> np.ndarray:
        labels = np.asarray(value)
        if labels.size == 1:
            labels = labels.reshape(())
        if labels.ndim > 1 and labels.size == len(labels):
            labels = labels.reshape(-1)  # (N, 1)
        if labels.ndim > 1:
            raise ValueError(
                f"OneHot: expected class numbers of shape () or (N,), got "
                f"{labels.shape}."
            )
        return self._encode(labels)

    def batch(self, values: np.ndarray) -> np.ndarray:
        if values.ndim == 1:
            return self._encode(values)
        return super().batch(values)

    def _encode(self, labels: np.ndarray) -> np.ndarray:
        if labels.dtype.kind not in "iu":
            raise TypeError(
                f"OneHot: expected integer class numbers, got dtype {labels.dtype}. "
                f"Map TypeCast(int32) first."
            )
        wrong = labels[(labels < 0) | (labels >= self.num_classes)]
        if wrong.size:
            raise ValueError(
                f"OneHot: class number {wrong.flat[0]} is outside "
                f"[0, {self.num_classes})."
            )
        marked = np.arange(self.num_classes) == labels[..., None]
        if not self.smoothing_rate:
            return marked.astype(labels.dtype)
        share = self.smoothing_rate / self.num_classes
        return marked * (1.0 - self.smoothing_rate) + share
