"""The r1.0 spelling of cellnet.dataset.vision."""

from ._layout import HWC2CHW
from ._resize import Resize
from ._scale import Normalize, Rescale
from .utils import Inter

__all__ = ["HWC2CHW", "Inter", "Normalize", "Rescale", "Resize"]
