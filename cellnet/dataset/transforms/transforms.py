"""The 2.x submodule of cellnet.dataset.transforms."""

from ._compose import Compose
from ._one_hot import OneHot
from ._type_cast import TypeCast

__all__ = ["Compose", "OneHot", "TypeCast"]
