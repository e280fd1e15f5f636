"""What is inside a MindRecord file, version 3.0.

A file is a header and pages of equal size; page p begins at
header_size + p * page_size.

    header    uint64 length, then JSON: schema, pages, index fields, names of all shards
    raw page  for each row: uint64 length, then the scalar fields as a msgpack map
    blob page for each row: uint64 length, then bytes and arrays in the order of
              `blob_fields`; if there are several, each after its own length, which is
              big-endian

A row group is what one blob page holds. Beside a file NAME lies NAME.db, an SQLite
table with each row's place: pages and offsets. Arrays of whole numbers are packed, see
`pack`.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

VERSION = "3.0"
LENGTH = struct.Struct("<Q")
BLOB_LENGTH = struct.Struct(">Q")
COUNT = struct.Struct(">I")
DEFAULT_HEADER_SIZE = 1 << 24
DEFAULT_PAGE_SIZE = 1 << 25
NO_BLOB = bytes(4)  # stands in the blob page for a row without blob fields
NO_RAW = {"id": 0}  # and in the raw page for one with blob fields only
SCALARS = {
    "int32": "INTEGER",
    "int64": "INTEGER",
    "float32": "REAL",
    "float64": "REAL",
    "string": "TEXT",
}
NUMBERS = ("int32", "int64", "float32", "float64")
WIDTHS = (1, 2, 4, 8)  # bytes of a packed number, by its code of two bits


def is_blob(field: dict[str, Any]) -> bool:
    return field["type"] == "bytes" or "shape" in field


def pack(values: np.ndarray) -> bytes:
    """Signed numbers in the fewest bytes: their count, a code of two bits for each
    (1, 2, 4 or 8 bytes), then the numbers.
    """
    numbers = values.astype(np.int64).ravel()
    code = np.zeros(numbers.size, np.uint8)
    for width in WIDTHS[:-1]:
        limit = 1 << (8 * width - 1)
        code += (numbers < -limit) | (numbers >= limit)
    bits = np.zeros(-(-numbers.size // 4) * 4, np.uint8)
    bits[: numbers.size] = code
    shifts = np.array([6, 4, 2, 0], np.uint8)
    flags = np.bitwise_or.reduce(bits.reshape(-1, 4) << shifts, axis=1)
    widths = np.array(WIDTHS)[code]
    used = np.arange(8) < widths[:, None]
    data = numbers.astype("<i8").view(np.uint8).reshape(-1, 8)[used]
    return COUNT.pack(numbers.size) + flags.astype(np.uint8).tobytes() + data.tobytes()


def unpack(data: bytes, dtype: Any) -> np.ndarray:
    """The numbers that `pack` was given; ValueError if the bytes are cut off."""
    if len(data) < COUNT.size:
        raise ValueError("packed numbers are cut off")
    (count,) = COUNT.unpack_from(data)
    size = -(-count // 4)
    flags = np.frombuffer(data, np.uint8)[COUNT.size : COUNT.size + size]
    if flags.size != size:
        raise ValueError("packed numbers are cut off")
    code = ((flags[:, None] >> np.array([6, 4, 2, 0], np.uint8)) & 3).ravel()[:count]
    widths = np.array(WIDTHS)[code]
    packed = np.frombuffer(data, np.uint8)[COUNT.size + size :]
    if packed.size != widths.sum():
        raise ValueError("packed numbers are cut off")
    used = np.arange(8) < widths[:, None]
    wide = np.zeros((count, 8), np.uint8)
    wide[used] = packed
    last = wide[np.arange(count), widths - 1]
    wide[~used & (last >= 128)[:, None]] = 255  # the sign
    return wide.reshape(-1).view("<i8").astype(dtype)
