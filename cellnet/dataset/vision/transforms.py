"""The transforms of images: the 2.x submodule of cellnet.dataset.vision."""

from ..transforms._type_cast import TypeCast as ToType
from ._blur import GaussianBlur
from ._channels import ConvertColor, Grayscale, RandomGrayscale
from ._color import (
    AdjustBrightness,
    AdjustContrast,
    AdjustHue,
    AdjustSaturation,
    AdjustSharpness,
    RandomColor,
    RandomColorAdjust,
    RandomSharpness,
)
from ._crop import CenterCrop, Crop, RandomCrop
from ._decode import Decode, ToNumpy, ToPIL
from ._erase import CutOut, Erase, RandomErasing
from ._flip import (
    HorizontalFlip,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    VerticalFlip,
)
from ._layout import HWC2CHW, ToTensor
from ._mix import CutMixBatch, MixUp, MixUpBatch
from ._pad import Pad, PadToSize
from ._patches import FiveCrop, SlicePatches, TenCrop
from ._policies import AutoAugment, RandAugment, RandomSelectSubpolicy, UniformAugment
from ._resize import RandomResize, Resize
from ._resized_crop import RandomCropDecodeResize, RandomResizedCrop, ResizedCrop
from ._rotate import RandomAffine, RandomRotation, Rotate
from ._scale import Normalize, NormalizePad, Rescale
from ._tone import (
    AutoContrast,
    Equalize,
    Invert,
    Posterize,
    RandomAutoContrast,
    RandomEqualize,
    RandomInvert,
    RandomPosterize,
    RandomSolarize,
    Solarize,
)
from .utils import (
    AutoAugmentPolicy,
    Border,
    ConvertMode,
    ImageBatchFormat,
    Inter,
    SliceMode,
)

__all__ = [
    "AdjustBrightness",
    "AdjustContrast",
    "AdjustHue",
    "AdjustSaturation",
    "AdjustSharpness",
    "AutoAugment",
    "AutoAugmentPolicy",
    "AutoContrast",
    "Border",
    "CenterCrop",
    "ConvertColor",
    "ConvertMode",
    "Crop",
    "CutMixBatch",
    "CutOut",
    "Decode",
    "Equalize",
    "Erase",
    "FiveCrop",
    "GaussianBlur",
    "Grayscale",
    "HWC2CHW",
    "HorizontalFlip",
    "ImageBatchFormat",
    "Inter",
    "Invert",
    "MixUp",
    "MixUpBatch",
    "Normalize",
    "NormalizePad",
    "Pad",
    "PadToSize",
    "Posterize",
    "RandAugment",
    "RandomAffine",
    "RandomAutoContrast",
    "RandomColor",
    "RandomColorAdjust",
    "RandomCrop",
    "RandomCropDecodeResize",
    "RandomEqualize",
    "RandomErasing",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomInvert",
    "RandomPosterize",
    "RandomResize",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomSelectSubpolicy",
    "RandomSharpness",
    "RandomSolarize",
    "RandomVerticalFlip",
    "Rescale",
    "Resize",
    "ResizedCrop",
    "Rotate",
    "SliceMode",
    "SlicePatches",
    "Solarize",
    "TenCrop",
    "ToNumpy",
    "ToPIL",
    "ToTensor",
    "ToType",
    "UniformAugment",
    "VerticalFlip",
]
