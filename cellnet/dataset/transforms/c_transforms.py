"""The r1.0 spelling of cellnet.dataset.transforms."""

from ._choose import RandomApply, RandomChoice
from ._compose import Compose
from ._one_hot import OneHot
from ._type_cast import TypeCast
from ._values import (
    Concatenate,
    Duplicate,
    Fill,
    Mask,
    PadEnd,
    Relational,
    Slice,
    Unique,
)

__all__ = [
    "Compose",
    "Concatenate",
    "Duplicate",
    "Fill",
    "Mask",
    "OneHot",
    "PadEnd",
    "RandomApply",
    "RandomChoice",
    "Relational",
    "Slice",
    "TypeCast",
    "Unique",
]
