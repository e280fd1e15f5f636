"""Transforms of cellnet.dataset as JAX functions of one sample.

Each gives the bytes that the host's NumPy or OpenCV form gives for integers, and the
same numbers up to one rounding for floats.  Random ones, which also take their
parameters, are in ``random_forms.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet import dtype as mstype
from cellnet.dataset import transforms, vision
from cellnet.dataset.vision._fixed_point import linear_table
from cellnet.sink import random_forms

DeviceForm = Callable[..., Any]


def device_form(operation: Any) -> DeviceForm | None:
    """The JAX function that does what ``operation`` does to a sample, or None."""
    kind = type(operation)
    if kind in _RANDOM_FORMS:
        return _RANDOM_FORMS[kind](operation, device_form)
    return _FORMS[kind](operation) if kind in _FORMS else None


def _resize(operation: vision.Resize) -> DeviceForm | None:
    if operation.interpolation != vision.Inter.LINEAR:
        return None

    def resize(image: Any) -> Any:
        height, width = operation.output_size(*image.shape[:2])
        if image.dtype == jnp.uint8:
            return _resize_bytes(image, height, width)
        return _resize_floats(image, height, width)

    return resize


def _resize_bytes(image: Any, height: int, width: int) -> Any:
    """OpenCV's whole-number bilinear resize (see dataset.vision._fixed_point)."""
    y0, y1, b0, b1 = linear_table(image.shape[0], height)
    x0, x1, a0, a1 = linear_table(image.shape[1], width)
    extra = (1,) * (image.ndim - 2)
    pixels = image.astype(jnp.int32)
    a0, a1 = a0.reshape(-1, *extra), a1.reshape(-1, *extra)
    b0, b1 = b0.reshape(-1, 1, *extra), b1.reshape(-1, 1, *extra)
    rows = (pixels[:, x0] * a0 + pixels[:, x1] * a1) >> 4  # (H, width, C)
    upper, lower = (rows[y0] * b0) >> 16, (rows[y1] * b1) >> 16
    return ((upper + lower + 2) >> 2).astype(jnp.uint8)  # (height, width, C)


def _resize_floats(image: Any, height: int, width: int) -> Any:
    if image.dtype not in (jnp.float32, jnp.float64):
        raise TypeError(f"Resize: expected bytes or floats, got {image.dtype}")
    y0, y1, _, _ = linear_table(image.shape[0], height)
    x0, x1, _, _ = linear_table(image.shape[1], width)
    extra = (1,) * (image.ndim - 2)
    a1 = _fraction(image.shape[1], width).reshape(-1, *extra)
    b1 = _fraction(image.shape[0], height).reshape(-1, 1, *extra)
    rows = image[:, x0] * (1 - a1) + image[:, x1] * a1
    return (rows[y0] * (1 - b1) + rows[y1] * b1).astype(image.dtype)


def _fraction(src: int, dst: int) -> np.ndarray:
    place = (np.arange(dst) + 0.5) * (src / dst) - 0.5
    return (place - np.floor(place)).astype(np.float32)


def _center_crop(operation: vision.CenterCrop) -> DeviceForm:
    height, width = operation.size

    def center_crop(image: Any) -> Any:
        sides = operation.sides(*image.shape[:2])
        top, left = operation.starts(*image.shape[:2])
        padded = jnp.pad(image, (*sides, *((0, 0),) * (image.ndim - 2)))
        return padded[top : top + height, left : left + width]

    return center_crop


def _crop(operation: vision.Crop) -> DeviceForm:
    (top, left), (height, width) = operation.coordinates, operation.size

    def crop(image: Any) -> Any:
        if top + height > image.shape[0] or left + width > image.shape[1]:
            raise ValueError(f"{operation!r} leaves an image {image.shape}")
        return image[top : top + height, left : left + width]

    return crop


def _pad(operation: vision.Pad) -> DeviceForm | None:
    if isinstance(operation.fill_value, tuple):
        return None
    left, top, right, bottom = operation.padding
    constant = operation.padding_mode is vision.Border.CONSTANT
    settings = {"constant_values": operation.fill_value} if constant else {}

    def pad(image: Any) -> Any:
        sides = ((top, bottom), (left, right), *((0, 0),) * (image.ndim - 2))
        return jnp.pad(image, sides, operation.padding_mode.value, **settings)

    return pad


def _flip(axis: int) -> Callable[[Any], DeviceForm]:
    def form(image: Any) -> Any:
        return jnp.flip(image, axis if image.ndim == 2 else image.ndim - 3 + axis)

    return lambda operation: form


def _invert(operation: vision.Invert) -> DeviceForm:
    del operation
    return lambda image: 255 - _bytes(image)


def _posterize(operation: vision.Posterize) -> DeviceForm:
    kept = np.uint8(256 - 2 ** (8 - operation.bits) if operation.bits else 0)
    return lambda image: _bytes(image) & kept


def _solarize(operation: vision.Solarize) -> DeviceForm:
    low, high = operation.threshold

    def solarize(image: Any) -> Any:
        inside = (_bytes(image) >= low) & (image <= high)
        return jnp.where(inside, 255 - image, image)

    return solarize


def _bytes(image: Any) -> Any:
    if image.dtype != jnp.uint8:
        raise TypeError(f"expected uint8 pixels, got {image.dtype}")
    return image


def _rescale(operation: vision.Rescale) -> DeviceForm:
    scale, shift = np.float32(operation.rescale), np.float32(operation.shift)
    return lambda image: image.astype(jnp.float32) * scale + shift


def _normalize(operation: vision.Normalize) -> DeviceForm:
    mean, std = np.float32(operation.mean), np.float32(operation.std)

    def normalize(image: Any) -> Any:
        by_channel = image.ndim == 3 and not operation.is_hwc
        shape = (-1, 1, 1) if by_channel else (-1,)
        centred = image.astype(jnp.float32) - mean.reshape(shape)
        return centred / std.reshape(shape)

    return normalize


def _hwc_to_chw(operation: vision.HWC2CHW) -> DeviceForm:
    del operation
    return lambda image: image if image.ndim == 2 else image.transpose(2, 0, 1)


def _to_tensor(operation: vision.ToTensor) -> DeviceForm:
    target = mstype.to_numpy(operation.output_type)

    def to_tensor(image: Any) -> Any:
        planes = image.reshape(*image.shape[:2], -1).transpose(2, 0, 1)
        return (planes.astype(jnp.float32) * np.float32(1 / 255)).astype(target)

    return to_tensor


def _type_cast(operation: transforms.TypeCast) -> DeviceForm | None:
    if operation.dtype.kind not in "biuf":
        return None
    target = mstype.to_numpy(operation.dtype)
    return lambda value: value.astype(target)


def _one_hot(operation: transforms.OneHot) -> DeviceForm:
    classes, smoothing = operation.num_classes, operation.smoothing_rate

    def one_hot(label: Any) -> Any:
        marked = jnp.arange(classes) == label.reshape(*label.shape, 1)
        marked = marked.reshape(-1) if label.size == 1 else marked
        if not smoothing:
            return marked.astype(label.dtype)
        floats = mstype.to_numpy(np.float64)
        return marked.astype(floats) * (1.0 - smoothing) + smoothing / classes

    return one_hot


# operations whose form reads each value several times
REREADING = (vision.Resize, vision.MixUpBatch, vision.CutMixBatch)

_FORMS: dict[type, Callable[[Any], DeviceForm | None]] = {
    vision.Resize: _resize,
    vision.CenterCrop: _center_crop,
    vision.Crop: _crop,
    vision.Pad: _pad,
    vision.HorizontalFlip: _flip(1),
    vision.VerticalFlip: _flip(0),
    vision.Invert: _invert,
    vision.Posterize: _posterize,
    vision.Solarize: _solarize,
    vision.Rescale: _rescale,
    vision.Normalize: _normalize,
    vision.HWC2CHW: _hwc_to_chw,
    vision.ToTensor: _to_tensor,
    transforms.TypeCast: _type_cast,
    transforms.OneHot: _one_hot,
}

_RANDOM_FORMS: dict[type, Callable[..., DeviceForm | None]] = {
    vision.RandomCrop: random_forms.random_crop,
    vision.RandomHorizontalFlip: random_forms.flip(1),
    vision.RandomVerticalFlip: random_forms.flip(0),
    vision.RandomInvert: random_forms.sometimes(vision.Invert),
    vision.MixUpBatch: random_forms.mix_up_batch,
    vision.CutMixBatch: random_forms.cut_mix_batch,
    vision.CutOut: random_forms.cut_out,
    vision.RandomErasing: random_forms.random_erasing,
    transforms.RandomApply: random_forms.random_apply,
    transforms.RandomChoice: random_forms.random_choice,
}
