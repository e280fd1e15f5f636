"""DLPack: arrays handed between frameworks without a copy."""

from __future__ import annotations

import ctypes
from typing import Any

import jax

from cellnet.tensor import Tensor

__all__ = ["from_dlpack", "to_dlpack"]

_UNUSED = b"dltensor"  # what a capsule is called until somebody takes it over


def to_dlpack(tensor: Tensor) -> Any:
    """A Tensor as a DLPack capsule, to be taken over once by another framework.

    (mindspore.utils.dlpack.to_dlpack)

    Args:
        tensor: its buffer is shared, not copied; nobody may write into it.

    Returns:
        A PyCapsule.

    Raises:
        TypeError: no Tensor.

    Example:
        >>> from_dlpack(to_dlpack(Tensor([1.0, 2.0]))).tolist()
        [1.0, 2.0]
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"to_dlpack: expected a Tensor, got {type(tensor).__name__} ({tensor!r})"
        )
    return tensor._value.__dlpack__()


def from_dlpack(dlpack: Any) -> Tensor:
    """A Tensor of what another framework made, on the device where it is.

    (mindspore.utils.dlpack.from_dlpack)

    Args:
        dlpack: a DLPack capsule that nobody has taken over yet, or an object with
            ``__dlpack__``, such as an array of NumPy or of torch.

    Returns:
        A Tensor that shares the memory where JAX can; then nobody may write into it.
        64-bit types become 32-bit ones while ``jax_enable_x64`` is off.

    Raises:
        TypeError: neither a capsule nor such an object.
        ValueError: a capsule that was taken over already, or of something else.
    """
    if type(dlpack).__name__ == "PyCapsule":
        dlpack = _Exporter(dlpack)
    elif not hasattr(dlpack, "__dlpack__"):
        raise TypeError(
            "from_dlpack: expected a DLPack capsule or an object with __dlpack__, got "
            f"{type(dlpack).__name__} ({dlpack!r})"
        )
    return Tensor._wrap(jax.dlpack.from_dlpack(dlpack))


class _Exporter:
    """A capsule in the form that JAX takes: an object that gives it and its device."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule
        self._device = _device_of(capsule)

    def __dlpack__(self, **kwargs: Any) -> Any:
        del kwargs
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._device


class _Head(ctypes.Structure):
    """The first fields of a DLManagedTensor."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
    )


def _device_of(capsule: Any) -> tuple[int, int]:
    if not ctypes.pythonapi.PyCapsule_IsValid(ctypes.py_object(capsule), _UNUSED):
        raise ValueError(
            f"from_dlpack: {capsule!r} is no DLPack capsule that is still to be taken "
            "over; each can be used once"
        )
    pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
        ("PyCapsule_GetPointer", ctypes.pythonapi)
    )
    head = _Head.from_address(pointer(capsule, _UNUSED))
    return head.device_type, head.device_id
