"""padded_batch and bucket_batch_by_length: rows of unlike shapes in one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_bool, check_int, check_known, check_names
from .._passes import Pass
from ._batch_size import BatchInfo, BatchSize
from ._lanes import IN_ORDER
from ._node import Node, Row
from ._segment import read

PadInfo = dict[str, tuple[Sequence[int | None] | None, Any]]


def check_pad_info(owner: str, pad_info: Any, columns: Sequence[str]) -> PadInfo | None:
    """{column: (shape with None for "as long as the longest", value)}."""
    if pad_info is None:
        return None
    if not isinstance(pad_info, dict):
        raise TypeError(f"{owner}: pad_info must be a dict, got {pad_info!r}.")
    check_known(owner, "pad_info", list(pad_info), columns)
    for name, info in pad_info.items():
        if not isinstance(info, tuple) or len(info) != 2:
            raise TypeError(
                f"{owner}: pad_info of '{name}' must be (shape, value), got {info!r}."
            )
    return pad_info


def pad_rows(
    owner: str, group: list[Row], pad_info: PadInfo | None, longest: int | None = None
) -> Row:
    """One batch; a side that is not named is as long as the longest, or `longest`."""
    batch = {}
    for name in group[0]:
        arrays = [np.asarray(row[name]) for row in group]
        if pad_info is None or name in pad_info:
            shape, value = (pad_info or {}).get(name, (None, None))
            batch[name] = _padded(owner, name, arrays, shape, value, longest)
        elif len({array.shape for array in arrays}) == 1:
            batch[name] = np.stack(arrays)
        else:
            raise RuntimeError(
                f"{owner}: rows of column '{name}' differ in shape. Name it in "
                f"pad_info."
            )
    return batch


def _padded(
    owner: str,
    name: str,
    arrays: list[np.ndarray],
    shape: Sequence[int | None] | None,
    value: Any,
    longest: int | None,
) -> np.ndarray:
    ranks = {array.ndim for array in arrays}
    wanted = [None] * arrays[0].ndim if shape is None else list(shape)
    if ranks != {len(wanted)}:
        raise RuntimeError(
            f"{owner}: rows of column '{name}' have {sorted(ranks)} axes, pad_info "
            f"names {len(wanted)}."
        )
    sides = [
        side or longest or max(array.shape[axis] for array in arrays)
        for axis, side in enumerate(wanted)
    ]
    text = arrays[0].dtype.kind in "US"
    fill = ("" if text else 0) if value is None else value
    dtype = np.result_type(*arrays) if text else arrays[0].dtype
    batch = np.full((len(arrays), *sides), fill, dtype)
    for place, array in enumerate(arrays):
        kept = tuple(slice(0, side) for side in np.minimum(sides, array.shape))
        batch[(place, *kept)] = array[kept]
    return batch


class BucketNode(Node):
    """Rows gathered by length; each bucket gives a batch when it is full.

    Args: boundaries: lengths where the next bucket begins, rising.
        batch_sizes: rows in a batch, one more than boundaries.
    """

    looks_into_rows = True

    def __init__(
        self,
        upstream: Node,
        column_names: Sequence[str] | str,
        boundaries: Sequence[int],
        batch_sizes: Sequence[int],
        length_of: Callable[..., Any] | None,
        pad_info: Any,
        pad_to_boundary: bool,
        drop_remainder: bool,
    ) -> None:
        name = self.name = "bucket_batch_by_length"
        super().__init__((upstream,), upstream.column_names)
        self.hands = IN_ORDER
        self.inputs = check_names(name, "column_names", column_names)
        check_known(name, "column_names", self.inputs, upstream.column_names)
        if not isinstance(boundaries, list) or not isinstance(batch_sizes, list):
            raise TypeError(
                f"{name}: bucket_boundaries and bucket_batch_sizes must be lists."
            )
        self.edges = [check_int(name, "bucket_boundaries", e, 1) for e in boundaries]
        if not self.edges or sorted(set(self.edges)) != self.edges:
            raise ValueError(
                f"{name}: bucket_boundaries must rise, got {list(boundaries)}."
            )
        self.sizes = [check_int(name, "bucket_batch_sizes", s, 1) for s in batch_sizes]
        if len(self.sizes) != len(self.edges) + 1:
            raise ValueError(
                f"{name}: {len(self.edges)} bucket_boundaries need "
                f"{len(self.edges) + 1} bucket_batch_sizes, got {len(self.sizes)}."
            )
        if length_of is None and len(self.inputs) != 1:
            raise ValueError(
                f"{name}: with several column_names an element_length_function is "
                f"needed."
            )
        self.length_of = length_of
        self.pad_info = check_pad_info(name, pad_info, upstream.column_names)
        self.pad_to_boundary = check_bool(
            name, "pad_to_bucket_boundary", pad_to_boundary
        )
        self.drop_remainder = check_bool(name, "drop_remainder", drop_remainder)

    def items(self, current: Pass) -> Iterator[Row]:
        buckets: list[list[Row]] = [[] for _ in self.sizes]
        for row in self.upstream[0].rows(current):
            number = int(np.searchsorted(self.edges, self._length(row), "right"))
            buckets[number].append(row)
            if len(buckets[number]) == self.sizes[number]:
                yield self._batch(buckets[number], number)
                buckets[number] = []
        if not self.drop_remainder:
            for number, rest in enumerate(buckets):
                if rest:
                    yield self._batch(rest, number)

    def _length(self, row: Row) -> int:
        values = [row[name] for name in self.inputs]
        if self.length_of is not None:
            return check_int(
                self.name,
                "element_length_function's result",
                np.asarray(self.length_of(*values)).item(),
                0,
                INT32_MAX,
            )
        (value,) = values
        return len(value) if np.ndim(value) else 1

    def _batch(self, group: list[Row], number: int) -> Row:
        longest = None
        if self.pad_to_boundary and number < len(self.edges):
            longest = self.edges[number] - 1
        return pad_rows(self.name, group, self.pad_info, longest)

    def size(self) -> int:
        return self._counted

    @cached_property
    def _counted(self) -> int:
        return sum(1 for _ in read(self, Pass(seed=0, number=0)))

    def __repr__(self) -> str:
        return f"{self.name}({list(self.inputs)})"


class PaddedBatchNode(Node):
    """`batch_size` rows as one, each padded to a common shape."""

    def __init__(
        self,
        upstream: Node,
        batch_size: int | Callable[[BatchInfo], int],
        drop_remainder: bool,
        pad_info: Any,
    ) -> None:
        super().__init__((upstream,), upstream.column_names)
        name = "padded_batch"
        self.sizes = BatchSize(name, batch_size)
        self.batch_size = self.sizes.fixed
        self.drop_remainder = check_bool(name, "drop_remainder", drop_remainder)
        self.pad_info = check_pad_info(name, pad_info or {}, upstream.column_names)

    def items(self, current: Pass) -> Iterator[list[Any]]:
        items = iter(self.upstream[0].items(current))
        return self.sizes.groups(items, self.drop_remainder, current.epoch)

    def make(self, item: list[Any]) -> Row:
        rows = [self.upstream[0].make(each) for each in item]
        return pad_rows("padded_batch", rows, self.pad_info)

    def size(self) -> int:
        return self.sizes.batches(self.upstream[0].size(), self.drop_remainder)

    def __repr__(self) -> str:
        return f"padded_batch({self.sizes})"
