"""Memory and streams of the device (mindspore.runtime), as far as JAX has them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet import context


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
    """Wait until the device has done all that it was given."""
    jax.effects_barrier()
    for device in jax.local_devices():
        jax.block_until_ready(jax.device_put(jnp.zeros(()), device))


def memory_stats() -> dict[str, Any]:
    """What JAX tells of the device's memory, in bytes; empty on a CPU."""
    return dict(_device().memory_stats() or {})


def memory_allocated() -> int:
    """Bytes in use; 0 where the device does not tell."""
    return memory_stats().get("bytes_in_use", 0)


def max_memory_allocated() -> int:
    """The most bytes that were in use; 0 where the device does not tell."""
    return memory_stats().get("peak_bytes_in_use", 0)


def memory_reserved() -> int:
    """Bytes that JAX holds; 0 where the device does not tell."""
    return memory_stats().get("pool_bytes", memory_allocated())


def max_memory_reserved() -> int:
    """The most bytes that JAX held; 0 where the device does not tell."""
    return memory_stats().get("peak_pool_bytes", max_memory_allocated())


def _device() -> Any:
    chosen = getattr(jax.config, "jax_default_device", None)
    return chosen or jax.local_devices()[0]
