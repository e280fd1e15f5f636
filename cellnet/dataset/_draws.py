"""Where random transforms take their numbers from.

What is drawn for a sample follows from the seed, the pass, the node and the sample's
place alone, whoever computes it and in which order. Transforms that say how many
uniform numbers they need (`RandomTransform`) get them from tables of `BLOCK` samples:
making a generator takes as long as drawing for a thousand samples. Others get a
generator for each sample. A transform called by hand draws from one stream for the
process, begun anew by `config.set_seed`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import numpy as np

from . import config
from ._passes import Pass

BLOCK = 256  # samples whose numbers are drawn together


class _Current(threading.local):
    def __init__(self) -> None:
        self.place: tuple[Pass, int, int] | None = None
        self.generator: np.random.Generator | None = None
        self.by_hand: tuple[int, np.random.Generator] | None = None


_current = _Current()


@contextmanager
def drawing_from(current: Pass, node: int, place: int) -> Iterator[None]:
    """Let random transforms of this thread draw for sample `place` of a node's pass."""
    before = _current.place, _current.generator
    _current.place, _current.generator = (current, node, place), None
    try:
        yield
    finally:
        _current.place, _current.generator = before


def generator() -> np.random.Generator:
    """The generator that a random transform draws from now."""
    if _current.place is not None:
        if _current.generator is None:
            current, node, place = _current.place
            _current.generator = current.generator(node, place)
        return _current.generator
    seed, generation = config.chosen_seed()
    if _current.by_hand is None or _current.by_hand[0] != generation:
        _current.by_hand = generation, np.random.default_rng(seed)
    return _current.by_hand[1]


def uniforms(count: int) -> np.ndarray:
    """The numbers in [0, 1) of the sample that is computed now, float64 (count,)."""
    if _current.place is None:
        return generator().random(count)
    current, node, place = _current.place
    return table(current, node, place // BLOCK, count)[place % BLOCK]


@lru_cache(maxsize=64)
def table(current: Pass, node: int, block: int, count: int) -> np.ndarray:
    """The numbers of samples BLOCK * block and on, float64 (BLOCK, count)."""
    return current.generator(node, 0, block).random((BLOCK, count))
