"""Rows of arrays as records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._atomic import atomic_write
from ._example import example_class
from ._records import record

FILE_MODE = 0o644


def write_tfrecord(path: Path, rows: Iterable[Mapping[str, np.ndarray]]) -> int:
    """Write each row as a tf.train.Example; gives the number of rows.

    The file is there when all of them are written.

    Whole numbers and bools become int64, floats float32, texts UTF-8; uint8 arrays with
    axes (pictures, files) and bytes stay bytes. Shapes are not kept: a record has none.

    Raises: ValueError: a value is none of these, or beyond int64 (row and column are
        named).
    """
    count = 0
    with atomic_write(path, mode=FILE_MODE) as file:
        for count, row in enumerate(rows, 1):
            example = example_class()()
            for name, value in row.items():
                try:
                    _fill(example.features.feature[name], np.asarray(value))
                except (TypeError, ValueError) as error:
                    raise ValueError(
                        f"save: row {count - 1}, column '{name}': {error}."
                    ) from error
            file.write(record(example.SerializeToString(deterministic=True)))
    return count


def _fill(feature: Any, array: np.ndarray) -> None:
    kind = array.dtype.kind
    if array.dtype == np.uint8 and array.ndim:
        feature.bytes_list.value.append(array.tobytes())
    elif kind in "iub":
        feature.int64_list.value.extend(map(int, array.ravel().tolist()))
    elif kind == "f":
        feature.float_list.value.extend(array.ravel().tolist())
    elif kind == "U":
        feature.bytes_list.value.extend(t.encode() for t in array.ravel().tolist())
    elif kind == "S":
        feature.bytes_list.value.extend(array.ravel().tolist())
    else:
        raise TypeError(f"a record holds numbers, texts and bytes, got {array.dtype}")
