"""The r1.0 Python-side spelling of cellnet.dataset.transforms."""

from ._choose import RandomApply, RandomChoice, RandomOrder
from ._compose import Compose
from ._one_hot import OneHot
from ._type_cast import TypeCast

__all__ = [
    "Compose",
    "OneHot",
    "OneHotOp",
    "RandomApply",
    "RandomChoice",
    "RandomOrder",
    "TypeCast",
]

OneHotOp = OneHot
