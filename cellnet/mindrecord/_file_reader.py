"""Reading MindRecord files: RecordRows by number, FileReader one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ._schema import decode
from ._shard import ShardReader


class RecordRows(Sequence):
    """The rows of several files as one sequence of {field: array}."""

    def __init__(self, shards: Sequence[ShardReader]) -> None:
        self.shards = shards
        self.fields = shards[0].fields
        for shard in shards[1:]:
            if shard.fields != self.fields:
                raise RuntimeError(
                    f"{shard.path}: its schema differs from that of {shards[0].path}."
                )
        self._ends = np.cumsum([len(shard.places) for shard in shards])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, index: Any) -> dict[str, np.ndarray]:
        place = int(np.searchsorted(self._ends, index, "right"))
        shard = self.shards[place]
        number = int(index - (self._ends[place - 1] if place else 0))
        raw, blob = shard.read(number)
        try:
            return decode(self.fields, raw, blob)
        except (ValueError, KeyError, TypeError) as error:
            raise RuntimeError(
                f"{shard.path}: row {number} is damaged: {error}."
            ) from error


def open_files(files: str | Path | Sequence[str | Path]) -> RecordRows:
    """The rows of a set of files named by one of them, or of just the files listed.

    Raises: RuntimeError: a file is missing or no MindRecord file (it is named).
    """
    if isinstance(files, str | Path):
        first = ShardReader(_existing(files))
        names = first.header["shard_addresses"]
        paths = [first.path.with_name(Path(name).name) for name in names]
    else:
        paths = [_existing(each) for each in files]
    return RecordRows([ShardReader(_existing(path)) for path in paths])


def _existing(path: str | Path) -> Path:
    found = Path(path).expanduser()
    if not found.is_file():
        raise RuntimeError(f"mindrecord: there is no file {found}.")
    return found


class FileReader:
    """Reads rows of MindRecord files one after the other.

    Args: file_name: one of a set of files, or a list of files.
        num_consumer: a hint. columns: the fields to give, default all.
    Raises: TypeError, RuntimeError: a setting is not as said, a file cannot be read.
    Example: >>> FileReader("nothing.mindrecord")
        Traceback (most recent call last):
        RuntimeError: mindrecord: there is no file nothing.mindrecord.
    References: mindspore.mindrecord.FileReader.
    """

    def __init__(
        self,
        file_name: str | Path | list[str],
        num_consumer: int = 4,
        columns: list[str] | None = None,
        operator: Any = None,
    ) -> None:
        del num_consumer
        if operator is not None:
            raise ValueError("FileReader: operator is not supported. Leave it out.")
        self._rows: RecordRows | None = open_files(file_name)
        self._columns = list(self._rows.fields) if columns is None else list(columns)
        unknown = [name for name in self._columns if name not in self._rows.fields]
        if unknown:
            raise RuntimeError(
                f"FileReader: columns names {unknown}, the fields are "
                f"{list(self._rows.fields)}."
            )

    def get_next(self) -> Iterator[dict[str, np.ndarray]]:
        """The rows in order, as {field: array}."""
        for number in range(self.len()):
            row = self._open_rows()[number]
            yield {name: row[name] for name in self._columns}

    def schema(self) -> dict[str, dict[str, Any]]:
        """What a row holds, as add_schema was told."""
        return {name: dict(field) for name, field in self._open_rows().fields.items()}

    def len(self) -> int:
        """The number of rows."""
        return len(self._open_rows())

    def close(self) -> None:
        """End; nothing can be read afterwards."""
        self._rows = None

    def _open_rows(self) -> RecordRows:
        if self._rows is None:
            raise RuntimeError("FileReader: it is closed.")
        return self._rows
