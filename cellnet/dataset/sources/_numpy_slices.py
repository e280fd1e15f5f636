"""NumpySlicesDataset: rows of arrays in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._checks import check_names, check_workers
from .._dataset import MappableDataset
from .._select import Shuffle, select
from ..nodes import ArraySource, Node, RandomAccessSource, Row
from ..samplers import BuiltinSampler

NAME = "NumpySlicesDataset"


class NumpySlicesDataset(MappableDataset):
    """Row i holds element i of each column.

    Args: data: an array or a list is one column; a tuple, one column for each element;
            a dict, one for each item.
        column_names: default "column_0", ..., or the dict's keys.
        num_samples: rows at most. num_parallel_workers: a hint.
        shuffle: default a new random order in each pass. sampler: another order.
        num_shards, shard_id: read every num_shards-th row only, from shard_id on.
    Raises: TypeError: data or a column is no list or array. ValueError: no data,
        columns of different lengths, or names and columns differ in number.
    Example: >>> NumpySlicesDataset(([1, 2], [3, 4]), ["x", "y"]).get_col_names()
        ['x', 'y']
    References: mindspore.dataset.NumpySlicesDataset.
    """

    keeps_arguments = False

    def __init__(
        self,
        data: Any,
        column_names: Sequence[str] | str | None = None,
        num_samples: int | None = None,
        num_parallel_workers: int = 1,
        shuffle: bool | Shuffle | None = None,
        sampler: Any = None,
        num_shards: int | None = None,
        shard_id: int | None = None,
    ) -> None:
        check_workers(NAME, num_parallel_workers)
        chosen = select(
            NAME,
            num_samples=num_samples,
            shuffle=shuffle,
            sampler=sampler,
            num_shards=num_shards,
            shard_id=shard_id,
        )
        super().__init__(_source(_named(data, column_names), chosen))


class PaddedDataset(MappableDataset):
    """Rows given one by one as {column: value}, whose shapes may differ.

    Args: padded_samples: list of dicts with the same keys, not empty.
    Raises: TypeError, ValueError: padded_samples is not as said.
    Example: >>> PaddedDataset([{"x": np.zeros(2)}]).get_col_names()
        ['x']
    References: mindspore.dataset.PaddedDataset.
    """

    keeps_arguments = False

    def __init__(self, padded_samples: list[dict[str, Any]]) -> None:
        name = "PaddedDataset"
        if not isinstance(padded_samples, list | tuple) or not all(
            isinstance(sample, dict) for sample in padded_samples
        ):
            raise TypeError(f"{name}: padded_samples must be a list of dicts.")
        if not padded_samples or not padded_samples[0]:
            raise ValueError(f"{name}: padded_samples must not be empty.")
        names = check_names(name, "columns", list(padded_samples[0]))
        for place, sample in enumerate(padded_samples):
            if set(sample) != set(names):
                raise ValueError(
                    f"{name}: padded_samples[{place}] has columns {sorted(sample)}, "
                    f"the first {sorted(names)}."
                )

        def row(sample: dict[str, Any], index: int) -> Row:
            del index
            return {each: np.array(sample[each]) for each in names}

        order = select(name, shuffle=False)
        super().__init__(RandomAccessSource(name, padded_samples, names, order, row))


def _named(data: Any, column_names: Sequence[str] | str | None) -> dict[str, Any]:
    """{column name: list or array}, checked."""
    if not isinstance(data, list | tuple | dict | np.ndarray):
        raise TypeError(
            f"{NAME}: data must be an array, list, tuple or dict, got {data!r}."
        )
    if len(data) == 0:
        raise ValueError(f"{NAME}: data must not be empty.")
    if isinstance(data, dict):
        values, names = list(data.values()), tuple(data)
    else:
        values = list(data) if isinstance(data, tuple) else [data]
        names = tuple(f"column_{place}" for place in range(len(values)))
    if column_names is not None:
        names = check_names(NAME, "column_names", column_names)
    if len(names) != len(values):
        raise ValueError(
            f"{NAME}: {len(names)} column_names {list(names)} for {len(values)} "
            f"column(s) of data."
        )
    columns = dict(zip(names, values, strict=True))
    for name, value in columns.items():
        if not isinstance(value, list | tuple | np.ndarray):
            raise TypeError(
                f"{NAME}: column '{name}' must be a list or an array, got {value!r}."
            )
    lengths = {name: len(value) for name, value in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"{NAME}: columns differ in length: {lengths}.")
    if not next(iter(lengths.values())):
        raise ValueError(f"{NAME}: data must not be empty.")
    return columns


def _source(columns: dict[str, Any], sampler: BuiltinSampler) -> Node:
    try:
        arrays = {name: np.asarray(value) for name, value in columns.items()}
    except ValueError:  # rows of different shapes make no array
        rows = list(zip(*columns.values(), strict=True))
        names = tuple(columns)

        def row(values: tuple[Any, ...], index: int) -> Row:
            del index
            return {n: np.asarray(v) for n, v in zip(names, values, strict=True)}

        return RandomAccessSource(NAME, rows, names, sampler, row)
    return ArraySource(NAME, arrays, sampler)
