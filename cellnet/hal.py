"""Devices and their memory (mindspore.hal), as far as JAX tells of them.

``device_target`` is "CPU", "GPU", "TPU" or "Ascend", or None for the device in use.
"Ascend" means here what it means to ``set_context``: the best device that JAX has.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax

from cellnet import runtime
from cellnet._checks import check_choice, check_int
from cellnet._event import Event
from cellnet._stream import Stream, StreamCtx, current_stream, default_stream
from cellnet.runtime import empty_cache, synchronize

__all__ = [
    "DeviceProperties",
    "Event",
    "Stream",
    "StreamCtx",
    "current_stream",
    "default_stream",
    "device_count",
    "empty_cache",
    "get_device_capability",
    "get_device_name",
    "get_device_properties",
    "is_available",
    "is_initialized",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "memory_summary",
    "reset_max_memory_allocated",
    "reset_max_memory_reserved",
    "reset_peak_memory_stats",
    "synchronize",
]

_TARGETS = ("CPU", "GPU", "TPU", "Ascend")


class DeviceProperties(NamedTuple):
    """What JAX knows of a GPU or TPU; None stands for what it does not tell."""

    name: str
    major: int | None
    minor: int | None
    multi_processor_count: int | None
    total_memory: int | None  # bytes that JAX may use


def is_available(device_target: str) -> bool:
    """Whether JAX has such a device (mindspore.hal.is_available).

    Raises:
        ValueError: another target.
    """
    check_choice("is_available", "device_target", device_target, _TARGETS)
    return device_target != "Ascend" and bool(_of(device_target))


def is_initialized(device_target: str) -> bool:
    """The same: JAX sets up all its devices when it is first asked.

    Raises:
        ValueError: another target.
    """
    return is_available(device_target)


def device_count(device_target: str | None = None) -> int:
    """How many devices of a kind there are.

    Raises:
        ValueError: another target, or one that is not here.
    """
    return len(_devices("device_count", device_target))


def get_device_name(device_id: int, device_target: str | None = None) -> str:
    """The name of a device, "CPU" for a CPU.

    Raises:
        TypeError: ``device_id`` is no int.
        ValueError: there is no such device.
    """
    return _name(_device("get_device_name", device_id, device_target))


def get_device_capability(
    device_id: int, device_target: str | None = None
) -> tuple[int, int] | None:
    """The compute capability (major, minor) of an NVIDIA GPU, None for other devices.

    Raises: as ``get_device_name``.
    """
    return _capability(_device("get_device_capability", device_id, device_target))


def get_device_properties(
    device_id: int, device_target: str | None = None
) -> DeviceProperties | None:
    """What JAX knows of a GPU or TPU, None for a CPU.

    Raises: as ``get_device_name``.
    """
    device = _device("get_device_properties", device_id, device_target)
    if device.platform == "cpu":
        return None
    major, minor = _capability(device) or (None, None)
    cores = getattr(device, "core_count", None)
    total = (device.memory_stats() or {}).get("bytes_limit")
    return DeviceProperties(_name(device), major, minor, cores, total)


def memory_stats(device_target: str | None = None) -> dict[str, Any]:
    """As ``runtime.memory_stats``, of a kind of device.

    Raises:
        ValueError: another target, or one that is not here.
    """
    return runtime.stats_of(_device("memory_stats", None, device_target))


def memory_allocated(device_target: str | None = None) -> int:
    """Bytes in use; 0 for a CPU."""
    return memory_stats(device_target)["total_allocated_memory"]


def max_memory_allocated(device_target: str | None = None) -> int:
    """The most bytes that were in use; 0 for a CPU."""
    return memory_stats(device_target)["max_allocated_memory"]


def memory_reserved(device_target: str | None = None) -> int:
    """Bytes that JAX holds; 0 for a CPU."""
    return memory_stats(device_target)["total_reserved_memory"]


def max_memory_reserved(device_target: str | None = None) -> int:
    """The most bytes that JAX held; 0 for a CPU."""
    return memory_stats(device_target)["max_reserved_memory"]


def memory_summary(device_target: str | None = None) -> str:
    """``memory_stats`` as a table."""
    return runtime.table_of(memory_stats(device_target))


def reset_peak_memory_stats(device_target: str | None = None) -> None:
    """As ``runtime.reset_peak_memory_stats``."""
    del device_target
    runtime.reset_peak_memory_stats()


reset_max_memory_allocated = reset_max_memory_reserved = reset_peak_memory_stats


def _of(target: str) -> list[Any]:
    try:
        return jax.local_devices(backend=None if target == "Ascend" else target.lower())
    except RuntimeError:
        return []


def _devices(owner: str, target: str | None) -> list[Any]:
    if target is None:
        return jax.local_devices(backend=runtime.device_in_use().platform)
    check_choice(owner, "device_target", target, _TARGETS)
    found = _of(target)
    if not found:
        raise ValueError(
            f"{owner}: there is no {target} here; hal.is_available tells before"
        )
    return found


def _device(owner: str, device_id: int | None, target: str | None) -> Any:
    """One by its number; with neither number nor target the one in use."""
    devices = _devices(owner, target)
    if device_id is None:
        return runtime.device_in_use() if target is None else devices[0]
    check_int(owner, "device_id", device_id, minimum=0, maximum=len(devices) - 1)
    return devices[device_id]


def _name(device: Any) -> str:
    return "CPU" if device.platform == "cpu" else device.device_kind


def _capability(device: Any) -> tuple[int, int] | None:
    told = str(getattr(device, "compute_capability", "")).split(".")
    if len(told) != 2 or not all(part.isdigit() for part in told):
        return None
    return int(told[0]), int(told[1])
