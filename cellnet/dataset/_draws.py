"""Where random transforms take their numbers from.

A pipeline gives each sample of each pass a generator of its own (`drawing_from`), so
that what is drawn follows from the seed and the sample's place alone, whoever computes
it and in which order. A transform called by hand draws from one stream for the process,
begun anew by `config.set_seed`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from . import config


class _Current(threading.local):
    def __init__(self) -> None:
        self.make: Callable[[], np.random.Generator] | None = None
        self.generator: np.random.Generator | None = None
        self.by_hand: tuple[int, np.random.Generator] | None = None


_current = _Current()


@contextmanager
def drawing_from(make: Callable[[], np.random.Generator]) -> Iterator[None]:
    """Let random transforms of this thread draw from `make()`, called when needed."""
    before = _current.make, _current.generator
    _current.make, _current.generator = make, None
    try:
        yield
    finally:
        _current.make, _current.generator = before


def generator() -> np.random.Generator:
    """The generator that a random transform draws from now."""
    if _current.make is not None:
        if _current.generator is None:
            _current.generator = _current.make()
        return _current.generator
    seed, generation = config.chosen_seed()
    if _current.by_hand is None or _current.by_hand[0] != generation:
        _current.by_hand = generation, np.random.default_rng(seed)
    return _current.by_hand[1]
