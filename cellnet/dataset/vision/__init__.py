"""Transforms of images (mindspore.dataset.vision)."""

from . import c_transforms, py_transforms, transforms, utils
from ._layout import HWC2CHW, ToTensor
from ._resize import Resize
from ._scale import Normalize, Rescale
from .utils import Inter

__all__ = [
    "HWC2CHW",
    "Inter",
    "Normalize",
    "Rescale",
    "Resize",
    "ToTensor",
    "c_transforms",
    "py_transforms",
    "transforms",
    "utils",
]
