"""MixUp and CutMix: two images and their labels in one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_between, check_bool, check_int
from .._draws import generator
from ..transforms._base import RandomBatchTransform, Transform
from .utils import ImageBatchFormat


def _positive(owner: str, alpha: Any) -> float:
    number = check_between(owner, "alpha", alpha, 0.0, INT32_MAX)
    if not number:
        raise ValueError(f"{owner}: alpha must be positive, got {alpha}.")
    return number


def _pairs(owner: str, image: Any, label: Any) -> tuple[np.ndarray, np.ndarray]:
    images, labels = np.asarray(image), np.asarray(label)
    if images.ndim != 4:
        raise ValueError(
            f"{owner}: expected a batch of images (N, H, W, C) or (N, C, H, W), got "
            f"shape {images.shape}. Map it after batch."
        )
    if labels.ndim not in (2, 3) or len(labels) != len(images):
        raise ValueError(
            f"{owner}: expected one-hot labels ({len(images)}, classes), got shape "
            f"{labels.shape}. Map OneHot before batch."
        )
    return images, labels.astype(np.float32)


class MixUpBatch(RandomBatchTransform):
    """Each image of a batch blended with another one: l x + (1 - l) x', so the labels.

    Args: alpha: > 0; l is drawn from Beta(alpha, alpha), one for the batch.
    Inputs: image (N, H, W, C) or (N, C, H, W); label, one-hot (N, K).
    Outputs: image of the same shape and dtype; label, float32 (N, K).
    Raises: TypeError, ValueError: alpha or an input is not as said.
    Example: >>> MixUpBatch(0.2).num_columns
        2
    References: mindspore.dataset.vision.MixUpBatch; Zhang et al., ICLR 2018.
    """

    num_columns = 2

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = _positive("MixUpBatch", alpha)

    def parameters(
        self, draws: np.random.Generator, shape: tuple[int, ...]
    ) -> tuple[np.ndarray, ...]:
        """(l, the number of the other image) of each image; l is the same for all."""
        share = np.float32(draws.beta(self.alpha, self.alpha))
        other = draws.permutation(shape[0]).astype(np.int32)
        return np.full(shape[0], share), other

    def apply(self, values: tuple[Any, ...], *parameters: Any) -> tuple[Any, ...]:
        images, labels = _pairs("MixUpBatch", *values)
        share, other = parameters
        return (
            _blend(share, images, images[other]).astype(images.dtype),
            _blend(share, labels, labels[other]),
        )


def _blend(share: np.ndarray, values: np.ndarray, others: np.ndarray) -> np.ndarray:
    share = share.reshape(-1, *(1,) * (values.ndim - 1))
    return share * values + (1 - share) * others


class MixUp(Transform):
    """Images of a batch blended with one another, or with those of the batch before.

    Args: batch_size: int, the images of a batch. alpha: > 0, of Beta(alpha, alpha).
        is_single: blend within the batch (True), or with the last batch given (False).
    Inputs: image (N, ...); label, one-hot (N, K).  Outputs: the same shapes, float32.
    Raises: TypeError, ValueError: a setting or an input is not as said.
    Example: >>> MixUp(4, 0.2).is_single
        True
    References: mindspore.dataset.vision.MixUp; Zhang et al., ICLR 2018.
    """

    deterministic = False
    num_columns = 2

    def __init__(self, batch_size: int, alpha: float, is_single: bool = True) -> None:
        self.batch_size = check_int("MixUp", "batch_size", batch_size, 1)
        self.alpha = _positive("MixUp", alpha)
        self.is_single = check_bool("MixUp", "is_single", is_single)
        self._before: tuple[np.ndarray, np.ndarray] | None = None

    def __call__(self, value: Any, label: Any) -> tuple[np.ndarray, np.ndarray]:
        images, labels = _pairs("MixUp", value, label)
        draws = generator()
        share = np.float32(draws.beta(self.alpha, self.alpha))
        if self.is_single:
            order = draws.permutation(len(images))
            others, other_labels = images[order], labels[order]
        else:
            before, self._before = self._before, (images, labels)
            others, other_labels = before or (images, labels)
            if len(others) != len(images):  # a short last batch
                others, other_labels = images, labels
        mixed = share * images + (1 - share) * others
        blended = share * labels + (1 - share) * other_labels
        return mixed.astype(np.float32), blended


class CutMixBatch(RandomBatchTransform):
    """A rectangle of each image replaced by that of another one; labels by area.

    Args: image_batch_format: ImageBatchFormat.NHWC or NCHW.
        alpha: > 0; the share that stays is drawn from Beta(alpha, alpha).
        prob: in [0, 1], to do anything.
    Inputs: image (N, H, W, C) or (N, C, H, W); label, one-hot (N, K).
    Outputs: image of the same shape and dtype; label, float32 (N, K).
    Raises: TypeError, ValueError: a setting or an input is not as said.
    Example: >>> CutMixBatch(ImageBatchFormat.NHWC).alpha
        1.0
    References: mindspore.dataset.vision.CutMixBatch; Yun et al., ICCV 2019.
    """

    num_columns = 2

    def __init__(
        self,
        image_batch_format: ImageBatchFormat,
        alpha: float = 1.0,
        prob: float = 1.0,
    ) -> None:
        if not isinstance(image_batch_format, ImageBatchFormat):
            raise TypeError(
                f"CutMixBatch: image_batch_format must be an ImageBatchFormat, got "
                f"{image_batch_format!r}."
            )
        self.image_batch_format = image_batch_format
        self.alpha = _positive("CutMixBatch", alpha)
        self.prob = check_between("CutMixBatch", "prob", prob, 0.0, 1.0)

    def parameters(
        self, draws: np.random.Generator, shape: tuple[int, ...]
    ) -> tuple[np.ndarray, ...]:
        """(top, bottom, left, right, the share that stays, the number of the other
        image) of each image; all but the last are the same for all."""
        first = self.first_axis
        height, width = shape[first : first + 2]
        box, share = (0, 0, 0, 0), 1.0
        if draws.random() < self.prob:
            cut = np.sqrt(1 - draws.beta(self.alpha, self.alpha))
            row, column = int(draws.integers(height)), int(draws.integers(width))
            down = _span(row, int(height * cut), height)
            across = _span(column, int(width * cut), width)
            box = *down, *across
            area = (down[1] - down[0]) * (across[1] - across[0])
            share = 1 - area / (height * width)
        other = draws.permutation(shape[0]).astype(np.int32)
        sides = (np.full(shape[0], side, np.int32) for side in box)
        return *sides, np.full(shape[0], share, np.float32), other

    @property
    def first_axis(self) -> int:
        """The axis of the rows."""
        return 1 if self.image_batch_format is ImageBatchFormat.NHWC else 2

    def apply(self, values: tuple[Any, ...], *parameters: Any) -> tuple[Any, ...]:
        images, labels = _pairs("CutMixBatch", *values)
        *sides, share, other = parameters
        top, bottom, left, right = (int(side[0]) for side in sides)
        before = (slice(None),) * self.first_axis
        where = (*before, slice(top, bottom), slice(left, right))
        mixed = images.copy()
        mixed[where] = images[other][where]
        return mixed, _blend(share, labels, labels[other])


def _span(middle: int, length: int, size: int) -> tuple[int, int]:
    return max(0, middle - length // 2), min(size, middle + length // 2)
