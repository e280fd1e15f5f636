"""FileWriter: rows into MindRecord files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ._format import DEFAULT_HEADER_SIZE, DEFAULT_PAGE_SIZE, is_blob
from ._schema import Fields, check_schema, decode, encode
from ._shard import ShardReader, ShardWriter

HEADER_SIZES = (16 * 1024, 128 * 1024**2)
PAGE_SIZES = (32 * 1024, 256 * 1024**2)


class FileWriter:
    """Writes rows to one MindRecord file or to several.

    Args: file_name: path; with shard_num > 1 the files are file_name0, file_name1, ...
        shard_num: number of files, 1 to 1000.
        overwrite: replace files that are there.
    Raises: TypeError, ValueError: a setting is not as said. RuntimeError: the files are
        there and overwrite is False.
    Example: >>> FileWriter("rows.mindrecord").shard_num
        1
    References: mindspore.mindrecord.FileWriter.
    """

    def __init__(
        self, file_name: str | Path, shard_num: int = 1, overwrite: bool = False
    ) -> None:
        if not isinstance(file_name, str | Path):
            raise TypeError(f"FileWriter: file_name must be a path, got {file_name!r}.")
        if isinstance(shard_num, bool) or not isinstance(shard_num, int):
            raise TypeError(f"FileWriter: shard_num must be an int, got {shard_num!r}.")
        if not 1 <= shard_num <= 1000:
            raise ValueError(
                f"FileWriter: shard_num must lie in [1, 1000], got {shard_num}."
            )
        if not isinstance(overwrite, bool):
            raise TypeError(f"FileWriter: overwrite must be a bool, got {overwrite!r}.")
        self.shard_num = shard_num
        self._paths = shard_paths(Path(file_name).expanduser(), shard_num)
        there = [path for path in self._paths if path.exists()]
        if there and not overwrite:
            raise RuntimeError(
                f"FileWriter: {there[0]} exists already. Set overwrite=True."
            )
        self._fields: Fields | None = None
        self._desc = ""
        self._keys: list[str] | None = None
        self._sizes = (DEFAULT_HEADER_SIZE, DEFAULT_PAGE_SIZE)
        self._shards: list[ShardWriter] = []
        self._written = 0
        self._append = False

    @classmethod
    def open_for_append(cls, file_name: str | Path) -> FileWriter:
        """A writer that begins with the rows of an existing file.

        A new file replaces it at commit; until then it stays as it is.

        Args: file_name: one of the files, the first of several.
        Raises: RuntimeError: it is no MindRecord file.
        """
        reader = ShardReader(Path(file_name))
        names = reader.header["shard_addresses"]
        readers = [ShardReader(Path(file_name).with_name(name)) for name in names]
        writer = cls(file_name, 1, overwrite=True)
        writer._paths = [each.path for each in readers]
        writer.shard_num = len(readers)
        writer._fields = reader.fields
        writer._desc = reader.header["schema"][0]["desc"]
        indexed = reader.header["index_fields"] or []
        writer._keys = [each["index_field"] for each in indexed]
        writer._sizes = reader.header["header_size"], reader.header["page_size"]
        writer._append = True
        writer._open()
        for shard, old in zip(writer._shards, readers, strict=True):
            for place in range(len(old.places)):
                raw, blob = old.read(place)
                row = decode(reader.fields, raw, blob)
                shard.add(raw, blob, [row[key].item() for key in writer._keys])
                writer._written += 1
        return writer

    def add_schema(self, content: dict[str, dict[str, Any]], desc: str = "") -> None:
        """Say what a row holds: {field: {"type": type, "shape": list of ints}}.

        Args: content: type is int32, int64, float32, float64, string or bytes; arrays
                of numbers have a shape, -1 for a side of any length.
            desc: a text that is kept.
        Raises: ValueError: content is not as said.
        """
        if self._fields is not None:
            raise RuntimeError("add_schema: the schema is there already.")
        self._fields = check_schema("add_schema", content)
        self._desc = desc

    def add_index(self, index_fields: Sequence[str]) -> None:
        """Name fields, scalars, to be found in the index file.

        Raises: TypeError: no list of names. ValueError: a field is unknown or an array.
        """
        fields = self._known_fields("add_index")
        if not isinstance(index_fields, list | tuple):
            raise TypeError(f"add_index: expected a list, got {index_fields!r}.")
        for name in index_fields:
            if name not in fields or is_blob(fields[name]):
                raise ValueError(
                    f"add_index: {name!r} is no scalar field; fields: {list(fields)}."
                )
        self._keys = list(index_fields)

    def set_header_size(self, header_size: int) -> None:
        """Bytes kept for the header: a multiple of 4 in [16 KiB, 128 MiB]."""
        size = _size("set_header_size", header_size, *HEADER_SIZES)
        self._sizes = size, self._sizes[1]

    def set_page_size(self, page_size: int) -> None:
        """Bytes of a page, the most of a row: a multiple of 4 in [32 KiB, 256 MiB]."""
        self._sizes = self._sizes[0], _size("set_page_size", page_size, *PAGE_SIZES)

    def write_raw_data(
        self, raw_data: list[dict[str, Any]], parallel_writer: bool = False
    ) -> None:
        """Write rows; with several files each gets one run of them.

        Args: raw_data: list of {field: value}; bytes as bytes, arrays as NumPy arrays
                of the schema's dtype. parallel_writer: a hint.
        Raises: TypeError, ValueError: a row does not fit the schema (it is named).
            RuntimeError: a row is larger than a page.
        """
        del parallel_writer
        fields = self._known_fields("write_raw_data")
        if not isinstance(raw_data, list):
            raise TypeError(f"write_raw_data: expected a list, got {raw_data!r}.")
        rows = [
            (*encode(fields, row, self._written + place), row)
            for place, row in enumerate(raw_data)
        ]
        self._open()
        share = -(-len(rows) // self.shard_num)
        for place, (raw, blob, row) in enumerate(rows):
            keys = [_plain(row[key]) for key in self._keys or []]
            self._shards[place // share].add(raw, blob, keys)
        self._written += len(rows)

    def commit(self) -> None:
        """Write headers and index files; nothing can be added afterwards.

        Raises: RuntimeError: the header is too small for its content. OSError: a file
            cannot be written. Either leaves old files as they were.
        """
        fields = self._known_fields("commit")
        self._open()
        names = [path.name for path in self._paths]
        for number, shard in enumerate(self._shards):
            shard.finish(fields, self._desc, self._keys or [], names, number)
        self._shards = []

    def _known_fields(self, owner: str) -> Fields:
        if self._fields is None:
            raise RuntimeError(f"{owner}: call add_schema first.")
        return self._fields

    def _open(self) -> None:
        if self._shards:
            return
        if self._keys is None:  # all scalars, as MindSpore does
            fields = self._known_fields("write_raw_data")
            self._keys = [name for name, field in fields.items() if not is_blob(field)]
        self._shards = [
            ShardWriter(path, *self._sizes, self._append) for path in self._paths
        ]


def shard_paths(path: Path, count: int) -> list[Path]:
    if count == 1:
        return [path]
    width = len(str(count - 1))
    return [path.with_name(f"{path.name}{k:0{width}}") for k in range(count)]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _size(owner: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{owner}: expected an int, got {value!r}.")
    if not low <= value <= high or value % 4:
        raise ValueError(
            f"{owner}: expected a multiple of 4 in [{low}, {high}], got {value}."
        )
    return value
