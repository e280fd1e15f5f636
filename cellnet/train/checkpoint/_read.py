"""Reading ``.ckpt`` files, those of MindSpore as well as our own.

The file is walked entry by entry, so that memory holds one entry besides the result and
damage is reported with the place of it. MindSpore accepts a tensor whose content does
not fill its shape; here that is an error, for it always means a damaged file.
"""

import itertools
import math
import os
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from google.protobuf.message import DecodeError

from cellnet.train.checkpoint import _schema as schema

_CRC_BLOCK_BYTES = 16 * 2**20


def read_ckpt(
    path: str | os.PathLike[str],
    *,
    choice_func: Callable[[str], bool] | None = None,
    crc_check: bool = False,
) -> dict[str, np.ndarray | str]:
    """Read the named arrays of a ``.ckpt`` file, in the order of the file.

    Args:
        path: name of the file, ending in ``.ckpt``.
        choice_func: name -> whether to return that entry. All are checked.
        crc_check: whether a file without a CRC-32 gives a warning; one that is there
            is always checked.

    Returns:
        name -> array (writable, of the stored shape and dtype), or str for text.

    Raises:
        TypeError: the path is not a path.
        ValueError: the file is missing, unreadable, empty, cut short, damaged, or no
            checkpoint. The message names the file and what to do.

    Example:
        >>> write_ckpt("net.ckpt", {"step": 3})
        >>> read_ckpt("net.ckpt")
        {'step': array(3)}

    Source: mindspore.load_checkpoint.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"A checkpoint file's name must be a string, got {path!r}.")
    path = os.fspath(path)
    if not path.endswith(schema.SUFFIX):
        raise ValueError(f"{path}: a checkpoint file's name must end in '.ckpt'.")
    try:
        with open(path, "rb") as file:
            return _read(file, path, choice_func, crc_check)
    except FileNotFoundError as error:
        raise ValueError(f"{path}: there is no such checkpoint file.") from error
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}.") from error
    except _UnreadableError as error:
        raise ValueError(f"{path}: {error}. {error.advice}") from error


class _UnreadableError(Exception):
    """What is wrong inside a file and what to do, to be joined with its name."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.advice = advice


def _damaged(what: str) -> _UnreadableError:
    return _UnreadableError(what, "Copy it again, or load an earlier checkpoint.")


def _foreign(what: str) -> _UnreadableError:
    return _UnreadableError(what, "Save it again, in a form that cellnet can load.")


def _read(
    file: BinaryIO,
    path: str,
    choice_func: Callable[[str], bool] | None,
    crc_check: bool,
) -> dict[str, np.ndarray | str]:
    end, crc = _split_crc(file)
    if end == 0:
        raise _damaged("the file is empty")
    if crc_check and crc is None:
        warnings.warn(f"{path}: holds no CRC, so none was checked.", stacklevel=3)
    elif crc is not None and _crc_of(file, end) != crc:
        raise _damaged("the CRC does not match: the file is damaged")
    names: set[str] = set()
    result: dict[str, np.ndarray | str] = {}
    for tensor in _tensors(file, end):
        if tensor.name in names:
            raise _damaged(f"the name '{tensor.name}' comes twice")
        names.add(tensor.name)
        value = tensor.decode()
        if choice_func is None or choice_func(tensor.name):
            result[tensor.name] = value
    return result


def _split_crc(file: BinaryIO) -> tuple[int, int | None]:
    """(where the entries end, the CRC that follows them, if any)."""
    size = file.seek(0, os.SEEK_END)
    trailer = len(schema.CRC_MARK) + schema.CRC_DIGITS
    file.seek(max(size - trailer, 0))
    tail = file.read()
    file.seek(0)
    if len(tail) == trailer and tail.startswith(schema.CRC_MARK):
        return size - trailer, int.from_bytes(tail[len(schema.CRC_MARK) :], "big")
    return size, None


def _crc_of(file: BinaryIO, end: int) -> int:
    crc = 0
    while (left := end - file.tell()) > 0:
        block = file.read(min(left, _CRC_BLOCK_BYTES))
        crc = zlib.crc32(block, crc)
    file.seek(0)
    return crc


@dataclass
class _Tensor:
    """One named value, gathered from one or more entries of the file."""

    name: str
    type_name: str
    dims: list[int]
    slices: list[bytes]

    def decode(self) -> np.ndarray | str:
        if self.type_name == schema.STRING_TYPE:
            return self._decode_text()
        dtype = schema.DTYPES.get(self.type_name)
        if dtype is None:
            raise _foreign(
                f"entry '{self.name}' has the type '{self.type_name}', expected one of "
                f"{', '.join(schema.DTYPES)}"
            )
        stored = sum(map(len, self.slices))
        # MindSpore 1.x wrote a 0-d tensor with the shape [0].
        shape = () if self.dims == [0] and stored else tuple(self.dims)
        expected = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or stored != expected:
            raise _damaged(
                f"entry '{self.name}' holds {stored} bytes, but {self.type_name} of "
                f"shape {shape} needs {expected}: the file is cut short or damaged"
            )
        array = np.empty(shape, dtype)
        content, start = array.reshape(-1).view(np.uint8), 0
        for part in self.slices:
            content[start : start + len(part)] = np.frombuffer(part, np.uint8)
            start += len(part)
        return array

    def _decode_text(self) -> str:
        try:
            return b"".join(self.slices).decode("utf-32-le").rstrip("\0")
        except UnicodeDecodeError as error:
            raise _damaged(f"the text of entry '{self.name}' is damaged") from error


def _tensors(file: BinaryIO, end: int) -> Iterator[_Tensor]:
    """The tensors of a file; neighbours of one name are slices of one tensor."""

    def kind(value: Any) -> tuple[str, str, list[int]]:
        return value.tag, value.tensor.tensor_type, list(value.tensor.dims)

    for (name, type_name, dims), values in itertools.groupby(_values(file, end), kind):
        slices = [value.tensor.tensor_content for value in values]
        yield _Tensor(name, type_name, dims, slices)


def _values(file: BinaryIO, end: int) -> Iterator[Any]:
    while (start := file.tell()) < end:
        if file.read(1) != schema.ENTRY_KEY:
            if start:
                raise _damaged(f"the file is damaged at byte {start}")
            raise _foreign("this is no MindSpore checkpoint, or an encrypted one")
        length = _varint(file, end)
        if length > end - file.tell():
            raise _damaged(
                f"the file is cut short: the entry at byte {start} needs {length} "
                f"bytes, but only {end - file.tell()} follow"
            )
        value = schema.Value()
        try:
            value.ParseFromString(file.read(length))
        except DecodeError as error:
            raise _damaged(f"the entry at byte {start} is damaged") from error
        name = value.tag
        if not isinstance(name, str):  # protobuf hands out broken UTF-8 as bytes
            raise _damaged(f"the entry at byte {start} is damaged: its name is {name}")
        if value.HasField("maptensor"):
            raise _foreign(
                f"entry '{name}' is a hash table (MapParameter), which cellnet does "
                "not have"
            )
        if not (value.HasField("tag") and value.HasField("tensor")):
            raise _damaged(f"the entry at byte {start} has no name or no tensor")
        yield value


def _varint(file: BinaryIO, end: int) -> int:
    """A protobuf number: seven bits a byte, lowest first; a high bit means more."""
    number = shift = 0
    while file.tell() < end and shift < 64:
        (byte,) = file.read(1)
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number
        shift += 7
    raise _damaged(f"the file is cut short or damaged at byte {file.tell()}")
