"""``.safetensors`` files: MindSpore's and torch's too.

A text, which the format has no type for, is stored as its UTF-8 bytes, with its name in
the metadata.  There is the CRC-32 too, of names and contents in the order of names: as
``crc_num`` if it is what MindSpore would find.  In the place of a whole number without
axes MindSpore takes so many zero bytes; a file with one has ``cellnet.crc``.
"""

from __future__ import annotations

import json
import os
import warnings
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cellnet._atomic import atomic_write
from cellnet.train.checkpoint._write import FILE_MODE, as_array

SUFFIX = ".safetensors"
_TEXTS = "cellnet.texts"  # in the metadata: names of the entries that are text
_CRC, _CRC_OF_MINDSPORE = "cellnet.crc", "crc_num"
_TYPES = {
    "bool": "BOOL",
    **{"int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64"},
    **{"uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64"},
    **{"float16": "F16", "bfloat16": "BF16", "float32": "F32", "float64": "F64"},
    "complex64": "C64",
}


def write_safetensors(
    path: str | os.PathLike[str], entries: Mapping[str, Any], *, crc_check: bool = False
) -> None:
    """Write named arrays and texts; as ``write_ckpt``, which says more.

    The header is written here, not by the library: that one puts all contents together
    in memory, or renames a file of its own, which is then neither locked nor synced.

    Raises:
        TypeError: a value that cannot be stored.
        OSError: the file cannot be written.
    """
    texts = sorted(name for name, value in entries.items() if isinstance(value, str))
    arrays = {name: _bytes_of(name, entries[name]) for name in sorted(entries)}
    metadata = {"format": "ms"}
    if texts:
        metadata[_TEXTS] = json.dumps(texts)
    if crc_check:
        plain = not any(map(_is_odd, arrays.values()))
        metadata[_CRC_OF_MINDSPORE if plain else _CRC] = str(_crc(arrays))
    header: dict[str, Any] = {"__metadata__": metadata}
    # the library reads a file only if larger types come first: all contents aligned
    order = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))
    end = 0
    for name in order:
        array = arrays[name]
        start, end = end, end + array.nbytes
        header[name] = {
            "dtype": _TYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [start, end],
        }
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with atomic_write(Path(os.path.realpath(path)), mode=FILE_MODE) as file:
        file.write(len(head).to_bytes(8, "little"))
        file.write(head)
        for name in order:
            file.write(_content(arrays[name]))


def read_safetensors(
    path: str | os.PathLike[str],
    *,
    choice_func: Callable[[str], bool] | None = None,
    crc_check: bool = False,
) -> dict[str, np.ndarray | str]:
    """Read named arrays and texts; as ``read_ckpt``, which says more.

    Raises:
        ImportError: safetensors is not installed.
        ValueError: the file is missing, cut short or damaged.
    """
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise ImportError(
            f'{path}: reading it needs safetensors: pip install "cellnet[checkpoints]"'
        ) from error
    advice = "Copy it again, or load an earlier checkpoint."
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            checked = {_CRC, _CRC_OF_MINDSPORE} & metadata.keys()
            arrays = {
                name: file.get_tensor(name)
                for name in sorted(file.keys())
                if checked or choice_func is None or choice_func(name)
            }
    except FileNotFoundError as error:
        raise ValueError(f"{path}: there is no such checkpoint file.") from error
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path}: cannot be read: {error}. {advice}") from error
    if crc_check and not checked:
        warnings.warn(f"{path}: holds no CRC, so none was checked.", stacklevel=3)
    if any(
        metadata[key] != str(_crc(arrays, as_mindspore=key == _CRC_OF_MINDSPORE))
        for key in checked
    ):
        raise ValueError(
            f"{path}: the CRC does not match: the file is damaged. {advice}"
        )
    texts = set(json.loads(metadata.get(_TEXTS, "[]")))
    return {
        name: array.tobytes().decode() if name in texts else array
        for name, array in arrays.items()
        if choice_func is None or choice_func(name)
    }


def _bytes_of(name: str, value: Any) -> np.ndarray:
    if isinstance(value, str):
        return np.frombuffer(value.encode(), np.uint8)
    array = as_array(name, value)
    if array.dtype.name not in _TYPES:
        raise TypeError(
            f"Entry '{name}' has dtype {array.dtype}, which a .safetensors file cannot "
            f"hold; convert it to one of {', '.join(_TYPES)}."
        )
    little = array.dtype.newbyteorder("<") if array.dtype.kind != "V" else array.dtype
    return np.asarray(array, little, order="C")


def _crc(arrays: Mapping[str, np.ndarray], *, as_mindspore: bool = False) -> int:
    crc = 0
    for name in sorted(arrays):
        array = arrays[name]
        crc = zlib.crc32(name.encode(), crc)
        odd = as_mindspore and _is_odd(array)
        crc = zlib.crc32(bytes(int(array)) if odd else _content(array), crc)
    return crc


def _is_odd(array: np.ndarray) -> bool:
    """Whether Python's ``bytes`` takes it for a length."""
    return array.ndim == 0 and array.dtype.kind in "iu"


def _content(array: np.ndarray) -> Any:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
