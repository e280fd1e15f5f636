"""The compile ledger: which programs were compiled, how long it took, and why.

Every program that XLA compiles for a Cell, a jitted function or a sunk loop is one
entry, and one INFO line.  ``cellnet.graph.ledger()`` gives the entries.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax
from jax import monitoring

from cellnet.graph.cache import keeping

logger = logging.getLogger("cellnet")

_HIT = "/jax/compilation_cache/cache_hits"
_MISS = "/jax/compilation_cache/cache_misses"
# entries kept; a program that compiles more than that has another problem
_MAX_ENTRIES = 10_000


@dataclass(frozen=True)
class Entry:
    """One compiled program.

    Attributes:
        function: the Cell or function.
        form: "call", or "sink of n steps".
        trace_s: seconds to trace it; 0 where an earlier trace served.
        compile_s: seconds from there to the first result being under way.
        cache: "hit" or "miss" of the cache on disk; "held" where JAX had the program
            in memory; "off" without a cache.
        cause: why it is a new program.
    """

    function: str
    form: str
    trace_s: float
    compile_s: float
    cache: str
    cause: str

    def __str__(self) -> str:
        seconds = self.trace_s + self.compile_s
        return (
            f"compiled {self.function} ({self.form}) in {seconds:.2f} s, "
            f"cache {self.cache}: {self.cause}"
        )


class _Ledger:
    """The entries, and what JAX's compiler says while one is being made."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.lock = threading.Lock()
        self.listening = False

    def listen(self) -> None:
        with self.lock:
            if not self.listening:
                self.listening = True
                monitoring.register_event_listener(_on_event)


class _Events(threading.local):
    """Cache events of this thread while a program is compiled."""

    names: list[str] | None = None


_ledger = _Ledger()
_events = _Events()


def _on_event(name: str, **_: Any) -> None:
    if _events.names is not None and name in (_HIT, _MISS):
        _events.names.append(name)


def ledger() -> list[Entry]:
    """The programs compiled so far in this process, oldest first."""
    return list(_ledger.entries)


@contextmanager
def compiling(function: str, form: str, trace_s: float, cause: str) -> Iterator[None]:
    """Enter the first run of a program into the ledger.

    Args:
        function, form, trace_s, cause: as in :class:`Entry`.
    """
    _ledger.listen()
    outer, _events.names = _events.names, []
    begin = time.perf_counter()
    try:
        with keeping():
            yield
    finally:
        seen, _events.names = _events.names, outer
    cache = "off" if jax.config.jax_compilation_cache_dir is None else "held"
    for event, word in ((_HIT, "hit"), (_MISS, "miss")):
        cache = word if event in seen else cache
    entry = Entry(function, form, trace_s, time.perf_counter() - begin, cache, cause)
    _ledger.entries.append(entry)
    del _ledger.entries[:-_MAX_ENTRIES]
    logger.info("%s", entry)
