"""Which rows of a source are read in a pass, and in which order.

A sampler holds settings only. The order of a pass follows from the number of rows and
the pass's generator, so that it can be made again at any time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ._checks import INT64_MAX, check_bool, check_int

__all__ = [
    "BuiltinSampler",
    "DistributedSampler",
    "PKSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "SubsetSampler",
    "WeightedRandomSampler",
]


class BuiltinSampler(ABC):
    """An order of rows that follows from settings and a generator.

    Args: num_samples: rows in a pass at most; None or 0 for no limit.
    """

    def __init__(self, num_samples: int | None = None) -> None:
        self.num_samples = check_count(type(self).__name__, num_samples)

    @abstractmethod
    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        """Row numbers of one pass over `size` rows; int64, as many as will be read."""

    def get_num_samples(self) -> int | None:
        """The limit of rows in a pass, None if there is none."""
        return self.num_samples


class SequentialSampler(BuiltinSampler):
    """Rows as they stand: start_index, start_index + 1, ...

    Args: start_index: first row, default 0. num_samples: rows at most.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> SequentialSampler(2, 3).start_index
        2
    References: mindspore.dataset.SequentialSampler.
    """

    def __init__(
        self, start_index: int | None = None, num_samples: int | None = None
    ) -> None:
        super().__init__(num_samples)
        name = "SequentialSampler"
        self.start_index = check_int(
            name, "start_index", start_index or 0, 0, INT64_MAX
        )

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        del generator, labels
        if self.start_index >= size:
            raise RuntimeError(
                f"SequentialSampler: start_index {self.start_index} is not below the "
                f"number of rows, {size}."
            )
        return np.arange(self.start_index, size)[: self.num_samples]


class RandomSampler(BuiltinSampler):
    """Rows in random order, another one in each pass.

    Args: replacement: draw each row anew from all of them.
        num_samples: rows at most; never more than there are.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> RandomSampler(num_samples=4).get_num_samples()
        4
    References: mindspore.dataset.RandomSampler.
    """

    def __init__(
        self, replacement: bool = False, num_samples: int | None = None
    ) -> None:
        super().__init__(num_samples)
        self.replacement = check_bool("RandomSampler", "replacement", replacement)

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        del labels
        count = min(size, self.num_samples or size)
        if self.replacement:
            return generator.integers(size, size=count)
        return generator.permutation(size)[:count]


class SubsetSampler(BuiltinSampler):
    """The named rows, in the order named.

    Args: indices: row numbers. num_samples: the first of them only.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> SubsetSampler([3, 1]).indices.tolist()
        [3, 1]
    References: mindspore.dataset.SubsetSampler.
    """

    def __init__(self, indices: Iterable[int], num_samples: int | None = None) -> None:
        super().__init__(num_samples)
        self.indices = row_numbers(type(self).__name__, indices)

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        del size, generator, labels
        return self.indices[: self.num_samples]


class SubsetRandomSampler(SubsetSampler):
    """The named rows, in another random order in each pass.

    Args: indices: row numbers. num_samples: rows at most.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> SubsetRandomSampler([3, 1]).indices.tolist()
        [3, 1]
    References: mindspore.dataset.SubsetRandomSampler.
    """

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        del size, labels
        return generator.permutation(self.indices)[: self.num_samples]


class DistributedSampler(BuiltinSampler):
    """Every num_shards-th row, from shard_id on.

    Shards of one seed share one shuffled order. They are equally long: rows from the
    start fill the last round; with an offset there is no filling.

    Args: num_shards: number of shards, 1 or more. shard_id: in [0, num_shards).
        shuffle: shuffle before dealing. num_samples: rows of this shard at most.
        offset: the shard that gets the first row; -1 (default) for shard 0.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> DistributedSampler(4, 1).shard_id
        1
    References: mindspore.dataset.DistributedSampler.
    """

    def __init__(
        self,
        num_shards: int,
        shard_id: int,
        shuffle: bool = True,
        num_samples: int | None = None,
        offset: int = -1,
    ) -> None:
        super().__init__(num_samples)
        name = "DistributedSampler"
        self.num_shards = check_int(name, "num_shards", num_shards, 1)
        self.shard_id = check_int(name, "shard_id", shard_id, 0, self.num_shards - 1)
        self.shuffle = check_bool(name, "shuffle", shuffle)
        self.offset = check_int(name, "offset", offset, -1, self.num_shards - 1)

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        del labels
        dealt = generator.permutation(size) if self.shuffle else np.arange(size)
        if self.offset == -1:
            places = np.arange(self.shard_id, size + self.shard_id, self.num_shards)
            return dealt[places % size][: self.num_samples]
        first = (self.shard_id - self.offset) % self.num_shards
        return dealt[first :: self.num_shards][: self.num_samples]


class PKSampler(BuiltinSampler):
    """num_val rows of each class, class by class.

    Args: num_val: rows of each class, 1 or more.
        num_class: only None (all classes), as in MindSpore.
        shuffle: choose other rows in each pass. class_column: the column of classes.
        num_samples: rows at most.
    Raises: TypeError, ValueError: a setting is not as said. RuntimeError: the source
        has no such column in memory. NotImplementedError: num_class is given.
    Example: >>> PKSampler(2).num_val
        2
    References: mindspore.dataset.PKSampler.
    """

    def __init__(
        self,
        num_val: int,
        num_class: int | None = None,
        shuffle: bool = False,
        class_column: str = "label",
        num_samples: int | None = None,
    ) -> None:
        super().__init__(num_samples)
        if num_class is not None:
            raise NotImplementedError(
                "PKSampler: num_class must be None (all classes)."
            )
        self.num_val = check_int("PKSampler", "num_val", num_val, 1)
        self.shuffle = check_bool("PKSampler", "shuffle", shuffle)
        self.class_column = class_column

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        if labels is None:
            raise RuntimeError(
                f"PKSampler: the source has no column '{self.class_column}' in memory."
            )
        chosen = []
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            if self.shuffle:
                rows = generator.permutation(rows)
            chosen.append(rows[: self.num_val])
        return np.concatenate(chosen)[: self.num_samples]


class WeightedRandomSampler(BuiltinSampler):
    """Rows drawn with the given weights.

    Args: weights: numbers >= 0, one for each row, not all 0.
        num_samples: rows in a pass, default as many as there are weights.
        replacement: a row may be drawn again.
    Raises: TypeError, ValueError: a setting is not as said.
    Example: >>> WeightedRandomSampler([0.9, 0.1], 4).get_num_samples()
        4
    References: mindspore.dataset.WeightedRandomSampler.
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int | None = None,
        replacement: bool = True,
    ) -> None:
        super().__init__(num_samples)
        name = "WeightedRandomSampler"
        self.weights = _weights(name, weights)
        self.replacement = check_bool(name, "replacement", replacement)

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        del labels
        if len(self.weights) > size:
            raise RuntimeError(
                f"WeightedRandomSampler: {len(self.weights)} weights for {size} rows."
            )
        count = self.num_samples or len(self.weights)
        chances = self.weights / self.weights.sum()
        if not self.replacement:
            count = min(count, np.count_nonzero(chances))
        return generator.choice(
            len(chances), size=count, replace=self.replacement, p=chances
        )


class Sampler(BuiltinSampler):
    """Base of a user's own sampler, whose __iter__ yields row numbers.

    `self.dataset_size` is the number of rows of the source. What __iter__ yields may
    change from pass to pass; the seed has no power over it.

    Args: num_samples: rows at most.
    Example: >>> class Backwards(Sampler):
        ...     def __iter__(self):
        ...         return iter(range(self.dataset_size - 1, -1, -1))
    References: mindspore.dataset.Sampler.
    """

    def __init__(self, num_samples: int | None = None) -> None:
        super().__init__(num_samples)
        self.dataset_size = 0

    @abstractmethod
    def __iter__(self) -> Iterator[int]:
        """Row numbers of the next pass."""

    def order(
        self, size: int, generator: np.random.Generator, labels: np.ndarray | None
    ) -> np.ndarray:
        del generator, labels
        self.dataset_size = size
        return row_numbers(type(self).__name__, self)[: self.num_samples]


def check_count(owner: str, num_samples: int | None) -> int | None:
    if num_samples is None:
        return None
    return check_int(owner, "num_samples", num_samples, 0, INT64_MAX) or None


def row_numbers(owner: str, indices: Any) -> np.ndarray:
    if isinstance(indices, str) or not isinstance(indices, Iterable):
        raise TypeError(f"{owner}: expected row numbers, got {indices!r}.")
    array = np.asarray(list(indices))
    if array.size == 0:
        return array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(f"{owner}: row numbers must be ints, got {list(array)[:3]!r}.")
    return array.astype(np.int64)


def _weights(owner: str, weights: Any) -> np.ndarray:
    if isinstance(weights, str) or not isinstance(weights, Iterable):
        raise TypeError(f"{owner}: weights must be a list of numbers, got {weights!r}.")
    array = np.asarray(list(weights))
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        raise TypeError(f"{owner}: weights must be numbers, got {list(array)[:3]!r}.")
    if not array.size or not np.isfinite(array).all() or array.min() < 0:
        raise ValueError(f"{owner}: weights must be finite numbers >= 0, at least one.")
    if not array.sum():
        raise ValueError(f"{owner}: weights must not all be 0.")
    return array.astype(np.float64)
