"""Writing ``.ckpt`` files, byte for byte as MindSpore writes them."""

import os
import stat
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cellnet._atomic import atomic_write
from cellnet.train.checkpoint import _schema as schema

# Larger tensors are split into several entries of one tag, as MindSpore does it at
# 512 MiB; a reader joins neighbours, whatever their length.
SLICE_BYTES = 64 * 2**20

FILE_MODE = stat.S_IRUSR  # as MindSpore leaves it


def write_ckpt(
    path: str | os.PathLike[str],
    entries: Mapping[str, Any],
    *,
    crc_check: bool = False,
) -> None:
    """Write named arrays to a ``.ckpt`` file that MindSpore can load.

    The file takes its name in one step when it is complete: a crash at any moment
    leaves an earlier file of that name whole.

    Args:
        path: name of the file, ending in ``.ckpt``. Its folder must exist.
        entries: name -> array of any shape, dtype bool, (u)int8 to (u)int64, float16,
            bfloat16, float32, float64, complex64 or complex128; or a Python value: bool
            is stored as 0-d Bool, int as 0-d Int64, float as 0-d Float32, str as text.
        crc_check: whether to append a CRC-32, which `read_ckpt` can check.

    Raises:
        TypeError: a name that is not a string, or a value that cannot be stored.
        ValueError: a wrong ending of the name, no entries, an int beyond 64 bits.
        OSError: the file cannot be written (no such folder, no permission, disk full).

    Example:
        >>> write_ckpt("net.ckpt", {"fc.weight": np.zeros((2, 3), np.float32)})

    Source: mindspore.save_checkpoint.
    """
    path = Path(os.path.realpath(path))  # a link keeps pointing at what it names
    if not path.name.endswith(schema.SUFFIX):
        raise ValueError(f"{path}: a checkpoint file's name must end in '.ckpt'.")
    if not entries:
        raise ValueError(
            f"{path}: no entries to save; a file of none cannot be loaded."
        )
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file.")
    with atomic_write(path, mode=FILE_MODE) as file:
        crc = 0
        for name, value in entries.items():
            for chunk in _encode(name, value):
                file.write(chunk)  # type: ignore[arg-type]  # an array is a buffer
                if crc_check:
                    crc = zlib.crc32(chunk, crc)  # type: ignore[arg-type]
        if crc_check:
            file.write(schema.CRC_MARK + crc.to_bytes(schema.CRC_DIGITS, "big"))


def _encode(name: str, value: Any) -> Iterator[bytes | np.ndarray]:
    """The bytes of one entry, heads and contents in turn.

    A content goes to the file as it lies in memory.  Were protobuf to serialize it, it
    would be copied three times, under the lock of the interpreter, while a training
    that saves in the background wants to go on.
    """
    if not isinstance(name, str):
        raise TypeError(f"An entry's name must be a string, got {name!r}.")
    dims, type_name, content = _describe(name, value)
    tensor = schema.TensorProto(dims=dims, tensor_type=type_name).SerializeToString()
    tag = schema.Value(tag=name).SerializeToString()
    for start in range(0, max(len(content), 1), SLICE_BYTES):
        part = content[start : start + SLICE_BYTES]
        inner = tensor + schema.CONTENT_KEY + _varint(len(part))
        outer = tag + schema.TENSOR_KEY + _varint(len(inner) + len(part)) + inner
        yield schema.ENTRY_KEY + _varint(len(outer) + len(part)) + outer
        yield part


def _varint(number: int) -> bytes:
    """A protobuf number: seven bits a byte, lowest first; a high bit means more."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _describe(name: str, value: Any) -> tuple[list[int], str, np.ndarray]:
    """(dims, tensor_type, content as a flat uint8 array) of one entry."""
    if isinstance(value, str):
        # NumPy stores '' as one NUL, and so does MindSpore.
        text = (value or "\0").encode("utf-32-le")
        return schema.STRING_DIMS, schema.STRING_TYPE, np.frombuffer(text, np.uint8)
    array = as_array(name, value)
    native = array.dtype.newbyteorder("=")
    type_name = schema.TYPE_NAMES.get(native)
    if type_name is None:
        raise TypeError(
            f"Entry '{name}' has dtype {array.dtype}, which a .ckpt cannot hold; "
            f"convert it to one of {', '.join(map(str, schema.TYPE_NAMES))}."
        )
    content = np.ascontiguousarray(array, native).reshape(-1).view(np.uint8)
    return list(array.shape), type_name, content


def as_array(name: str, value: Any) -> np.ndarray:
    """A value as an array: int as Int64, float as Float32, as MindSpore stores them.

    Raises:
        ValueError: an int beyond 64 bits.
    """
    # NumPy's scalars come first: np.float64 is a float too, but keeps its own dtype.
    if isinstance(value, np.generic) or not isinstance(value, (bool, int, float)):
        return np.asarray(value)
    if isinstance(value, bool):
        return np.asarray(value)
    if isinstance(value, float):
        return np.asarray(value, np.float32)
    try:
        return np.asarray(value, np.int64)
    except OverflowError as error:
        raise ValueError(f"Entry '{name}' = {value} does not fit 64 bits.") from error
