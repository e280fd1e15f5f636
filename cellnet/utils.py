"""Tensors to and from other libraries (mindspore.utils)."""

from cellnet.common._dlpack import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
