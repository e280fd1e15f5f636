"""Checkpoints of orbax: a folder, which JAX programs and clusters read and write.

Parameters are the tree's arrays under their own names; what else there is, texts and a
CRC-32 of all contents, is JSON beside them.  Orbax writes to a folder of another name,
which it renames when all is on disk.
"""

from __future__ import annotations

import glob
import os
import shutil
import warnings
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cellnet.train.checkpoint._write import as_array

SUFFIX = ".orbax"
_UNFINISHED = ".orbax-checkpoint-tmp"  # what orbax adds to the name of a folder


def write_orbax(
    path: str | os.PathLike[str], entries: Mapping[str, Any], *, crc_check: bool = False
) -> None:
    """Write named arrays and texts to a folder; as ``write_ckpt``, which says more.

    Raises:
        ImportError: orbax is not installed.
        OSError: the folder cannot be written.
    """
    ocp = _orbax(path)
    texts = {name: value for name, value in entries.items() if isinstance(value, str)}
    arrays = {n: as_array(n, v) for n, v in entries.items() if n not in texts}
    empty = {n: [a.dtype.name, a.shape] for n, a in arrays.items() if not a.size}
    facts: dict[str, Any] = {"texts": texts, "empty": empty}
    if crc_check:
        facts["crc"] = _crc(arrays, texts)
    filled = {n: a for n, a in arrays.items() if n not in empty}  # orbax takes no other
    folder = Path(path).absolute()
    try:
        with ocp.Checkpointer(ocp.CompositeCheckpointHandler()) as checkpointer:
            checkpointer.save(
                folder,
                args=ocp.args.Composite(
                    parameters=ocp.args.StandardSave(filled),
                    facts=ocp.args.JsonSave(facts),
                ),
                force=True,
            )
    except Exception as error:  # of many kinds, from several libraries
        for rest in folder.parent.glob(f"{glob.escape(folder.name)}{_UNFINISHED}*"):
            shutil.rmtree(rest, ignore_errors=True)  # on a full disk it is in the way
        number = error.errno if isinstance(error, OSError) else None
        text = f"cannot be written; what was there before is unchanged: {error}"
        raise OSError(number, text, str(path)) from error


def read_orbax(
    path: str | os.PathLike[str],
    *,
    choice_func: Callable[[str], bool] | None = None,
    crc_check: bool = False,
) -> dict[str, np.ndarray | str]:
    """Read named arrays and texts; as ``read_ckpt``, which says more.

    Raises:
        ImportError: orbax is not installed.
        ValueError: the folder is missing, incomplete or damaged.
    """
    ocp = _orbax(path)
    folder = Path(path).absolute()
    if not folder.is_dir():
        raise ValueError(f"{path}: there is no such checkpoint folder.")
    try:
        with ocp.Checkpointer(ocp.CompositeCheckpointHandler()) as checkpointer:
            found = checkpointer.restore(
                folder,
                args=ocp.args.Composite(
                    parameters=ocp.args.StandardRestore(),
                    facts=ocp.args.JsonRestore(),
                ),
            )
        arrays = {name: np.asarray(value) for name, value in found.parameters.items()}
        for name, (dtype, shape) in found.facts["empty"].items():
            arrays[name] = np.empty(shape, dtype)
        texts = found.facts["texts"]
        crc = found.facts.get("crc")
    except Exception as error:  # of many kinds, from several libraries
        raise ValueError(
            f"{path}: cannot be read: {error}. Copy it again, or load an earlier "
            "checkpoint."
        ) from error
    if crc is None:
        if crc_check:
            warnings.warn(f"{path}: holds no CRC, so none was checked.", stacklevel=3)
    elif crc != _crc(arrays, texts):
        raise ValueError(
            f"{path}: the CRC does not match: the folder is damaged. Copy it again, or "
            "load an earlier checkpoint."
        )
    entries = {**arrays, **texts}
    return {
        name: value
        for name, value in entries.items()
        if choice_func is None or choice_func(name)
    }


def _orbax(path: Any) -> Any:
    try:
        import orbax.checkpoint
    except ImportError as error:
        raise ImportError(
            f'{path}: this format needs orbax: pip install "cellnet[checkpoints]"'
        ) from error
    return orbax.checkpoint


def _crc(arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]) -> int:
    crc = 0
    for name in sorted(arrays):
        content: Any = np.ascontiguousarray(arrays[name]).reshape(-1).view(np.uint8)
        crc = zlib.crc32(content, zlib.crc32(name.encode(), crc))
    for name in sorted(texts):
        crc = zlib.crc32(f"{name}{texts[name]}".encode(), crc)
    return crc
