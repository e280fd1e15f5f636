"""CsvToMR and ImageNetToMR: lines of text files to MindRecord files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ._convert import Converter, FileRow, write_rows
from ._schema import Fields


class CsvToMR(Converter):
    """A CSV file, its first line the columns' names, to MindRecord files.

    A column is int64 if all of its values are ints, float64 if all are numbers, else
    string. A row with an empty value is left out.

    Args: source: the file. destination: the file to write.
        columns_list: the columns to take, default all.
        partition_number: how many files to write.
    Raises: ValueError: a path or number is none. RuntimeError: there is no such file
        or column, a row has another number of values (line named), or destination is
        there.
    References: mindspore.mindrecord.CsvToMR.
    """

    def __init__(
        self,
        source: str | Path,
        destination: str | Path,
        columns_list: list[str] | None = None,
        partition_number: int = 1,
    ) -> None:
        super().__init__(source, destination, partition_number)
        if not self.source.is_file():
            raise RuntimeError(f"CsvToMR: there is no file {self.source}.")
        self.columns_list = columns_list

    def transform(self) -> None:
        """Read the file and write the destination."""
        names, lines = self._lines()
        wanted = names if self.columns_list is None else list(self.columns_list)
        unknown = [name for name in wanted if name not in names]
        if unknown:
            raise RuntimeError(f"CsvToMR: {self.source} has no column {unknown}.")
        columns = {name: [line[names.index(name)] for line in lines] for name in wanted}
        kinds = {name: _kind(values) for name, values in columns.items()}
        convert = {"int64": int, "float64": float, "string": str}
        rows = (
            {name: convert[kinds[name]](columns[name][place]) for name in wanted}
            for place in range(len(lines))
            if all(columns[name][place].strip() for name in wanted)
        )
        fields: Fields = {name: {"type": kind} for name, kind in kinds.items()}
        write_rows(self.destination, self.partition_number, fields, wanted, rows)

    def _lines(self) -> tuple[list[str], list[list[str]]]:
        with open(self.source, encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            names = next(reader, [])
            if not names:
                raise RuntimeError(f"CsvToMR: {self.source} has no line of names.")
            lines = []
            for line in reader:
                if line and len(line) != len(names):
                    raise RuntimeError(
                        f"CsvToMR: {self.source}, line {reader.line_num}: "
                        f"{len(line)} values, expected {len(names)}."
                    )
                if line:
                    lines.append(line)
        return names, lines


def _kind(values: list[str]) -> str:
    given = [value for value in values if value.strip()]
    for kind, convert in (("int64", int), ("float64", float)):
        try:
            for value in given:
                convert(value)
        except ValueError:
            continue
        return kind
    return "string"


class ImageNetToMR(Converter):
    """Folders of JPEG files, one for each class, to MindRecord files.

    Fields: image, the file's bytes; file_name, its path; label, int32.

    Args: map_file: lines "folder label". image_dir: where the folders are.
        destination: the file to write. partition_number: how many files to write.
    Raises: ValueError: a path or number is none. RuntimeError: a line of map_file is
        not as said or names a folder outside of image_dir, a folder is missing, or
        destination is there.
    References: mindspore.mindrecord.ImageNetToMR.
    """

    def __init__(
        self,
        map_file: str | Path,
        image_dir: str | Path,
        destination: str | Path,
        partition_number: int = 1,
    ) -> None:
        super().__init__(map_file, destination, partition_number)
        if not self.source.is_file():
            raise RuntimeError(f"ImageNetToMR: there is no file {self.source}.")
        self.image_dir = Path(image_dir).expanduser()

    def transform(self) -> None:
        """Read the folders and write the destination."""
        fields: Fields = {
            "label": {"type": "int32"},
            "image": {"type": "bytes"},
            "file_name": {"type": "string"},
        }
        index, rows = ["label", "file_name"], self._rows(self._labels())
        write_rows(self.destination, self.partition_number, fields, index, rows)

    def _labels(self) -> dict[Path, int]:
        labels = {}
        for number, line in enumerate(self.source.read_text().splitlines(), 1):
            where = f"ImageNetToMR: {self.source}, line {number}"
            match line.split():
                case [name, label] if label.isdecimal():
                    folder = self.image_dir / name
                case _:
                    raise RuntimeError(f"{where}: expected 'folder label': {line!r}.")
            if Path(name).name != name or not folder.is_dir():
                raise RuntimeError(f"{where}: {name!r} is no folder in image_dir.")
            labels[folder] = int(label)
        return labels

    def _rows(self, labels: dict[Path, int]) -> Iterator[FileRow]:
        for folder, label in labels.items():
            for path in sorted(folder.iterdir()):
                if path.suffix.lower() in (".jpg", ".jpeg"):
                    image = path.read_bytes()
                    yield {"label": label, "image": image, "file_name": str(path)}
