"""shuffle: a buffer of items from which each next one is drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from .._checks import check_int
from .._passes import Pass
from ._node import Item, Node, OrderNode

DRAWS_AT_ONCE = 4096  # one call of the generator costs as much as a thousand draws


def shuffled(
    items: Iterator[Item], buffer_size: int, generator: np.random.Generator
) -> Iterator[Item]:
    """Each item leaves the buffer at random and the next one takes its slot.

    With buffer_size >= the number of items this is a uniform permutation.
    """
    buffer = list(islice(items, buffer_size))
    slots = _slots(buffer_size, generator)
    for item in items:
        slot = next(slots)
        yield buffer[slot]
        buffer[slot] = item
    for slot in generator.permutation(len(buffer)).tolist():
        yield buffer[slot]


def _slots(buffer_size: int, generator: np.random.Generator) -> Iterator[int]:
    while True:
        yield from generator.integers(buffer_size, size=DRAWS_AT_ONCE).tolist()


class ShuffleNode(OrderNode):
    """Items in random order, another one in each pass."""

    def __init__(self, upstream: Node, buffer_size: int) -> None:
        super().__init__(upstream)
        self.buffer_size = check_int("shuffle", "buffer_size", buffer_size, 2)

    def reorder(
        self, open_upstream: Callable[[Pass], Iterator[Item]], current: Pass
    ) -> Iterator[Item]:
        generator = current.generator(self.number)
        return shuffled(iter(open_upstream(current)), self.buffer_size, generator)

    def size(self) -> int:
        return self.upstream[0].size()

    def __repr__(self) -> str:
        return f"shuffle({self.buffer_size})"
