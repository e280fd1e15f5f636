"""Batches of pass after pass, cut into the groups that become chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

# lengths of chunks that are taken as they come, before they are cut evenly
_ODD_LENGTHS = 4


class Passes:
    """Batches of pass after pass over a data set.

    Args:
        open_pass: starts the next pass.
    """

    def __init__(self, open_pass: Callable[[], Iterator[Any]]) -> None:
        self._open_pass = open_pass
        self._current: Iterator[Any] | None = None

    def take(self, count: int | None) -> Iterator[Any]:
        """The next ``count`` batches, or those of one whole pass if None.

        Raises:
            RuntimeError: a pass gives no batch at all.
        """
        if count is None:
            yield from self._nonempty(self._open_pass())
            return
        for _ in range(count):
            if self._current is None:
                self._current = self._nonempty(self._open_pass())
            try:
                yield next(self._current)
            except StopIteration:
                self._current = self._nonempty(self._open_pass())
                yield next(self._current)

    @staticmethod
    def _nonempty(batches: Iterator[Any]) -> Iterator[Any]:
        empty = True
        for batch in batches:
            empty = False
            yield batch
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
        self, batches: Iterator[Any], limit: Callable[[Any], int]
    ) -> Iterator[list]:
        """Groups of at most ``limit(batch)``; state is kept from sink to sink."""
        group: list[Any] = []
        for batch in batches:
            if group and _shape(batch) != _shape(group[0]):
                yield from self._cut(group)
                group = []
            group.append(batch)
            if len(group) >= limit(group[0]):  # before the next batch is waited for
                yield from self._cut(group)
                group = []
        yield from self._cut(group)

    def _cut(self, group: list[Any]) -> Iterator[list]:
        while group:
            lengths = self._lengths.setdefault(_shape(group[0]), set())
            length = len(group)
            if length not in lengths and len(lengths) >= _ODD_LENGTHS:
                length = 1 << (length.bit_length() - 1)
            lengths.add(length)
            yield group[:length]
            group = group[length:]


def _shape(batch: Any) -> Any:
    if isinstance(batch, np.ndarray | np.generic):
        return batch.shape, batch.dtype
    return tuple((column.shape, column.dtype) for column in batch)


def even(size: int, most: int) -> int:
    """Length of chunks such that ``size`` steps need as few lengths as can be."""
    count = -(-size // most)
    return -(-size // count)
