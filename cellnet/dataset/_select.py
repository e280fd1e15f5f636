"""From a source's arguments (shuffle, sampler, shards, ...) to its sampler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

import numpy as np

from ._checks import check_int
from .samplers import (
    BuiltinSampler,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetSampler,
    check_count,
)


class Shuffle(StrEnum):
    """How a source is shuffled; sources in memory know GLOBAL and FALSE."""

    FALSE = "false"
    GLOBAL = "global"
    FILES = "files"


def select(
    owner: str,
    *,
    num_samples: int | None = None,
    shuffle: bool | Shuffle | None = None,
    sampler: Any = None,
    num_shards: int | None = None,
    shard_id: int | None = None,
) -> BuiltinSampler:
    """The sampler that a source's arguments ask for; by default a random order."""
    count = check_count(owner, num_samples)
    if sampler is not None:
        return _given(owner, sampler, count, num_samples, shuffle, num_shards, shard_id)
    shuffled = _wants_shuffle(owner, shuffle)
    if num_shards is not None:
        if shard_id is None:
            raise RuntimeError(
                f"{owner}: num_shards is given, so shard_id must be too."
            )
        check_int(owner, "num_shards", num_shards, 1)
        check_int(owner, "shard_id", shard_id, 0, num_shards - 1)
        return DistributedSampler(num_shards, shard_id, shuffled, count)
    if shard_id is not None:
        raise RuntimeError(f"{owner}: shard_id is given, so num_shards must be too.")
    if shuffled:
        return RandomSampler(num_samples=count)
    return SequentialSampler(num_samples=count)


def _given(
    owner: str,
    sampler: Any,
    count: int | None,
    num_samples: int | None,
    shuffle: Any,
    num_shards: int | None,
    shard_id: int | None,
) -> BuiltinSampler:
    if shuffle is not None:
        raise RuntimeError(f"{owner}: give sampler or shuffle, not both.")
    if num_shards is not None or shard_id is not None:
        raise RuntimeError(
            f"{owner}: give sampler or num_shards and shard_id, not both."
        )
    if isinstance(sampler, BuiltinSampler):
        if num_samples is not None:
            raise ValueError(f"{owner}: give num_samples to the sampler itself.")
        return sampler
    if isinstance(sampler, list | tuple | np.ndarray):
        return SubsetSampler(sampler, count)
    if isinstance(sampler, Iterable) and not isinstance(sampler, str):
        return _IterableSampler(sampler, count)
    raise TypeError(
        f"{owner}: sampler must be a Sampler or an iterable of row numbers, got "
        f"{sampler!r}."
    )


def _wants_shuffle(owner: str, shuffle: bool | Shuffle | None) -> bool:
    if shuffle is None:
        return True
    if isinstance(shuffle, bool):
        return shuffle
    if shuffle in (Shuffle.GLOBAL, Shuffle.FALSE):
        return shuffle is Shuffle.GLOBAL
    raise TypeError(
        f"{owner}: shuffle must be True, False, Shuffle.GLOBAL or Shuffle.FALSE, got "
        f"{shuffle!r}."
    )


def select_rows(
    owner: str,
    num_samples: int | None,
    shuffle: bool | Shuffle | None,
    num_shards: int | None,
    shard_id: int | None,
) -> BuiltinSampler:
    """As `select`, for sources of lines and records: a shard is one part of them."""
    chosen = None if shuffle in (Shuffle.FILES, Shuffle.GLOBAL) else shuffle
    sampler = select(
        owner,
        num_samples=num_samples,
        shuffle=chosen,
        num_shards=num_shards,
        shard_id=shard_id,
    )
    if num_shards is None or shard_id is None:
        return sampler
    mixed = _wants_shuffle(owner, chosen)
    return _Part(num_shards, shard_id, mixed, sampler.num_samples)


class _Part(BuiltinSampler):
    """Part `number` of `count` parts of the rows, as equal as can be."""

    def __init__(
        self, count: int, number: int, mixed: bool, num_samples: int | None
    ) -> None:
        super().__init__(num_samples)
        self.count = count
        self.number = number
        self.mixed = mixed

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        del labels
        length = -(-size // self.count)
        # The last part begins again at the first row, so that all are equally long.
        order = np.arange(self.number * length, (self.number + 1) * length) % size
        if self.mixed:
            order = generator.permutation(order)
        return order[: self.num_samples]


class _IterableSampler(Sampler):
    """Any iterable of row numbers, begun anew for each pass."""

    def __init__(self, source: Iterable[int], num_samples: int | None) -> None:
        super().__init__(num_samples)
        self.source = source

    def __iter__(self) -> Iterator[int]:
        return iter(self.source)
