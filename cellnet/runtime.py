"""Memory and progress of the device (mindspore.runtime), as far as JAX tells."""

from __future__ import annotations

import logging
from typing import Any

import jax

from cellnet import context
from cellnet._event import Event
from cellnet._stream import Stream, StreamCtx, current_stream, default_stream

__all__ = [
    "Event",
    "Stream",
    "StreamCtx",
    "current_stream",
    "default_stream",
    "dispatch_threads_num",
    "empty_cache",
    "launch_blocking",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "memory_summary",
    "reset_max_memory_allocated",
    "reset_max_memory_reserved",
    "reset_peak_memory_stats",
    "set_cpu_affinity",
    "set_memory",
    "synchronize",
]

logger = logging.getLogger("cellnet")

_SUMMARY_WIDTH = 45
_SUMMARY_ROWS = {
    "Reserved memory": "total_reserved_memory",
    "Allocated memory": "total_allocated_memory",
    "Idle memory": "total_idle_memory",
    "Eager free memory": "total_eager_free_memory",
    "Max reserved memory": "max_reserved_memory",
    "Max allocated memory": "max_allocated_memory",
}


def set_memory(
    init_size: str = "2GB",
    increase_size: str = "2GB",
    max_size: str = "1024GB",
    optimize_level: str = "O0",
    huge_page_reserve_size: str = "0GB",
) -> None:
    """Accepted: JAX sets up its memory by XLA_PYTHON_CLIENT_MEM_FRACTION and the like,
    before the first use of the device."""
    del init_size, increase_size, max_size, optimize_level, huge_page_reserve_size
    context._context.say_once("set_memory", "runtime.set_memory has no effect")


def launch_blocking() -> None:
    """Accepted: see ``synchronize``."""


def dispatch_threads_num(threads_num: int) -> None:
    """Accepted: XLA has its own threads."""
    del threads_num


def set_cpu_affinity(enable_affinity: bool, **options: Any) -> None:
    """Accepted: the operating system places threads."""
    del enable_affinity, options


def empty_cache() -> None:
    """Nothing to do: freed buffers are used again."""


def synchronize() -> None:
    """Wait until all values that the program holds have been computed."""
    jax.effects_barrier()
    default_stream().synchronize()


def memory_stats() -> dict[str, Any]:
    """The device's memory, in bytes (mindspore.runtime.memory_stats).

    Returns:
        MindSpore's ``total_reserved_memory``, ``total_allocated_memory``,
        ``total_idle_memory``, ``total_eager_free_memory``, ``max_reserved_memory`` and
        ``max_allocated_memory``, 0 where the device does not tell, as on a CPU; and
        what JAX says of it under its own names.
    """
    return stats_of(device_in_use())


def stats_of(device: Any) -> dict[str, Any]:
    """``memory_stats`` of one of JAX's devices."""
    told = dict(device.memory_stats() or {})
    used, peak = told.get("bytes_in_use", 0), told.get("peak_bytes_in_use", 0)
    held = told.get("pool_bytes", used)
    return {
        "total_reserved_memory": held,
        "total_allocated_memory": used,
        "total_idle_memory": held - used,
        "total_eager_free_memory": 0,
        "max_reserved_memory": told.get("peak_pool_bytes", peak),
        "max_allocated_memory": peak,
        **told,
    }


def memory_allocated() -> int:
    """Bytes in use; 0 where the device does not tell."""
    return memory_stats()["total_allocated_memory"]


def max_memory_allocated() -> int:
    """The most bytes that were in use; 0 where the device does not tell."""
    return memory_stats()["max_allocated_memory"]


def memory_reserved() -> int:
    """Bytes that JAX holds; 0 where the device does not tell."""
    return memory_stats()["total_reserved_memory"]


def max_memory_reserved() -> int:
    """The most bytes that JAX held; 0 where the device does not tell."""
    return memory_stats()["max_reserved_memory"]


def memory_summary() -> str:
    """``memory_stats`` as a table."""
    return table_of(memory_stats())


def table_of(stats: dict[str, Any]) -> str:
    """What ``memory_stats`` gave, as a table."""
    rows = [("Metric", "Data")]
    rows += [(name, _size(stats[key])) for name, key in _SUMMARY_ROWS.items()]
    thick, thin = "=" * _SUMMARY_WIDTH, "-" * _SUMMARY_WIDTH
    lines = [thick, f"{'Memory summary':^{_SUMMARY_WIDTH}}", thick]
    for name, data in rows:
        lines += [f" {name:<20} | {data:<20} ", thin]
    lines[-1] = thick
    return "".join(f"|{line}|\n" for line in lines)


def _size(count: int) -> str:
    """Bytes in the largest unit that keeps three digits."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 768 * 1024:
            return f"{count:6d} {unit}"
        count //= 1024
    return f"{count:6d} TB"


def reset_peak_memory_stats() -> None:
    """Without effect, and says so but on a CPU: JAX keeps the peak of the process."""
    if device_in_use().platform != "cpu":
        logger.warning(
            "reset_peak_memory_stats: JAX cannot forget its peak; max_memory_allocated "
            "stays that of the whole process"
        )


reset_max_memory_allocated = reset_max_memory_reserved = reset_peak_memory_stats


def device_in_use() -> Any:
    """The device that JAX puts new values on."""
    chosen = getattr(jax.config, "jax_default_device", None)
    return chosen or jax.local_devices()[0]
