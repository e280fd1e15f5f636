"""Dataset.save: the rows of a pass as files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..mindrecord._convert import write_rows
from ..mindrecord._file_writer import FileWriter
from ..tfrecord import write_tfrecord
from ._checks import check_int
from .nodes import Row

MAX_FILES = 1000
# what MindRecord has no type for, and the next one that it has
WIDER = {
    **dict.fromkeys(("bool", "int8", "uint8", "int16", "uint16"), "int32"),
    **{"uint32": "int64", "uint64": "int64", "float16": "float32"},
}


def save(rows: Iterator[Row], file_name: Any, num_files: Any, file_type: Any) -> None:
    """Write rows to `num_files` files; see Dataset.save."""
    if not isinstance(file_name, str | Path):
        raise TypeError(f"save: file_name must be a path, got {file_name!r}.")
    count = check_int("save", "num_files", num_files, 1, MAX_FILES)
    path = Path(file_name).expanduser()
    if file_type == "mindrecord":
        FileWriter(path, count)  # refuses what is there before a row is read
        first = next(rows)
        fields = {name: _field(name, array) for name, array in first.items()}
        plain = (
            {name: _plain(array, fields[name]) for name, array in row.items()}
            for row in chain([first], rows)
        )
        write_rows(path, count, fields, None, plain)
    elif file_type == "tfrecord":
        if count != 1 or path.exists():
            raise ValueError(
                f"save: a TFRecord is written to one new file; num_files is {count}, "
                f"{path} is {'there' if path.exists() else 'new'}."
            )
        write_tfrecord(path, rows)
    else:
        raise ValueError(
            f"save: file_type must be mindrecord or tfrecord, got {file_type!r}."
        )


def _field(name: str, array: np.ndarray) -> dict[str, Any]:
    kind = array.dtype.kind
    if kind in "US":
        if array.ndim:
            raise ValueError(
                f"save: column '{name}' is {array.shape} texts; a MindRecord field "
                f"holds one."
            )
        return {"type": "string" if kind == "U" else "bytes"}
    type_name = WIDER.get(array.dtype.name, array.dtype.name)
    if not array.ndim:
        return {"type": type_name}
    return {"type": type_name, "shape": [-1, *array.shape[1:]]}


def _plain(array: np.ndarray, field: dict[str, Any]) -> Any:
    if field["type"] in ("string", "bytes"):
        return array.item()
    values = array.astype(str(field["type"]))
    return values if array.ndim else values.item()
