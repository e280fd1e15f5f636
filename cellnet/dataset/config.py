"""Settings shared by all datasets (mindspore.dataset.config).

The seed is the only one that changes what is read. Each call of `set_seed` starts a new
stream of passes: every dataset begins again at its first pass under that seed.
"""

from __future__ import annotations

import os
from typing import Any

from ._checks import INT32_MAX

__all__ = [
    "get_auto_offload",
    "get_autotune_interval",
    "get_debug_mode",
    "get_enable_autotune",
    "get_enable_shared_mem",
    "get_num_parallel_workers",
    "get_numa_enable",
    "get_prefetch_size",
    "get_seed",
    "set_auto_offload",
    "set_autotune_interval",
    "set_debug_mode",
    "set_enable_autotune",
    "set_enable_shared_mem",
    "set_num_parallel_workers",
    "set_numa_enable",
    "set_prefetch_size",
    "set_seed",
]

DEFAULT_SEED = 5489  # what MindSpore's get_seed says when nobody has set one
UINT32_MAX = 2**32 - 1
MAX_DEFAULT_WORKERS = 8
DEFAULT_PREFETCH_SIZE = 16


def num_cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Settings:
    def __init__(self) -> None:
        self.seed: int | None = None
        self.seed_generation = 0  # counts set_seed calls
        self.num_parallel_workers = min(MAX_DEFAULT_WORKERS, num_cores())
        self.prefetch_size: int | None = None
        self.autotune_interval = 0
        self.switches: dict[str, bool] = {}


_settings = _Settings()


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {value!r}.")
    if not low <= value <= high:
        raise ValueError(f"{name} must lie in [{low}, {high}], got {value}.")
    return value


def set_seed(seed: int) -> None:
    """Fix every shuffle and random sampler: same seed, same sequence of passes.

    Args: seed: int in [0, 2**32 - 1].
    Raises: TypeError: seed is no int. ValueError: seed out of range.
    Example: >>> set_seed(1)
    References: mindspore.dataset.config.set_seed.
    """
    _settings.seed = _whole("seed", seed, 0, UINT32_MAX)
    _settings.seed_generation += 1


def get_seed() -> int:
    """The seed that was set, or 5489 if none was (then shuffles differ by run)."""
    return DEFAULT_SEED if _settings.seed is None else _settings.seed


def chosen_seed() -> tuple[int | None, int]:
    """(the seed or None, the number of set_seed calls so far)."""
    return _settings.seed, _settings.seed_generation


def set_num_parallel_workers(num: int) -> None:
    """Set how many workers a verb has that is not told, 1 or more."""
    _settings.num_parallel_workers = _whole("num", num, 1, INT32_MAX)


def get_num_parallel_workers() -> int:
    """The workers of a verb that is not told: 8, or the number of cores if fewer."""
    return _settings.num_parallel_workers


def set_prefetch_size(size: int) -> None:
    """Set how many rows or batches workers may be ahead of who reads, 1 or more.

    Two tasks for each worker are the least; without this call they are all.
    """
    _settings.prefetch_size = _whole("size", size, 1, INT32_MAX)


def get_prefetch_size() -> int:
    """What set_prefetch_size was given, or MindSpore's default, 16."""
    return _settings.prefetch_size or DEFAULT_PREFETCH_SIZE


def chosen_prefetch_size() -> int | None:
    """What set_prefetch_size was given."""
    return _settings.prefetch_size


def set_autotune_interval(interval: int) -> None:
    """Set how often to tune workers, in steps; kept, without effect."""
    _settings.autotune_interval = _whole("interval", interval, 0, INT32_MAX)


def get_autotune_interval() -> int:
    """How often to tune workers, in steps; 0 is once an epoch."""
    return _settings.autotune_interval


def _switch(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}.")
    _settings.switches[name] = value


def set_auto_offload(offload: bool) -> None:
    """Ask for transforms on the device; a hint, sinking decides by itself."""
    _switch("offload", offload)


def get_auto_offload() -> bool:
    """What set_auto_offload was given."""
    return _settings.switches.get("offload", False)


def set_enable_autotune(enable: bool, filepath_prefix: str | None = None) -> None:
    """Ask for tuning of workers; kept, without effect."""
    if filepath_prefix is not None and not isinstance(filepath_prefix, str):
        raise TypeError(f"filepath_prefix must be a str, got {filepath_prefix!r}.")
    _switch("enable", enable)


def get_enable_autotune() -> bool:
    """What set_enable_autotune was given."""
    return _settings.switches.get("enable", False)


def set_enable_shared_mem(enable: bool) -> None:
    """Ask for shared memory between processes; kept, without effect."""
    _switch("shared_mem", enable)


def get_enable_shared_mem() -> bool:
    """What set_enable_shared_mem was given."""
    return _settings.switches.get("shared_mem", True)


def set_numa_enable(numa_enable: bool) -> None:
    """Ask for binding to memory nodes; kept, without effect."""
    _switch("numa_enable", numa_enable)


def get_numa_enable() -> bool:
    """What set_numa_enable was given."""
    return _settings.switches.get("numa_enable", False)


def set_debug_mode(debug_mode_flag: bool, debug_hook_list: Any = None) -> None:
    """Read without any workers; hooks are refused."""
    if debug_hook_list:
        raise ValueError("debug_hook_list is not supported. Leave it out.")
    _switch("debug_mode", debug_mode_flag)


def get_debug_mode() -> bool:
    """What set_debug_mode was given."""
    return _settings.switches.get("debug_mode", False)
