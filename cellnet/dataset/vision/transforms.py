"""The 2.x submodule of cellnet.dataset.vision."""

from ._layout import HWC2CHW, ToTensor
from ._resize import Resize
from ._scale import Normalize, Rescale
from .utils import Inter

__all__ = ["HWC2CHW", "Inter", "Normalize", "Rescale", "Resize", "ToTensor"]
