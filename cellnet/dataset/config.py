"""Settings shared by all datasets (mindspore.dataset.config).

The seed is the only one that changes what is read. Each call of `set_seed` starts a new
stream of passes: every dataset begins again at its first pass under that seed.
"""

from __future__ import annotations

import os
from typing import Any

from ._checks import INT32_MAX

__all__ = [
    "get_num_parallel_workers",
    "get_prefetch_size",
    "get_seed",
    "set_num_parallel_workers",
    "set_prefetch_size",
    "set_seed",
]

DEFAULT_SEED = 5489  # what MindSpore's get_seed says when nobody has set one
UINT32_MAX = 2**32 - 1
MAX_DEFAULT_WORKERS = 8


class _Settings:
    def __init__(self) -> None:
        self.seed: int | None = None
        self.seed_generation = 0  # counts set_seed calls
        self.num_parallel_workers = min(MAX_DEFAULT_WORKERS, os.cpu_count() or 1)
        self.prefetch_size = 16


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
    """Set the default number of reading threads, 1 or more. A hint only."""
    _settings.num_parallel_workers = _whole("num", num, 1, INT32_MAX)


def get_num_parallel_workers() -> int:
    """The default number of reading threads."""
    return _settings.num_parallel_workers


def set_prefetch_size(size: int) -> None:
    """Set how many rows may wait between two verbs, 1 or more. A hint only."""
    _settings.prefetch_size = _whole("size", size, 1, INT32_MAX)


def get_prefetch_size() -> int:
    """How many rows may wait between two verbs."""
    return _settings.prefetch_size
