"""The formats of checkpoints, by name and by the suffix of their files."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cellnet.train.checkpoint import _orbax, _safetensors
from cellnet.train.checkpoint._read import read_ckpt
from cellnet.train.checkpoint._write import write_ckpt


@dataclass(frozen=True)
class Format:
    """How entries, name -> array or text, become a file, and come back.

    Attributes:
        suffix: how the file's name ends.
        write: of (path, entries, crc_check=).
        read: of (path, choice_func=, crc_check=).
    """

    suffix: str
    write: Callable[..., None]
    read: Callable[..., dict[str, Any]]


FORMATS = {
    "ckpt": Format(".ckpt", write_ckpt, read_ckpt),
    "safetensors": Format(
        _safetensors.SUFFIX,
        _safetensors.write_safetensors,
        _safetensors.read_safetensors,
    ),
    "orbax": Format(_orbax.SUFFIX, _orbax.write_orbax, _orbax.read_orbax),
}


def check_format(owner: str, format: Any) -> str:
    """The name of a format.

    Raises:
        ValueError: there is no such one.
    """
    if not isinstance(format, str) or format not in FORMATS:
        names = ", ".join(map(repr, FORMATS))
        raise ValueError(f"{owner}: format must be one of {names}, got {format!r}")
    return format


def format_of(path: str | os.PathLike[str], default: str = "ckpt") -> Format:
    """The format of a file, by its suffix; ``default`` if it tells none."""
    name = os.fspath(path)
    for each in FORMATS.values():
        if name.endswith(each.suffix):
            return each
    return FORMATS[default]
