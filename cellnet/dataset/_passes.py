"""Which pass over the data comes next, and where its random numbers come from.

A pass is one trip through a dataset (an epoch). Every random choice in it comes from a
generator made of (seed, pass number, node number), so that a pass can be replayed
without those before it. Only `Stream` counts passes; nodes are told which pass to give.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import numpy as np

from . import config

# An endless repeat gives its rounds numbers of their own, far from any other pass's.
ENDLESS_ROUNDS = 2**32


@dataclass(frozen=True)
class Pass:
    """One trip through the data: `number` counts from 0 under `seed`."""

    seed: int
    number: int

    def generator(self, *key: int) -> np.random.Generator:
        """Random numbers of the holder of `key` (a node number, then finer keys)."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(self.number, *key))
        return np.random.Generator(np.random.Philox(sequence))

    def round(self, index: int, count: int | None) -> Pass:
        """Round `index` of a repeat: repeat(2) gives pass 0 and 1, then 2 and 3."""
        return Pass(self.seed, self.number * (count or ENDLESS_ROUNDS) + index)


class Stream:
    """The place of one dataset in its sequence of passes.

    `pass_number` and `position` (rows or batches already given of that pass) are all
    that is needed to go on later from the same place.
    """

    def __init__(self, seed: int, pass_number: int = 0, position: int = 0) -> None:
        self.seed = seed
        self.pass_number = pass_number
        self.position = position
        self._started = False

    def begin(self) -> tuple[Pass, int]:
        """Start the next pass; gives it and how many of its items to pass over."""
        if self._started:  # the pass before was left half read
            self.pass_number += 1
            self.position = 0
        self._started = True
        return Pass(self.seed, self.pass_number), self.position

    def advance(self, current: Pass) -> None:
        if self._started and current.number == self.pass_number:
            self.position += 1

    def finish(self, current: Pass) -> None:
        if self._started and current.number == self.pass_number:
            self.pass_number += 1
            self.position = 0
            self._started = False


class StreamKeeper:
    """Holds a dataset's stream and renews it after each `config.set_seed`."""

    def __init__(self) -> None:
        self._stream: Stream | None = None
        self._generation = 0

    def current(self) -> Stream:
        seed, generation = config.chosen_seed()
        if self._stream is None or self._generation != generation:
            self.replace(Stream(secrets.randbits(32) if seed is None else seed))
        assert self._stream is not None
        return self._stream

    def replace(self, stream: Stream) -> None:
        self._stream = stream
        self._generation = config.chosen_seed()[1]
