"""IDX files, the format of MNIST: a magic number, sizes, then bytes.

The magic number is 0x00000801 for labels (one axis) and 0x00000803 for images (three);
sizes are big-endian uint32. Files may be gzip-compressed.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

LABEL_MAGIC = 0x00000801
IMAGE_MAGIC = 0x00000803


def read_idx(path: Path, magic: int) -> np.ndarray:
    """The uint8 array in an IDX file; RuntimeError, naming it, if it is damaged."""
    data = _read_bytes(path)
    ndim = magic & 0xFF
    header_size = 4 + 4 * ndim
    if len(data) < header_size:
        raise RuntimeError(
            f"{path}: {len(data)} bytes, too short for an IDX header of {header_size}. "
            f"The file is cut off; fetch it again."
        )
    header = np.frombuffer(data, ">u4", 1 + ndim)
    if header[0] != magic:
        raise RuntimeError(
            f"{path}: magic number {header[0]}, expected {magic} for IDX "
            f"{'images' if magic == IMAGE_MAGIC else 'labels'}. Is it another file?"
        )
    shape = tuple(int(side) for side in header[1:])
    expected = int(np.prod(shape, dtype=object))
    found = len(data) - header_size
    if found != expected:
        raise RuntimeError(
            f"{path}: the header promises {expected} bytes of data (shape {shape}), "
            f"the file holds {found}. It is cut off or damaged; fetch it again."
        )
    return np.frombuffer(data, np.uint8, expected, header_size).reshape(shape)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write a uint8 array as a gzip-compressed IDX file, the same bytes every time."""
    magic = 0x00000800 | array.ndim
    header = np.array([magic, *array.shape], ">u4").tobytes()
    with (
        open(path, "wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as file,
    ):
        file.write(header + np.ascontiguousarray(array, np.uint8).tobytes())


def _read_bytes(path: Path) -> bytes:
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                return file.read()
        return path.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RuntimeError(
            f"{path}: not a whole gzip file ({error}). Fetch it again."
        ) from error
    except OSError as error:
        raise RuntimeError(f"{path}: cannot be read: {error}.") from error
