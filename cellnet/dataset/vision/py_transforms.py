"""The r1.0 Python-side spelling of cellnet.dataset.vision: for Pillow images.

Decode gives a Pillow image, and the others keep what they are given; Normalize is for
what ToTensor leaves, channels first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..transforms._compose import Compose
from ..transforms._type_cast import TypeCast as ToType
from ._decode import Decode as _Decode
from ._erase import CutOut
from ._scale import Normalize as _Normalize
from .transforms import (
    HWC2CHW,
    AutoContrast,
    Border,
    CenterCrop,
    Equalize,
    FiveCrop,
    Grayscale,
    Inter,
    Invert,
    MixUp,
    Pad,
    RandomAffine,
    RandomColor,
    RandomColorAdjust,
    RandomCrop,
    RandomErasing,
    RandomGrayscale,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomSharpness,
    RandomVerticalFlip,
    Resize,
    TenCrop,
    ToPIL,
    ToTensor,
    UniformAugment,
)

__all__ = [
    "AutoContrast",
    "Border",
    "CenterCrop",
    "Compose",
    "ComposeOp",
    "CutOut",
    "Cutout",
    "Decode",
    "Equalize",
    "FiveCrop",
    "Grayscale",
    "HWC2CHW",
    "Inter",
    "Invert",
    "MixUp",
    "Normalize",
    "Pad",
    "RandomAffine",
    "RandomColor",
    "RandomColorAdjust",
    "RandomCrop",
    "RandomErasing",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomSharpness",
    "RandomVerticalFlip",
    "Resize",
    "TenCrop",
    "ToPIL",
    "ToTensor",
    "ToType",
    "UniformAugment",
]

Cutout = CutOut


class ComposeOp(Compose):
    """Compose, as r0.x programs write it: `ComposeOp(transforms)()` is the operation.

    Args: transforms: list of callables, not empty.
    Inputs: what the first takes; nothing to get the operation itself.
    Raises: TypeError: an element is not callable. ValueError: the list is empty.
    Example: >>> ComposeOp([abs])()(-2)
        2
    References: mindspore.dataset.transforms.vision.py_transforms.ComposeOp (r0.x).
    """

    def __call__(self, *values: Any) -> Any:
        return super().__call__(*values) if values else self


class Decode(_Decode):
    """Decode the bytes of an image file to a Pillow image in RGB.

    Inputs: uint8 (N,), the file's bytes.  Outputs: a Pillow image.
    Raises: ValueError: the input is no image. ImportError: Pillow is not installed.
    Example: >>> Decode().to_pil
        True
    References: mindspore.dataset.vision.py_transforms.Decode (r1.0).
    """

    def __init__(self) -> None:
        super().__init__(to_pil=True)


class Normalize(_Normalize):
    """Normalize an image whose channels come first, as ToTensor leaves it.

    Args: mean: numbers, one for each channel. std: as many numbers > 0.
    Inputs: (C, H, W).  Outputs: same shape, float32.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> Normalize([0.5], [0.25])(np.ones((1, 1, 1), np.float32))
        array([[[2.]]], dtype=float32)
    References: mindspore.dataset.vision.py_transforms.Normalize (r1.0).
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__(mean, std, is_hwc=False)
