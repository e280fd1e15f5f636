"""What the converters to MindRecord files share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ._file_writer import FileWriter
from ._schema import Fields

ROWS_AT_ONCE = 256
FileRow = dict[str, Any]


class Converter(ABC):
    """Rows of another kind of file, written by `transform`.

    Args: source: what is read. destination: the file to write; partition_number of
        them, numbered, if that is more than 1.
    """

    def __init__(
        self, source: str | Path, destination: str | Path, partition_number: int = 1
    ) -> None:
        for path in (source, destination):
            if not isinstance(path, str | Path):
                raise ValueError(f"{type(self).__name__}: no path: {path!r}.")
        self.source = Path(source).expanduser()
        self.destination = Path(destination).expanduser()
        # refuses what cannot be written, before anything is read
        FileWriter(self.destination, partition_number)
        self.partition_number = partition_number

    @abstractmethod
    def transform(self) -> None:
        """Read the source and write the destination.

        Raises: RuntimeError: a row cannot be read (file and row are named), or the
            destination is there already.
        """

    def run(self) -> None:
        """The same as transform."""
        self.transform()


def write_rows(
    path: Path,
    count: int,
    fields: Fields,
    index: list[str] | None,
    rows: Iterable[FileRow],
) -> int:
    """Write rows to `count` files; gives how many there were.

    Raises: RuntimeError: the files are there already.
    """
    writer = FileWriter(path, count)
    writer.add_schema(fields)
    if index is not None:
        writer.add_index(index)
    written = 0
    for chunk in _chunks(rows):
        writer.write_raw_data(chunk)
        written += len(chunk)
    writer.commit()
    return written


def _chunks(rows: Iterable[FileRow]) -> Iterator[list[FileRow]]:
    left = iter(rows)
    while chunk := list(islice(left, ROWS_AT_ONCE)):
        yield chunk
