"""The r1.0 Python-side spelling of cellnet.dataset.vision: images here are CHW."""

from __future__ import annotations

from collections.abc import Sequence

from ._layout import HWC2CHW, ToTensor
from ._resize import Resize
from ._scale import Normalize as _Normalize
from .utils import Inter

__all__ = ["HWC2CHW", "Inter", "Normalize", "Resize", "ToTensor"]


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
