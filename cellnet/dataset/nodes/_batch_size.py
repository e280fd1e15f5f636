"""How many rows a batch takes: a number, or what a user's function says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from .._checks import check_int
from ._node import Item


class BatchInfo:
    """What a per_batch_map or a batch_size is told: which batch of which pass it is."""

    def __init__(self, batch_num: int, epoch_num: int) -> None:
        self._batch_num = batch_num
        self._epoch_num = epoch_num

    def get_batch_num(self) -> int:
        """The batch's number in its pass, from 0."""
        return self._batch_num

    def get_epoch_num(self) -> int:
        """The pass's number, from 0."""
        return self._epoch_num


class BatchSize:
    """How many rows each batch takes: always the same, or as a function says.

    Args: size: an int, or f(BatchInfo) that gives one.
    """

    def __init__(self, owner: str, size: int | Callable[[BatchInfo], int]) -> None:
        self.owner = owner
        self.size_of = size if callable(size) else None
        self.fixed = -1 if callable(size) else check_int(owner, "batch_size", size, 1)

    def of(self, info: BatchInfo) -> int:
        """The rows of one batch; RuntimeError where the function gives no such int."""
        if self.size_of is None:
            return self.fixed
        try:
            found = self.size_of(info)
            return check_int(self.owner, "what batch_size gives", found, 1)
        except Exception as error:
            raise RuntimeError(
                f"{self.owner}: batch_size failed for batch {info.get_batch_num()}: "
                f"{type(error).__name__}: {error}"
            ) from error

    def groups(
        self, items: Iterator[Item], drop_remainder: bool, epoch: int
    ) -> Iterator[list[Item]]:
        """The items in lists, batch after batch."""
        for number, first in enumerate(items):
            size = self.of(BatchInfo(number, epoch))
            group = [first, *islice(items, size - 1)]
            if len(group) == size or not drop_remainder:
                yield group

    def batches(self, rows: int, drop_remainder: bool) -> int:
        """How many batches `rows` rows make."""
        if self.size_of is not None:
            numbers = iter(range(rows))
            return sum(1 for _ in self.groups(numbers, drop_remainder, epoch=0))
        return rows // self.fixed + (rows % self.fixed > 0 and not drop_remainder)

    def __repr__(self) -> str:
        return "f(info)" if self.size_of else str(self.fixed)
