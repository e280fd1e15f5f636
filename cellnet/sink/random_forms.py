"""Random transforms of cellnet.dataset as JAX functions of a sample and its parameters.

The host draws; what a parameter does to the pixels is the same here and there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.dataset import transforms, vision

DeviceForm = Callable[..., Any]
Find = Callable[[Any], DeviceForm | None]


class OtherShape(ValueError):
    """A choice between values of unlike shapes, which a program cannot make."""


def sometimes(change: type[transforms.Transform]) -> Callable[[Any, Find], Any]:
    """A change that is made or not: the form of a ``Sometimes``."""

    def make(operation: Any, find: Find) -> DeviceForm | None:
        del operation
        form = find(change())
        return None if form is None else lambda x, chosen: _choose(chosen, form(x), x)

    return make


def flip(axis: int) -> Callable[[Any, Find], DeviceForm]:
    """A flip that is made or not: rows or columns taken in either order.

    Both images to choose from would be computed, with all that was done to them before.
    """

    def form(image: Any, chosen: Any) -> Any:
        along = axis if image.ndim == 2 else image.ndim - 3 + axis
        places = jnp.arange(image.shape[along])
        order = jnp.where(chosen, places[::-1], places)
        return jnp.take(image, order, along, mode="clip")

    return lambda operation, find: form


def random_crop(operation: vision.RandomCrop, find: Find) -> DeviceForm | None:
    """A crop of the padded image, which is not made: pixels are looked up in the image.

    A slice at a place of its own in each image of a batch is slow, on CPUs above all.
    """
    del find
    if isinstance(operation.fill_value, tuple):
        return None
    height, width = operation.size

    def crop(image: Any, top: Any, left: Any) -> Any:
        rows, columns = _sources(operation, *image.shape[:2])
        down = rows[jnp.arange(height) + top][:, None]  # (height, 1)
        across = columns[jnp.arange(width) + left][None]  # (1, width)
        found = image[jnp.maximum(down, 0), jnp.maximum(across, 0)]
        inside = (down >= 0) & (across >= 0)
        inside = inside.reshape(height, width, *(1,) * (image.ndim - 2))
        fill = jnp.asarray(operation.fill_value).astype(image.dtype)
        return jnp.where(inside, found, fill)

    return crop


def _sources(operation: vision.RandomCrop, height: int, width: int) -> Any:
    """Rows and columns of the image that those of the padded one show; -1: the fill."""
    rows, columns = np.arange(height), np.arange(width)
    constant = operation.padding_mode is vision.Border.CONSTANT
    settings = {"constant_values": -1} if constant else {}
    mode: Any = operation.padding_mode.value
    for left, top, right, bottom in operation.borders(height, width):
        rows = np.pad(rows, (top, bottom), mode, **settings)
        columns = np.pad(columns, (left, right), mode, **settings)
    return jnp.asarray(rows, jnp.int32), jnp.asarray(columns, jnp.int32)


def cut_out(operation: vision.CutOut, find: Find) -> DeviceForm:
    """Squares painted black."""
    del find

    def cut(image: Any, top: Any, left: Any) -> Any:
        first = 0 if operation.is_hwc else 1
        length = operation.length
        inside = _inside(image, first, top, left, length, length).any(0)
        return jnp.where(inside, jnp.zeros((), image.dtype), image)

    return cut


def random_erasing(operation: vision.RandomErasing, find: Find) -> DeviceForm | None:
    """A rectangle painted over with numbers that are not random."""
    del find
    if isinstance(operation.value, str):
        return None
    paint = np.reshape(operation.value, (-1, 1, 1))

    def erase(image: Any, chosen: Any, *box: Any) -> Any:
        inside = chosen & _inside(image, 1, *(side[None] for side in box))[0]
        return jnp.where(inside, jnp.asarray(paint).astype(image.dtype), image)

    return erase


def random_apply(operation: transforms.RandomApply, find: Find) -> DeviceForm | None:
    """All transforms, one after the other, or none."""
    forms: list[Any] = [find(inner) for inner in operation.transforms]
    if any(form is None for form in forms):
        return None

    def apply(value: Any, chosen: Any, *parameters: Any) -> Any:
        changed = value
        for form, inner in zip(forms, parameters, strict=True):
            changed = form(changed, *inner)
        return _choose(chosen, changed, value)

    return apply


def random_choice(operation: transforms.RandomChoice, find: Find) -> DeviceForm | None:
    """One of the transforms."""
    forms: list[Any] = [find(inner) for inner in operation.transforms]
    if any(form is None for form in forms):
        return None

    def choose(value: Any, number: Any, *parameters: Any) -> Any:
        results = [form(value, *p) for form, p in zip(forms, parameters, strict=True)]
        found = results[0]
        for place, result in enumerate(results[1:], 1):
            found = _choose(number == place, result, found)
        return found

    return choose


def mix_up_batch(operation: vision.MixUpBatch, find: Find) -> DeviceForm:
    """Each image blended with another one, and so the labels."""
    del operation, find

    def mix(images: Any, labels: Any, share: Any, other: Any) -> tuple[Any, Any]:
        labels = labels.astype(jnp.float32)
        blended = _blend(share, images, images[other]).astype(images.dtype)
        return blended, _blend(share, labels, labels[other])

    return mix


def cut_mix_batch(operation: vision.CutMixBatch, find: Find) -> DeviceForm:
    """A rectangle of each image replaced by another's; labels blended by area."""
    del find
    first = operation.first_axis

    def mix(images: Any, labels: Any, *parameters: Any) -> tuple[Any, Any]:
        top, bottom, left, right, share, other = parameters
        box = top[0], left[0], (bottom - top)[0], (right - left)[0]
        inside = _inside(images, first, *box)[0]
        labels = labels.astype(jnp.float32)
        mixed = jnp.where(inside, images[other], images)
        return mixed, _blend(share, labels, labels[other])

    return mix


def _blend(share: Any, values: Any, others: Any) -> Any:
    share = share.reshape(-1, *(1,) * (values.ndim - 1))
    return share * values + (1 - share) * others


def _choose(chosen: Any, first: Any, second: Any) -> Any:
    if (first.shape, first.dtype) != (second.shape, second.dtype):
        raise OtherShape(
            f"chance chooses between {first.dtype}{first.shape} and "
            f"{second.dtype}{second.shape}"
        )
    return jnp.where(chosen, first, second)


def _inside(
    image: Any, first: int, top: Any, left: Any, rows: Any, columns: Any
) -> Any:
    """Which pixels lie in each of P rectangles, (P, ...) beside the image's shape.

    Args:
        image: with rows along axis ``first`` and columns along the next.
        first: an axis but the last.
        top, left, rows, columns: (P,), or a number for all.
    """
    down = jax.lax.broadcasted_iota(jnp.int32, image.shape, first)
    across = jax.lax.broadcasted_iota(jnp.int32, image.shape, first + 1)
    wide = (-1, *(1,) * image.ndim)
    top, left = top.reshape(wide), left.reshape(wide)
    rows, columns = jnp.reshape(rows, wide), jnp.reshape(columns, wide)
    below, right = (down >= top) & (down < top + rows), across >= left
    return below & right & (across < left + columns)
