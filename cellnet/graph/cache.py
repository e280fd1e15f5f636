"""The cache of compiled programs on disk, on by default.

A second start of the same program loads what the first one compiled.  The folder is
``$CELLNET_CACHE``, else ``cellnet/xla`` in the user's cache folder; the switch is
``CELLNET_CACHE=off`` or JAX's own ``jax_compilation_cache_dir`` setting.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jax
from jax.experimental.compilation_cache import compilation_cache

# the oldest programs go when the folder has more; not left to JAX's own limit, whose
# lock makes every program wait for one that is suspended
MAX_BYTES = 2**30
# single operations that compile faster than this are compiled again rather than read;
# Cells, jitted functions and sunk loops are kept in any case
MIN_COMPILE_S = 0.1
_THRESHOLD = "jax_persistent_cache_min_compile_time_secs"
_OFF = ("off", "0", "no", "false")


def cache_folder() -> Path | None:
    """The folder of compiled programs, None when the cache is off."""
    chosen = os.environ.get("CELLNET_CACHE")
    if chosen is not None:
        return None if chosen.lower() in _OFF else Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "cellnet" / "xla"


def use_cache() -> None:
    """Let JAX use the folder, unless the user set a cache of their own."""
    folder = cache_folder()
    if folder is None or jax.config.jax_compilation_cache_dir is not None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _prune(folder)
    except OSError:
        return  # a home that cannot be written: compile every time
    settings = {
        "jax_compilation_cache_dir": str(folder),
        _THRESHOLD: MIN_COMPILE_S,
        "jax_persistent_cache_min_entry_size_bytes": 0,
    }
    for name, value in settings.items():
        jax.config.update(name, value)
    # JAX settles on a folder at its first compilation, which may have been before
    compilation_cache.reset_cache()


@contextmanager
def keeping() -> Iterator[None]:
    """Keep what is compiled inside however quickly that goes."""
    before = getattr(jax.config, _THRESHOLD)
    jax.config.update(_THRESHOLD, 0)
    try:
        yield
    finally:
        jax.config.update(_THRESHOLD, before)


def _prune(folder: Path) -> None:
    """Delete the programs that were written longest ago beyond ``MAX_BYTES``."""
    files = [(entry.stat(), entry.path) for entry in os.scandir(folder)]
    excess = sum(stat.st_size for stat, _ in files) - MAX_BYTES
    for stat, path in sorted(files, key=lambda item: item[0].st_mtime):
        if excess <= 0:
            return
        Path(path).unlink(missing_ok=True)  # another process may prune too
        excess -= stat.st_size
