"""Choices of the vision transforms (mindspore.dataset.vision.utils)."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Inter"]


class Inter(IntEnum):
    """How a resized pixel is made from its neighbours."""

    NEAREST = 0
    ANTIALIAS = 1
    BILINEAR = LINEAR = 2
    BICUBIC = CUBIC = 3
    AREA = 4
    PILCUBIC = 5
