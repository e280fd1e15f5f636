"""TextFileDataset and CSVDataset: a row for each line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import check_absent, check_names, check_workers
from .._dataset import Dataset
from .._select import Shuffle, select_rows
from ._files import LabelledSource, Listed, check_files

FilePath = str | Path | list[str] | list[Path]


def read_lines(owner: str, path: Path) -> list[str]:
    """The lines of a UTF-8 file that are not empty."""
    try:
        with open(path, encoding="utf-8", newline="\n") as file:
            lines = [line.removesuffix("\n") for line in file]
    except UnicodeDecodeError as error:
        raise RuntimeError(f"{owner}: {path} is not UTF-8 text: {error}.") from error
    return [line for line in lines if line]


class TextFileDataset(Dataset):
    """The lines of text files that are not empty.

    Args: dataset_files: a path, a pattern such as "*.txt", or a list of them.
        num_samples: lines at most. num_parallel_workers: a hint.
        shuffle: Shuffle.GLOBAL or True (default), or False.
        num_shards, shard_id: read the shard_id-th of num_shards equal parts only.
    Columns: text, a string ().
    Raises: ValueError: no such file. RuntimeError: a file is no text (it is named).
    Differs: from MindSpore, several files come one after the other, not interleaved.
    References: mindspore.dataset.TextFileDataset.
    """

    def __init__(
        self,
        dataset_files: FilePath,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = Shuffle.GLOBAL,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
    ) -> None:
        name = "TextFileDataset"
        check_workers(name, num_parallel_workers)
        check_absent(name, cache=cache)
        files = check_files(name, dataset_files)
        lines = [line for path in files for line in read_lines(name, path)]
        chosen = select_rows(name, num_samples, shuffle, num_shards, shard_id)
        rows = Listed(lines, lambda line: (np.array(line),))
        super().__init__(LabelledSource(name, rows, ("text",), chosen))


class CSVDataset(Dataset):
    """The rows of CSV files.

    Args: dataset_files: a path, a pattern such as "*.csv", or a list of them.
        field_delim: one character between two fields.
        column_defaults: a value for each column: its type (int32, float32 or text) is
            the column's, itself what an empty field holds; default text, "".
        column_names: the columns; default the first line of each file.
        num_samples: rows at most. num_parallel_workers: a hint.
        shuffle, num_shards, shard_id: as in TextFileDataset.
    Raises: ValueError: no such file, or a setting is not as said. RuntimeError: a row
        has another number of fields or a field of another type (file and line named).
    References: mindspore.dataset.CSVDataset.
    """

    def __init__(
        self,
        dataset_files: FilePath,
        field_delim: str = ",",
        column_defaults: Sequence[Any] | None = None,
        column_names: Sequence[str] | None = None,
        num_samples: int | None = None,
        num_parallel_workers: int | None = None,
        shuffle: bool | Shuffle | None = Shuffle.GLOBAL,
        num_shards: int | None = None,
        shard_id: int | None = None,
        cache: Any = None,
    ) -> None:
        name = "CSVDataset"
        check_workers(name, num_parallel_workers)
        check_absent(name, cache=cache)
        files = check_files(name, dataset_files)
        if not isinstance(field_delim, str) or len(field_delim) != 1:
            raise ValueError(f"{name}: field_delim must be one character.")
        given = (
            check_names(name, "column_names", column_names) if column_names else None
        )
        names, rows = _read_csv(name, files, field_delim, given)
        columns = _columns(name, names, rows, column_defaults)
        chosen = select_rows(name, num_samples, shuffle, num_shards, shard_id)
        values = list(zip(*columns, strict=True))
        super().__init__(LabelledSource(name, values, names, chosen))


CsvRow = tuple[str, list[str]]  # where it stands, and its fields


def _read_csv(
    owner: str, files: list[Path], delimiter: str, given: tuple[str, ...] | None
) -> tuple[tuple[str, ...], list[CsvRow]]:
    names, found = given, []
    for path in files:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            rows = [(f"{path}, line {reader.line_num}", row) for row in reader if row]
        if given is None:
            if not rows:
                raise RuntimeError(f"{owner}: {path} has no line of column names.")
            header = check_names(owner, "the first line", rows.pop(0)[1])
            if names not in (None, header):
                raise RuntimeError(
                    f"{owner}: {path} names columns {list(header)}, the file before "
                    f"{list(names or ())}."
                )
            names = header
        found += rows
    assert names is not None
    for where, row in found:
        if len(row) != len(names):
            raise RuntimeError(
                f"{owner}: {where}: {len(row)} fields, expected {len(names)}: "
                f"{list(names)}."
            )
    return names, found


def _columns(
    owner: str,
    names: tuple[str, ...],
    rows: list[CsvRow],
    defaults: Sequence[Any] | None,
) -> list[list[np.ndarray]]:
    chosen = [""] * len(names) if defaults is None else list(defaults)
    if len(chosen) != len(names):
        raise ValueError(
            f"{owner}: {len(chosen)} column_defaults for {len(names)} columns."
        )
    kinds: dict[type, Callable[[Any], Any]] = {
        int: np.int32,
        float: np.float32,
        str: np.array,
    }
    columns: list[list[np.ndarray]] = []
    for place, default in enumerate(chosen):
        if type(default) not in kinds:
            raise TypeError(
                f"{owner}: column_defaults holds {default!r}, expected int, float or "
                f"str."
            )
        convert = kinds[type(default)]
        column = []
        for where, row in rows:
            try:
                column.append(np.array(convert(row[place] or default)))
            except ValueError as error:
                raise RuntimeError(
                    f"{owner}: {where}: column '{names[place]}' is "
                    f"{type(default).__name__}, got {row[place]!r}."
                ) from error
        columns.append(column)
    return columns
