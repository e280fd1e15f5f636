"""Transforms of any data (mindspore.dataset.transforms)."""

from . import c_transforms, py_transforms, transforms
from ._base import Transform
from ._compose import Compose
from ._one_hot import OneHot
from ._type_cast import TypeCast

__all__ = [
    "Compose",
    "OneHot",
    "Transform",
    "TypeCast",
    "c_transforms",
    "py_transforms",
    "transforms",
]
