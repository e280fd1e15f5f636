"""Transforms of any data (mindspore.dataset.transforms)."""

from . import c_transforms, py_transforms, transforms
from ._base import RandomBatchTransform, RandomTransform, Transform
from ._choose import RandomApply, RandomChoice, RandomOrder
from ._compose import Compose
from ._one_hot import OneHot
from ._type_cast import TypeCast
from ._values import (
    Concatenate,
    Duplicate,
    Fill,
    Mask,
    PadEnd,
    Relational,
    Slice,
    Unique,
)

__all__ = [
    "Compose",
    "Concatenate",
    "Duplicate",
    "Fill",
    "Mask",
    "OneHot",
    "PadEnd",
    "RandomApply",
    "RandomBatchTransform",
    "RandomChoice",
    "RandomOrder",
    "RandomTransform",
    "Relational",
    "Slice",
    "Transform",
    "TypeCast",
    "Unique",
    "c_transforms",
    "py_transforms",
    "transforms",
]
