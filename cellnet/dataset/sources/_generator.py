"""GeneratorDataset: rows from a user's own object."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._checks import (
    INT64_MAX,
    check_absent,
    check_bool,
    check_int,
    check_names,
    check_workers,
)
from .._dataset import MappableDataset
from .._select import Shuffle, select
from ..nodes import Hands, IterableSource, Node, RandomAccessSource, Row, hands_for_own
from ..transforms._type_cast import numpy_dtype

NAME = "GeneratorDataset"


class GeneratorDataset(MappableDataset):
    """Rows from a generator function, an iterable, or an object with random access.

    Args: source: a function that gives an iterator, an object with __iter__, or one
            with __getitem__ and __len__. A row is a tuple (or list) of one value for
            each column; with one column, also the value itself.
        column_names: the columns. column_types: their dtypes, checked when read.
        num_samples: rows at most.
        num_parallel_workers: with random access, workers that call __getitem__; with
            1, whoever reads does. python_multiprocessing: they are processes, each
            with a copy of source, not threads. max_rowsize: a hint.
        shuffle: with random access, default a new random order in each pass.
        sampler, num_shards, shard_id: as in MnistDataset; need random access.
    Raises: TypeError: source is none of these. ValueError: no column_names, or a
        sampler without random access. RuntimeError: when read: the source failed, or
        a row has another number of values or other types (the row is named), or a
        worker process died.
    Example: >>> GeneratorDataset([1, 2, 3], ["x"]).get_dataset_size()
        3
    References: mindspore.dataset.GeneratorDataset.
    """

    keeps_arguments = False

    def __init__(
        self,
        source: Any,
        column_names: Sequence[str] | str | None = None,
        column_types: Sequence[Any] | None = None,
        schema: Any = None,
        num_samples: int | None = None,
        num_parallel_workers: int | None = 1,
        shuffle: bool | Shuffle | None = None,
        sampler: Any = None,
        num_shards: int | None = None,
        shard_id: int | None = None,
        python_multiprocessing: bool = True,
        max_rowsize: Any = None,
    ) -> None:
        check_workers(NAME, num_parallel_workers)
        check_bool(NAME, "python_multiprocessing", python_multiprocessing)
        check_absent(NAME, schema=schema)
        del max_rowsize
        if column_names is None:
            raise ValueError(f"{NAME}: column_names is missing.")
        rows = _Rows(check_names(NAME, "column_names", column_names), column_types)
        order = {
            "num_samples": num_samples,
            "shuffle": shuffle,
            "sampler": sampler,
            "num_shards": num_shards,
            "shard_id": shard_id,
        }
        several = (num_parallel_workers or 1) > 1
        hands = hands_for_own(num_parallel_workers, several and python_multiprocessing)
        super().__init__(_node(source, rows, order, hands))


def _node(source: Any, rows: _Rows, order: dict[str, Any], hands: Hands) -> Node:
    if hasattr(source, "__getitem__") and hasattr(source, "__len__"):
        chosen = select(NAME, **order)
        return RandomAccessSource(NAME, source, rows.names, chosen, rows.convert, hands)
    for name in ("sampler", "num_shards", "shard_id"):
        if order[name] is not None:
            raise ValueError(
                f"{NAME}: {name} needs a source with __getitem__ and __len__, got "
                f"{source!r}."
            )
    if order["shuffle"] not in (None, False, Shuffle.FALSE):
        warnings.warn(
            f"{NAME}: shuffle has no effect on a source without __getitem__ and "
            f"__len__. Use .shuffle(buffer_size).",
            stacklevel=4,
        )
    limit = order["num_samples"]
    if limit is not None:
        limit = check_int(NAME, "num_samples", limit, 0, INT64_MAX) or None
    return IterableSource(NAME, _opener(source), rows.names, limit, rows.convert)


def _opener(source: Any) -> Any:
    if isinstance(source, Iterator) and not _begins_anew(source):
        raise TypeError(
            f"{NAME}: source is an iterator, which can be read only once: {source!r}. "
            f"Give the function that makes it."
        )
    if callable(source):
        return source
    if hasattr(source, "__iter__"):
        return source.__iter__
    raise TypeError(
        f"{NAME}: source must be a function that gives an iterator, an iterable, or an "
        f"object with __getitem__ and __len__, got {source!r}."
    )


def _begins_anew(source: Iterator) -> bool:
    """True for a user's class whose __iter__ resets itself; built-in ones cannot."""
    return type(source).__module__ not in ("builtins", "itertools") and hasattr(
        source, "__dict__"
    )


class _Rows:
    """Makes rows of what the source gives, and checks them."""

    def __init__(self, names: tuple[str, ...], types: Sequence[Any] | None) -> None:
        self.names = names
        self.types: list[np.dtype] | None = None
        if types is not None:
            listed = types if isinstance(types, list | tuple) else [types]
            self.types = [numpy_dtype(NAME, kind) for kind in listed]
            if len(self.types) != len(names):
                raise ValueError(
                    f"{NAME}: {len(self.types)} column_types for {len(names)} "
                    f"column_names {list(names)}."
                )

    def convert(self, value: Any, index: int) -> Row:
        values = tuple(value) if isinstance(value, tuple | list) else (value,)
        if len(values) != len(self.names):
            raise RuntimeError(
                f"{NAME}: row {index} has {len(values)} value(s), expected "
                f"{len(self.names)} for columns {list(self.names)}. Yield a tuple with "
                f"one value for each column."
            )
        row = {n: np.array(v) for n, v in zip(self.names, values, strict=True)}
        for place, (name, array) in enumerate(row.items()):
            if array.dtype == object:
                raise RuntimeError(
                    f"{NAME}: row {index}, column '{name}': got "
                    f"{type(values[place]).__name__}, expected an array or a number."
                )
            if self.types and array.dtype != self.types[place]:
                raise RuntimeError(
                    f"{NAME}: row {index}, column '{name}': dtype {array.dtype}, but "
                    f"column_types says {self.types[place]}."
                )
        return row
