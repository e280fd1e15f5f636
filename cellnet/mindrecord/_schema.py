"""What a row of a MindRecord file holds, and its fields as bytes."""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np

from ._format import BLOB_LENGTH, NO_BLOB, NO_RAW, NUMBERS, SCALARS, is_blob
from ._format import pack as pack_numbers
from ._format import unpack as unpack_numbers

Fields = dict[str, dict[str, Any]]


def check_schema(owner: str, content: Any) -> Fields:
    """{field: {"type": ..., "shape": ...}}, by name, checked."""
    if not isinstance(content, dict) or not content:
        raise ValueError(f"{owner}: expected {{field: {{'type': ...}}}}: {content!r}.")
    for name, field in content.items():
        if not isinstance(name, str) or not name.replace("_", "a").isalnum():
            raise ValueError(
                f"{owner}: a field's name is letters, digits and _, got {name!r}."
            )
        kinds = (*SCALARS, "bytes")
        if not isinstance(field, dict) or field.get("type") not in kinds:
            raise ValueError(
                f"{owner}: the type of '{name}' must be one of {', '.join(kinds)}, got "
                f"{field!r}."
            )
        if set(field) - {"type", "shape"}:
            raise ValueError(f"{owner}: '{name}' has more than type and shape: {field}")
        shape = field.get("shape")
        if "shape" in field and (
            field["type"] not in NUMBERS
            or not isinstance(shape, list)
            or not all(isinstance(side, int) for side in shape)
            or shape.count(-1) > 1
        ):
            raise ValueError(
                f"{owner}: '{name}': a shape is a list of ints, at most one of them "
                f"-1, and only of numbers, got {field}."
            )
    return {name: dict(content[name]) for name in sorted(content)}


def blob_fields(fields: Fields) -> list[str]:
    return [name for name, field in fields.items() if is_blob(field)]


def encode(fields: Fields, row: dict[str, Any], number: int) -> tuple[bytes, bytes]:
    """(raw, blob) of a row; TypeError or ValueError names the row and field."""
    missing = [name for name in fields if name not in row]
    if missing:
        raise ValueError(f"write_raw_data: row {number} lacks the fields {missing}.")
    scalars, blobs = {}, []
    for name, field in fields.items():
        try:
            if is_blob(field):
                blobs.append(_blob(row[name], field))
            else:
                scalars[name] = _scalar(row[name], field["type"])
        except (TypeError, ValueError, OverflowError) as error:
            raise type(error)(
                f"write_raw_data: row {number}, field '{name}' ({field}): {error}"
            ) from error
    if len(blobs) > 1:
        blobs = [BLOB_LENGTH.pack(len(blob)) + blob for blob in blobs]
    raw = msgpack.packb(scalars or NO_RAW)
    assert raw is not None  # what its types say of writing to a stream
    return raw, b"".join(blobs) if blobs else NO_BLOB


def _scalar(value: Any, kind: str) -> Any:
    if kind == "string":
        if not isinstance(value, str):
            raise TypeError(f"expected text, got {value!r}")
        return value
    number = np.asarray(value)
    if number.ndim or number.dtype.kind not in ("iub" if "int" in kind else "iufb"):
        raise TypeError(f"expected a number, got {value!r}")
    if "int" in kind and int(number) != int(number.astype(kind)):
        raise OverflowError(f"{value!r} is beyond {kind}")
    return number.astype(kind).item()


def _blob(value: Any, field: dict[str, Any]) -> bytes:
    if field["type"] == "bytes":
        if isinstance(value, np.ndarray) and value.dtype == np.uint8:
            return value.tobytes()
        if not isinstance(value, bytes | bytearray):
            raise TypeError(f"expected bytes, got {type(value).__name__}")
        return bytes(value)
    if not isinstance(value, np.ndarray) or value.dtype.name != field["type"]:
        raise TypeError(
            f"expected an array of {field['type']}, got "
            f"{getattr(value, 'dtype', type(value).__name__)}"
        )
    value.reshape(field["shape"])  # refuses what does not fit
    return pack_numbers(value) if value.dtype.kind == "i" else value.tobytes()


def decode(fields: Fields, raw: bytes, blob: bytes) -> dict[str, np.ndarray]:
    """The row of these bytes; ValueError if they are damaged."""
    row: dict[str, np.ndarray] = {}
    scalars = msgpack.unpackb(raw)
    names = blob_fields(fields)
    parts = dict(zip(names, _parts(blob, len(names)), strict=True))
    for name, field in fields.items():
        kind = field["type"]
        if name not in parts:
            row[name] = np.array(scalars[name], None if kind == "string" else kind)
        elif kind == "bytes":
            row[name] = np.frombuffer(parts[name], np.uint8).copy()
        elif kind.startswith("int"):
            row[name] = unpack_numbers(parts[name], kind).reshape(field["shape"])
        else:
            array = np.frombuffer(parts[name], kind).copy()
            row[name] = array.reshape(field["shape"])
    return row


def _parts(blob: bytes, count: int) -> list[bytes]:
    if count <= 1:
        return [blob][:count]
    parts, place = [], 0
    for _ in range(count):
        if place + BLOB_LENGTH.size > len(blob):
            raise ValueError("blob fields are cut off")
        (length,) = BLOB_LENGTH.unpack_from(blob, place)
        place += BLOB_LENGTH.size
        parts.append(blob[place : place + length])
        place += length
    if place != len(blob):
        raise ValueError("blob fields are cut off")
    return parts
