"""split: parts of a dataset that have no row in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, islice
from typing import Any

import numpy as np

from .._checks import check_between, check_bool, check_int
from .._passes import Pass
from ._node import Item, Node, OrderNode
from ._shuffle import ShuffleNode, shuffled
from ._source import SampledSource


class SplitNode(OrderNode):
    """Items start to stop of one fixed order, the same in each pass."""

    def __init__(
        self, upstream: Node, start: int, stop: int, mixed: bool, seed: int
    ) -> None:
        super().__init__(upstream)
        self.start, self.stop = start, stop
        self.mixed = mixed
        self.seed = seed

    def reorder(
        self, open_upstream: Callable[[Pass], Iterator[Item]], current: Pass
    ) -> Iterator[Item]:
        del current  # another order would move rows from one part to the other
        fixed = Pass(self.seed, 0)
        items = iter(open_upstream(fixed))
        if self.mixed:
            count = self.upstream[0].size()
            items = shuffled(items, count, fixed.generator(self.number))
        return islice(items, self.start, self.stop)

    def size(self) -> int:
        return self.stop - self.start

    @property
    def is_drawn(self) -> bool:
        """Whether it depends on the seed which rows are in this part."""
        return self.mixed or _draws_order(self.upstream[0])

    def __repr__(self) -> str:
        return f"split({self.start} to {self.stop})"


def split_seeds(node: Node) -> list[int]:
    """The seeds that say which rows the splits of a pipeline give."""
    seeds = [seed for upstream in node.upstream for seed in split_seeds(upstream)]
    if isinstance(node, SplitNode) and node.is_drawn:
        seeds.append(node.seed)
    return seeds


def _draws_order(node: Node) -> bool:
    if isinstance(node, ShuffleNode):
        return True
    if isinstance(node, SampledSource):
        one, other = (node.order(Pass(seed, 0)) for seed in (0, 1))
        return not np.array_equal(one, other)
    return any(map(_draws_order, node.upstream))


def split_nodes(
    upstream: Node, sizes: Any, randomize: Any, seed: int
) -> list[SplitNode]:
    """The nodes of `Dataset.split`."""
    mixed = check_bool("split", "randomize", randomize)
    parts = _part_sizes(sizes, upstream.size())
    ends = accumulate(parts)
    return [
        SplitNode(upstream, end - part, end, mixed, seed)
        for part, end in zip(parts, ends, strict=True)
    ]


def _part_sizes(sizes: Any, count: int) -> list[int]:
    """Rows of each part, from numbers of rows or from shares of 1."""
    if not isinstance(sizes, list):
        raise TypeError(f"split: sizes must be a list, got {sizes!r}.")
    if not sizes:
        raise ValueError("split: sizes must not be empty.")
    if all(isinstance(size, float) for size in sizes):
        parts = _from_shares(sizes, count)
    elif any(isinstance(size, float) for size in sizes):
        raise ValueError(f"split: sizes must be all ints or all floats, got {sizes}.")
    else:
        parts = [check_int("split", "sizes", size, 1) for size in sizes]
    if sum(parts) != count:
        raise RuntimeError(
            f"split: sizes add up to {sum(parts)}, the dataset has {count} rows."
        )
    if min(parts) == 0:
        raise RuntimeError(f"split: {sizes} leaves a part of {count} rows empty.")
    return parts


def _from_shares(shares: Sequence[float], count: int) -> list[int]:
    for share in shares:
        check_between("split", "sizes", share, 0.0, 1.0)
    if abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"split: shares must add up to 1, got {sum(shares)}.")
    parts = [round(share * count) for share in shares]
    missing = count - sum(parts)
    for place in range(len(parts)):
        if missing and parts[place] + missing > 0:
            parts[place] += missing
            missing = 0
    return parts
