"""Choices of the vision transforms (mindspore.dataset.vision.utils)."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum

__all__ = [
    "AutoAugmentPolicy",
    "Border",
    "ConvertMode",
    "ImageBatchFormat",
    "Inter",
    "SliceMode",
]


class Inter(IntEnum):
    """How a resized pixel is made from its neighbours."""

    NEAREST = 0
    ANTIALIAS = 1
    BILINEAR = LINEAR = 2
    BICUBIC = CUBIC = 3
    AREA = 4
    PILCUBIC = 5


class Border(StrEnum):
    """What lies beyond the edge of an image."""

    CONSTANT = "constant"
    EDGE = "edge"
    REFLECT = "reflect"
    SYMMETRIC = "symmetric"


class ImageBatchFormat(IntEnum):
    """The order of the axes of a batch of images."""

    NHWC = 0
    NCHW = 1


class SliceMode(IntEnum):
    """What SlicePatches does with pixels that fill no whole patch."""

    PAD = 0
    DROP = 1


class AutoAugmentPolicy(StrEnum):
    """The data set that AutoAugment's policy was found on."""

    IMAGENET = "imagenet"
    CIFAR10 = "cifar10"
    SVHN = "svhn"


class ConvertMode(Enum):
    """From one order of colour channels to another; named as in OpenCV."""

    COLOR_BGR2BGRA = "BGR2BGRA"
    COLOR_BGR2GRAY = "BGR2GRAY"
    COLOR_BGR2RGB = "BGR2RGB"
    COLOR_BGR2RGBA = "BGR2RGBA"
    COLOR_BGRA2BGR = "BGRA2BGR"
    COLOR_BGRA2GRAY = "BGRA2GRAY"
    COLOR_BGRA2RGB = "BGRA2RGB"
    COLOR_BGRA2RGBA = "BGRA2RGBA"
    COLOR_GRAY2BGR = "GRAY2BGR"
    COLOR_GRAY2BGRA = "GRAY2BGRA"
    COLOR_GRAY2RGB = "GRAY2RGB"
    COLOR_GRAY2RGBA = "GRAY2RGBA"
    COLOR_RGB2BGR = "RGB2BGR"
    COLOR_RGB2BGRA = "RGB2BGRA"
    COLOR_RGB2GRAY = "RGB2GRAY"
    COLOR_RGB2RGBA = "RGB2RGBA"
    COLOR_RGBA2BGR = "RGBA2BGR"
    COLOR_RGBA2BGRA = "RGBA2BGRA"
    COLOR_RGBA2GRAY = "RGBA2GRAY"
    COLOR_RGBA2RGB = "RGBA2RGB"
