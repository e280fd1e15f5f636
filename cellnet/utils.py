"""Tensors to and from other libraries, by DLPack (mindspore.utils)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import runtime
from cellnet._checks import check_type
from cellnet.tensor import Tensor

__all__ = ["from_dlpack", "to_dlpack"]

_CPU, _CUDA, _ROCM = 1, 2, 10  # of DLPack's DLDeviceType


def to_dlpack(tensor: Tensor) -> Any:
    """A DLPack capsule of a Tensor, whose memory it shares (mindspore.utils).

    It can be consumed once. Whoever takes it must not write to it.

    Raises:
        TypeError: no Tensor.

    Example:
        >>> from cellnet import Tensor
        >>> from_dlpack(to_dlpack(Tensor([1.0, 2.0]))).asnumpy().tolist()
        [1.0, 2.0]
    """
    check_type("to_dlpack", "tensor", tensor, Tensor)
    return tensor._value.__dlpack__()


def from_dlpack(dlpack: Any) -> Tensor:
    """The Tensor of a DLPack capsule, or of an array that can give one.

    Args:
        dlpack: a capsule, taken to be on the device in use, or an array of NumPy,
            PyTorch or another library.

    Raises:
        RuntimeError: neither, or a capsule that was consumed.
    """
    array = dlpack if hasattr(dlpack, "__dlpack__") else _Capsule(dlpack)
    if isinstance(array, _Capsule) and '"dltensor"' not in repr(dlpack):
        raise RuntimeError(
            "from_dlpack: expected a DLPack capsule that nobody consumed, got "
            f"{dlpack!r}"
        )
    # a copy: who made the array may write to it afterwards
    return Tensor._wrap(jnp.array(jnp.from_dlpack(array), copy=True))


class _Capsule:
    """A capsule in the form of an array, which is what JAX takes."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        del options
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        device = runtime.device_in_use()
        if device.platform == "cpu":
            return _CPU, 0
        kind = _ROCM if "rocm" in device.client.platform_version.lower() else _CUDA
        return kind, device.id
