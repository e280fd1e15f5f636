"""Which pass over the data comes next, and where its random numbers come from.

A pass is one trip through a dataset (an epoch). Every random choice in it comes from a
generator made of (seed, pass number, node number), so that a pass can be replayed
without those before it. Only `Stream` counts passes; nodes are told which pass to give.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from . import config
from ._checks import INT64_MAX, check_int

Item = TypeVar("Item")

# An endless repeat gives its rounds numbers of their own, far from any other pass's.
ENDLESS_ROUNDS = 2**32


@dataclass(frozen=True)
class Pass:
    """One trip through the data: `number` counts from 0 under `seed`.

    `outer` is the number of the user's own pass, where this is a round of a repeat.
    """

    seed: int
    number: int
    outer: int | None = None

    @property
    def epoch(self) -> int:
        """The number of the user's pass."""
        return self.number if self.outer is None else self.outer

    def generator(self, *key: int) -> np.random.Generator:
        """Random numbers of the holder of `key` (a node number, then finer keys)."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(self.number, *key))
        return np.random.Generator(np.random.Philox(sequence))

    def round(self, index: int, count: int | None) -> Pass:
        """Round `index` of a repeat: repeat(2) gives pass 0 and 1, then 2 and 3."""
        number = self.number * (count or ENDLESS_ROUNDS) + index
        return Pass(self.seed, number, self.epoch)


# The items of a pass, all but the first so many.
ItemsOf = Callable[[Pass, int], Iterator[Item]]


class Stream:
    """A place in a dataset's sequence of passes.

    `pass_number` and `position` (rows or batches already given of that pass) are all
    that is needed to go on later from the same place.
    """

    def __init__(self, seed: int, pass_number: int = 0, position: int = 0) -> None:
        self.seed = seed
        self.pass_number = pass_number
        self.position = position
        self._started = False

    def state(self) -> dict[str, int]:
        """For JSON; `of_state` is its inverse."""
        return {
            "seed": self.seed,
            "pass_number": self.pass_number,
            "position": self.position,
        }

    @classmethod
    def of_state(cls, state: Any) -> Stream:
        """A stream that goes on where `state` was taken."""
        try:
            numbers = [state[n] for n in ("seed", "pass_number", "position")]
            return cls(*(check_int("", "", n, 0, INT64_MAX) for n in numbers))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"restore: expected seed, pass_number and position, got {state!r}."
            ) from error

    def copy(self) -> Stream:
        """Another one at the same place."""
        other = Stream(self.seed, self.pass_number, self.position)
        other._started = self._started
        return other

    def left_at(self, state: dict[str, int]) -> Stream:
        """One whose pass was left at `state`: what it opens next is the pass after."""
        other = Stream.of_state(state)
        other._started = other.position > 0
        return other

    def open(self, items_of: ItemsOf[Item]) -> Iterator[Item]:
        """The items of the next pass (or what is left of it), counted as they go."""
        if self._started:  # the pass before was left half read
            self.pass_number += 1
            self.position = 0
        self._started = True
        return self._counted(items_of, Pass(self.seed, self.pass_number), self.position)

    def _counted(
        self, items_of: ItemsOf[Item], current: Pass, start: int
    ) -> Iterator[Item]:
        empty = True
        for item in items_of(current, start):
            empty = False
            if self._reads(current):
                self.position += 1
            yield item
        if self._reads(current):
            self.pass_number += 1
            self.position = 0
            self._started = False
            if empty and start:  # it stood at the end of a pass
                yield from self.open(items_of)

    def _reads(self, current: Pass) -> bool:
        """Whether nobody has opened another pass since."""
        return self._started and current.number == self.pass_number


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


class Reader:
    """Reads pass after pass ahead of what is used of it.

    The dataset stands where `settle` last put it, however far this one has read.
    """

    def __init__(self, keeper: StreamKeeper) -> None:
        self._keeper = keeper
        self._stream = keeper.current().copy()
        self._generation = config.chosen_seed()[1]

    def open(self, items_of: ItemsOf[Item]) -> Iterator[Item]:
        """The items of the next pass."""
        return self._stream.open(items_of)

    def state(self) -> dict[str, int]:
        """The place after what was read so far."""
        return self._stream.state()

    def settle(self, state: dict[str, int]) -> None:
        """Say that what was read up to `state` has been used."""
        if config.chosen_seed()[1] == self._generation:  # else all begins anew
            self._keeper.replace(self._stream.left_at(state))
