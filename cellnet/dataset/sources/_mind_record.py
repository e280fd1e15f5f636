"""MindDataset: the rows of MindRecord files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...mindrecord._file_reader import open_files
from .._checks import check_absent, check_known, check_names, check_workers
from .._dataset import MappableDataset
from .._select import Shuffle, select
from ..nodes import RandomAccessSource, Row


class MindDataset(MappableDataset):
    """The rows of MindRecord files, MindSpore's or those of mindrecord.FileWriter.

    Args: dataset_files: one of a set of files, or a list of files.
        columns_list: the fields to read, in order; default all, by name.
        num_parallel_workers: a hint.
        shuffle: default a new random order in each pass. sampler: another order.
        num_shards, shard_id: read every num_shards-th row only, from shard_id on.
        num_samples: rows at most.
    Columns: the files' fields; bytes are uint8 (N,).
    Raises: RuntimeError: a file is missing or damaged (it is named), or a column does
        not exist.
    Differs: from MindSpore, bytes are uint8, there of type S, and no padded samples.
    References: mindspore.dataset.MindDataset.
    """

    def __init__(
        self,
        dataset_files: str | Path | list[str],
        columns_list: Sequence[str] | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = None,
        num_shards: int | None = None,
        shard_id: int | None = None,
        sampler: Any = None,
        padded_sample: Any = None,
        num_padded: int | None = None,
        num_samples: int | None = None,
        cache: Any = None,
    ) -> None:
        name = "MindDataset"
        check_workers(name, num_parallel_workers)
        check_absent(
            name, padded_sample=padded_sample, num_padded=num_padded, cache=cache
        )
        rows = open_files(dataset_files)
        names = tuple(sorted(rows.fields))
        if columns_list is not None:
            wanted = check_names(name, "columns_list", columns_list)
            check_known(name, "columns_list", wanted, names)
            names = wanted
        chosen = select(
            name,
            num_samples=num_samples,
            shuffle=shuffle,
            sampler=sampler,
            num_shards=num_shards,
            shard_id=shard_id,
        )

        def row(found: Row, index: int) -> Row:
            del index
            return {each: found[each] for each in names}

        super().__init__(RandomAccessSource(name, rows, names, chosen, row))
