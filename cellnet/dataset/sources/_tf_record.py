"""TFRecordDataset: rows of TensorFlow's record files, read without TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...tfrecord import Place, find_records, read_features
from .._checks import check_absent, check_bool, check_known, check_names, check_workers
from .._dataset import Dataset
from .._select import Shuffle, select_rows
from ..nodes import RandomAccessSource, Row
from ._files import check_files
from ._schema import Column, Schema

NAME = "TFRecordDataset"
DTYPES = {"float_list": np.float32, "int64_list": np.int64}


class _Records(Sequence):
    """The features of each record: {name: tf.train.Feature}."""

    def __init__(self, places: list[Place]) -> None:
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: Any) -> dict[str, Any]:
        return read_features(self.places[index])

    def where(self, index: int) -> str:
        """The record's file, and its number there."""
        path = self.places[index][0]
        first = next(k for k, place in enumerate(self.places) if place[0] == path)
        return f"{path}: record {index - first}"


def _array(feature: Any, column: Column | None) -> np.ndarray:
    kind = feature.WhichOneof("kind")
    values = getattr(feature, kind).value if kind else []
    if kind != "bytes_list":
        array = np.array(values, DTYPES.get(kind or ""))
        if column is not None:
            array = array.astype(column.dtype)
    elif column is not None and column.dtype.kind == "U":
        array = np.array([value.decode() for value in values])
    else:
        array = np.frombuffer(b"".join(values), column.dtype if column else np.uint8)
    if column is not None and column.shape is not None:
        array = array.reshape(column.shape)
    return array.copy()


class TFRecordDataset(Dataset):
    """The records of TFRecord files of tf.train.Example.

    Args: dataset_files: a path, a pattern such as "*.tfrecord", or a list of them.
        schema: a Schema or a path of its JSON file; default all columns of the first
            record, by name: int64 (N,), float32 (N,) and for bytes uint8 (N,).
        columns_list: the columns to read, in order; default all.
        num_samples: records at most. num_parallel_workers, shard_equal_rows: hints.
        shuffle: Shuffle.GLOBAL or True (default), or False.
        num_shards, shard_id: read the shard_id-th of num_shards equal parts only.
    Raises: ValueError: no such file. RuntimeError: a file is cut off or no TFRecord
        (it and the record are named); when read: a column is missing or of another
        shape.
    Differs: from MindSpore, data's checksums are not looked at, and files cannot be
        compressed.
    References: mindspore.dataset.TFRecordDataset.
    """

    def __init__(
        self,
        dataset_files: str | Path | list[str] | list[Path],
        schema: Schema | str | Path | None = None,
        columns_list: Sequence[str] | None = None,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = Shuffle.GLOBAL,
        num_shards: int | None = None,
        shard_id: int | None = None,
        shard_equal_rows: bool = False,
        cache: Any = None,
        compression_type: str | None = None,
    ) -> None:
        check_workers(NAME, num_parallel_workers)
        check_bool(NAME, "shard_equal_rows", shard_equal_rows)
        check_absent(NAME, cache=cache, compression_type=compression_type or None)
        files = check_files(NAME, dataset_files)
        records = _Records([place for path in files for place in find_records(path)])
        if not records:
            raise RuntimeError(f"{NAME}: {files[0]} holds no records.")
        columns = _columns(schema, records)
        names = tuple(columns)
        if columns_list is not None and len(columns_list):
            wanted = check_names(NAME, "columns_list", columns_list)
            check_known(NAME, "columns_list", wanted, names)
            names = wanted

        def row(found: dict[str, Any], index: int) -> Row:
            missing = [name for name in names if name not in found]
            if missing:
                raise RuntimeError(
                    f"{NAME}: {records.where(index)} lacks the columns {missing}."
                )
            try:
                return {name: _array(found[name], columns[name]) for name in names}
            except ValueError as error:
                where = records.where(index)
                raise RuntimeError(f"{NAME}: {where}: {error}.") from error

        chosen = select_rows(NAME, num_samples, shuffle, num_shards, shard_id)
        super().__init__(RandomAccessSource(NAME, records, names, chosen, row))


def _columns(schema: Any, records: _Records) -> dict[str, Column | None]:
    if schema is None:
        return dict.fromkeys(sorted(records[0]))
    if not isinstance(schema, Schema | str | Path):
        raise TypeError(f"{NAME}: schema must be a Schema or a path, got {schema!r}.")
    return dict((schema if isinstance(schema, Schema) else Schema(schema)).parsed)
