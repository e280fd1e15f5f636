"""Transforms of images (mindspore.dataset.vision)."""

from . import c_transforms, py_transforms, transforms, utils
from .transforms import *  # noqa: F403

__all__ = ["c_transforms", "py_transforms", "transforms", "utils"]
__all__ += transforms.__all__
