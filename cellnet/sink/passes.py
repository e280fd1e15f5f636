"""Batches of pass after pass, cut into the groups that become chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax

# lengths of chunks that are taken as they come, before they are cut evenly
_ODD_LENGTHS = 4


State = dict[str, int]


@dataclass(frozen=True)
class Batch:
    """A batch, or its row numbers.

    Attributes:
        columns: its arrays, in any tree.
        state: the position of the data after it, to go on from.
    """

    columns: Any
    state: State

    @cached_property
    def shape(self) -> Any:
        """Shapes and dtypes; equal ones can be stacked."""
        leaves, tree = jax.tree.flatten(self.columns)
        return tree, tuple((leaf.shape, leaf.dtype) for leaf in leaves)


class Passes:
    """Batches of pass after pass over a data set.

    Args:
        open_pass: starts the next pass.
        state: the position after the batches taken so far.
    """

    def __init__(
        self, open_pass: Callable[[], Iterator[Any]], state: Callable[[], State]
    ) -> None:
        self._open_pass = open_pass
        self._state = state
        self._current: Iterator[Batch] | None = None

    def take(self, count: int | None) -> Iterator[Batch]:
        """The next ``count`` batches, or those of one whole pass if None.

        Raises:
            RuntimeError: a pass gives no batch at all.
        """
        if count is None:
            yield from self._nonempty()
            return
        for _ in range(count):
            if self._current is None:
                self._current = self._nonempty()
            try:
                yield next(self._current)
            except StopIteration:
                self._current = self._nonempty()
                yield next(self._current)

    def _nonempty(self) -> Iterator[Batch]:
        empty = True
        for columns in self._open_pass():
            empty = False
            yield Batch(columns, self._state())
        if empty:
            raise RuntimeError(
                "the data set gave no batch in a pass: it is empty, smaller than one "
                "batch with drop_remainder=True, or an iterator that was used up"
            )


class Groups:
    """Cuts batches into the groups that become chunks: of one shape, of few lengths.

    Every length is a loop of its own to compile, so after some odd ones (where a pass
    ends in the middle of a sink) a group is cut into powers of two.
    """

    def __init__(self) -> None:
        self._lengths: dict[Any, set[int]] = {}

    def __call__(
        self, batches: Iterator[Batch], limit: Callable[[Any], int]
    ) -> Iterator[list[Batch]]:
        """Groups of at most ``limit(columns)``; state is kept from sink to sink."""
        group: list[Batch] = []
        for batch in batches:
            if group and batch.shape != group[0].shape:
                yield from self._cut(group)
                group = []
            group.append(batch)
            # cut before the next batch is waited for
            if len(group) >= limit(group[0].columns):
                yield from self._cut(group)
                group = []
        yield from self._cut(group)

    def _cut(self, group: list[Batch]) -> Iterator[list[Batch]]:
        while group:
            lengths = self._lengths.setdefault(group[0].shape, set())
            length = len(group)
            if length not in lengths and len(lengths) >= _ODD_LENGTHS:
                length = 1 << (length.bit_length() - 1)
            lengths.add(length)
            yield group[:length]
            group = group[length:]


def even(size: int, most: int) -> int:
    """Length of chunks such that ``size`` steps need as few lengths as can be."""
    count = -(-size // most)
    return -(-size // count)
