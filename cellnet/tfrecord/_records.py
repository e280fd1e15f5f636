"""A TFRecord file: a sequence of records.

A record is uint64 length, its checksum, the data, their checksum; all little-endian.
The data are a tf.train.Example.
"""

from __future__ import annotations

import functools
import struct
from pathlib import Path
from typing import Any

from ._example import example_class

HEAD = struct.Struct("<QI")
LENGTH_SIZE = 8
CHECKSUM_SIZE = 4
POLYNOMIAL = 0x82F63B78  # CRC-32C, bits reversed
Place = tuple[Path, int, int]  # file, first byte, length


@functools.cache
def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


def masked_crc(data: bytes) -> bytes:
    """The checksum of a record file: CRC-32C, turned by 15 bits, plus a constant."""
    table, crc = _crc_table(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    turned = ((crc >> 15) | (crc << 17)) & 0xFFFFFFFF
    return struct.pack("<I", (turned + 0xA282EAD8) & 0xFFFFFFFF)


def find_records(path: Path) -> list[Place]:
    """Where each record's data lie; RuntimeError where the file is cut off or none."""
    places, at, size = [], 0, path.stat().st_size
    with open(path, "rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(HEAD.size)
            where = f"{path}: record {len(places)}"
            if len(head) < HEAD.size:
                raise RuntimeError(f"{where} is cut off.")
            if masked_crc(head[:LENGTH_SIZE]) != head[LENGTH_SIZE:]:
                raise RuntimeError(f"{where}: its length is damaged, or no TFRecord.")
            length = HEAD.unpack(head)[0]
            places.append((path, at + HEAD.size, length))
            at += HEAD.size + length + CHECKSUM_SIZE
            if at > size:
                raise RuntimeError(f"{where} is cut off.")
    return places


def read_features(place: Place) -> dict[str, Any]:
    """{name: tf.train.Feature} of a record; RuntimeError if it is no Example."""
    path, at, length = place
    with open(path, "rb") as file:
        file.seek(at)
        data = file.read(length)
    try:
        example = example_class().FromString(data)
    except Exception as error:
        raise RuntimeError(f"{path}: byte {at}: no tf.train.Example.") from error
    return dict(example.features.feature)


def record(data: bytes) -> bytes:
    """The data as a record of a file."""
    length = struct.pack("<Q", len(data))
    return length + masked_crc(length) + data + masked_crc(data)
