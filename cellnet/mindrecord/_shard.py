"""One MindRecord file: written page by page, read row by row."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from .._atomic import atomic_write
from ._format import LENGTH, SCALARS, VERSION
from ._schema import Fields, blob_fields

FILE_MODE = 0o644
PLACE = (
    "ROW_ID",
    *("PAGE_ID_RAW", "PAGE_OFFSET_RAW", "PAGE_OFFSET_RAW_END"),
    "ROW_GROUP_ID",
    *("PAGE_ID_BLOB", "PAGE_OFFSET_BLOB", "PAGE_OFFSET_BLOB_END"),
)


def index_file(path: Path) -> Path:
    return path.with_name(path.name + ".db")


class ShardWriter:
    """Rows into pages; `finish` writes the header and the index.

    Until then nothing of it is to be seen, and a file of that name stays as it was.

    Args: append: the rows that the file has come first, so that its index, which is
        replaced after it, fits it at any moment.
    """

    def __init__(
        self, path: Path, header_size: int, page_size: int, append: bool
    ) -> None:
        self.path = path
        self.append = append
        self.header_size, self.page_size = header_size, page_size
        self.pages: list[dict[str, Any]] = []
        self.places: list[tuple[Any, ...]] = []
        self._open = ExitStack()
        self._file = self._open.enter_context(atomic_write(path, mode=FILE_MODE))
        self._counts = {"RAW_DATA": 0, "BLOB_DATA": 0}
        self._raw = self._blob = -1  # numbers of the open pages

    def add(self, raw: bytes, blob: bytes, keys: list[Any]) -> None:
        """One row; keys are the values of the index fields."""
        raw, blob = LENGTH.pack(len(raw)) + raw, LENGTH.pack(len(blob)) + blob
        if max(len(raw), len(blob)) > self.page_size:
            raise RuntimeError(
                f"write_raw_data: a row of {max(len(raw), len(blob))} bytes is larger "
                f"than a page, {self.page_size}. Call set_page_size first."
            )
        full = self._blob < 0 or not self._fits(self._blob, blob)
        if self._raw < 0 or not self._fits(self._raw, raw):
            self._raw, full = self._new_page("RAW_DATA"), True
        if full:
            self._blob = self._new_page("BLOB_DATA")
            groups = self.pages[self._raw]["row_group_ids"]
            offset = self.pages[self._raw]["page_size"]
            groups.append({"id": self._counts["BLOB_DATA"] - 1, "offset": offset})
        page = self.pages[self._blob]
        page["end_row_id"] = len(self.places) + 1
        group = page["page_type_id"]
        raw_place, blob_place = self._put(self._raw, raw), self._put(self._blob, blob)
        numbered = [each for key in keys for each in (0, key)]
        row = len(self.places), self._raw, *raw_place, group, self._blob, *blob_place
        self.places.append((*row, *numbered))

    def _fits(self, number: int, data: bytes) -> bool:
        return self.pages[number]["page_size"] + len(data) <= self.page_size

    def _new_page(self, kind: str) -> int:
        blob = kind == "BLOB_DATA"
        first = len(self.places) if blob else 0
        self.pages.append(
            {
                "end_row_id": first,
                "page_id": len(self.pages),
                "page_size": 0,
                "page_type": kind,
                "page_type_id": self._counts[kind],
                "row_group_ids": [{"id": 0, "offset": 0}] if blob else [],
                "shard_id": 0,
                "start_row_id": first,
            }
        )
        self._counts[kind] += 1
        return len(self.pages) - 1

    def _put(self, number: int, data: bytes) -> tuple[int, int]:
        page = self.pages[number]
        start = page["page_size"]
        self._file.seek(self.header_size + number * self.page_size + start)
        self._file.write(data)
        page["page_size"] += len(data)
        return start, page["page_size"]

    def finish(
        self, fields: Fields, desc: str, keys: list[str], names: list[str], number: int
    ) -> None:
        """Write what goes before and beside the pages, and close."""
        for page in self.pages:
            page["shard_id"] = number
        schema = {"blob_fields": blob_fields(fields), "desc": desc, "schema": fields}
        header = {
            "header_size": self.header_size,
            "index_fields": [{"index_field": k, "schema_id": 0} for k in keys] or None,
            "page": self.pages,
            "page_size": self.page_size,
            "compression_size": 0,
            "schema": [schema],
            "shard_addresses": names,
            "shard_id": number,
            "statistics": None,
            "version": VERSION,
        }
        text = json.dumps(header, separators=(",", ":")).encode()
        if len(text) + LENGTH.size > self.header_size:
            raise RuntimeError(
                f"commit: the header needs {len(text) + LENGTH.size} bytes, its size "
                f"is {self.header_size}. Call set_header_size first."
            )
        self._file.seek(0)
        self._file.write(LENGTH.pack(len(text)) + text)
        if self._file.seek(0, 2) < self.header_size:
            self._file.truncate(self.header_size)
        path, index = index_file(self.path), self._index(fields, keys)
        if not self.append:  # no old index beside the new file, not even for a moment
            path.unlink(missing_ok=True)
        self._open.close()
        with atomic_write(path, mode=FILE_MODE) as file:
            file.write(index)

    def _index(self, fields: Fields, keys: list[str]) -> bytes:
        """The index, an SQLite file."""
        columns = [f"{name} INT NOT NULL" for name in PLACE]
        for place, key in enumerate(keys):
            columns += [f"INC_{place} INT", f"{key}_0 {SCALARS[fields[key]['type']]}"]
        unique = ",".join(["ROW_ID", *(f"INC_{place}" for place in range(len(keys)))])
        marks = ",".join("?" * len(columns))
        with closing(sqlite3.connect(":memory:")) as index:
            with index:
                index.execute(
                    f"CREATE TABLE INDEXES({','.join(columns)}, PRIMARY KEY({unique}))"
                )
                index.executemany(f"INSERT INTO INDEXES VALUES({marks})", self.places)
                index.execute("CREATE TABLE SHARD_NAME(NAME TEXT NOT NULL)")
                index.execute("INSERT INTO SHARD_NAME VALUES(?)", (self.path.name,))
            return index.serialize()

    def abandon(self) -> None:
        """Leave everything as it was."""
        self._open.pop_all().__exit__(GeneratorExit, GeneratorExit(), None)


class ShardReader:
    """A file's header and its rows' places; rows are read when asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header = _read_header(path)
        (schema, *_) = self.header["schema"]
        self.fields: Fields = schema["schema"]
        index = index_file(path)
        if not index.is_file():
            raise RuntimeError(f"{path}: its index {index.name} is not beside it.")
        try:
            with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True)) as table:
                wanted = ",".join(PLACE)
                query = f"SELECT {wanted} FROM INDEXES ORDER BY ROW_ID"
                self.places = table.execute(query).fetchall()
        except sqlite3.DatabaseError as error:
            raise RuntimeError(f"{index}: no index of MindRecord: {error}.") from error

    def read(self, number: int) -> tuple[bytes, bytes]:
        """(raw, blob) of a row."""
        place = self.places[number]
        with open(self.path, "rb") as file:
            pieces = []
            for page, first, last in (place[1:4], place[5:8]):
                at = self.header["header_size"] + page * self.header["page_size"]
                file.seek(at + first)
                data = file.read(last - first)
                length = LENGTH.size + int.from_bytes(data[: LENGTH.size], "little")
                if len(data) != last - first or length != len(data):
                    raise RuntimeError(
                        f"{self.path}: row {number} is cut off or damaged."
                    )
                pieces.append(data[LENGTH.size :])
        return pieces[0], pieces[1]


def _read_header(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            (length,) = LENGTH.unpack(file.read(LENGTH.size))
            if length > path.stat().st_size:
                raise ValueError("its first bytes are no length of a header")
            header = json.loads(file.read(length))
        if header["version"] != VERSION or not header["schema"]:
            raise ValueError(f"version {header['version']}, expected {VERSION}")
        return header
    except (ValueError, KeyError, TypeError, OSError, struct.error) as error:
        raise RuntimeError(f"{path}: no MindRecord file: {error}.") from error
