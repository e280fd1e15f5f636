"""save_checkpoint: Parameters into a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.checkpoint._background import writer
from cellnet.train.checkpoint._formats import FORMATS, check_format
from cellnet.train.checkpoint._options import (
    check_async_save,
    check_name,
    refuse_encryption,
    refuse_remove_redundancy,
)

_OWNER = "save_checkpoint"
_APPENDED = (int, float, bool, str, Tensor, jax.Array, np.ndarray, np.number, np.bool_)


def save_checkpoint(
    save_obj: Cell | list[Any] | dict[str, Any],
    ckpt_file_name: str | os.PathLike[str],
    integrated_save: bool = True,
    async_save: bool | str = False,
    append_dict: dict[str, Any] | None = None,
    enc_key: bytes | None = None,
    enc_mode: str = "AES-GCM",
    choice_func: Callable[[str], bool] | None = None,
    crc_check: bool = False,
    format: str = "ckpt",
    **kwargs: Any,
) -> None:
    """Save Parameters to a file; a ``.ckpt`` one MindSpore can load too.

    The file appears under its name when it is complete; until then, and if saving
    fails, an earlier file of that name stays whole.

    Args:
        save_obj: a Cell, whose Parameters are saved under their names; or a list of
            Parameters and of ``{"name": str, "data": Tensor}``; or a dict of name ->
            Tensor or Parameter.
        ckpt_file_name: name of the file; the format's suffix, ".ckpt", ".safetensors"
            or ".orbax", is added where it is missing.  Its folder must exist.
        integrated_save: accepted; every Parameter is whole.
        async_save: True, "thread" or "process" copy the values on the device and let a
            thread fetch and write them, one file at a time; only a save that finds the
            one before unfinished waits.  What fails there is raised at the next save.
        append_dict: name -> int, float, bool, str, Tensor or Parameter, saved besides.
        enc_key, enc_mode: only None; encrypted files are not available.
        choice_func: name -> whether to save that entry of ``save_obj``.
        crc_check: append a CRC-32, which ``load_checkpoint`` checks.
        format: "ckpt"; "safetensors"; or "orbax", a folder, which needs the package.
        **kwargs: ``incremental``, ``remove_redundancy`` (False) and
            ``global_step_num`` (None), as they have no effect on one device.

    Raises:
        TypeError: an argument of another type.
        ValueError: nothing to save, a name that comes twice, or what is not available.
        OSError: the file cannot be written; FileNotFoundError for a missing folder.
        RuntimeError: the last save in the background failed.

    Example:
        >>> from cellnet import nn
        >>> save_checkpoint(nn.Dense(2, 3), "dense.ckpt", append_dict={"epoch": 1})

    Source: mindspore.save_checkpoint.
    """
    path = check_name(_OWNER, ckpt_file_name)
    kind = FORMATS[check_format(_OWNER, format)]
    path = path if path.endswith(kind.suffix) else path + kind.suffix
    check_bool(_OWNER, "integrated_save", integrated_save)
    in_background = bool(check_async_save(_OWNER, async_save))
    check_bool(_OWNER, "crc_check", crc_check)
    refuse_encryption(_OWNER, "enc_key", enc_key, enc_mode)
    _check_kwargs(kwargs)
    entries = _collect(save_obj, choice_func)
    _append(entries, append_dict)
    writer.finish()
    if in_background:
        kept = _snapshot(entries)
        writer.start(path, lambda: kind.write(path, kept, crc_check=crc_check))
    else:
        kind.write(path, entries, crc_check=crc_check)


def finish_async_save() -> None:
    """Wait for the file that is being written in the background.

    Raises:
        RuntimeError: it could not be written.
    """
    writer.finish()


def async_ckpt_thread_status() -> bool:
    """Whether a file is being written in the background."""
    return writer.busy


def _snapshot(entries: dict[str, Any]) -> dict[str, Any]:
    """The entries with copies of their arrays, which no later step will donate.

    The copies are made on the device, after the steps that run there and before those
    to come: nobody waits for them here, but whoever reads them does.
    """
    arrays = {
        name: value._value if isinstance(value, Tensor) else value
        for name, value in entries.items()
        if isinstance(value, Tensor | jax.Array)
    }
    return {**entries, **_copies(arrays)}


@jax.jit
def _copies(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: jnp.copy(array) for name, array in arrays.items()}


def _collect(
    save_obj: Any, choice_func: Callable[[str], bool] | None
) -> dict[str, Any]:
    if choice_func is not None and not callable(choice_func):
        raise TypeError(
            f"{_OWNER}: choice_func must be a function of a name, got {choice_func!r}"
        )
    entries: dict[str, Any] = {}
    for name, value in _pairs(save_obj):
        if not isinstance(name, str):
            raise TypeError(f"{_OWNER}: a name must be a str, got {name!r}")
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{_OWNER}: entry {name!r} must be a Tensor or Parameter, got "
                f"{type(value).__name__}"
            )
        if name in entries:
            raise ValueError(
                f"{_OWNER}: the name {name!r} comes twice, so one of the two values "
                "would be lost; give one of the Parameters another name"
            )
        if choice_func is None or choice_func(name):
            entries[name] = value
    if not entries:
        raise ValueError(
            f"{_OWNER}: there is nothing to save; {type(save_obj).__name__} has no "
            "Parameters, or choice_func takes none of them"
        )
    return entries


def _pairs(save_obj: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(save_obj, Cell):
        yield from ((p.name, p) for p in save_obj.get_parameters())
    elif isinstance(save_obj, dict):
        yield from save_obj.items()
    elif isinstance(save_obj, list):
        yield from map(_pair, save_obj)
    else:
        raise TypeError(
            f"{_OWNER}: save_obj must be a Cell, list or dict, got "
            f"{type(save_obj).__name__}"
        )


def _pair(item: Any) -> tuple[Any, Any]:
    if isinstance(item, dict) and {"name", "data"} <= item.keys():
        return item["name"], item["data"]
    if isinstance(item, Parameter):
        return item.name, item
    raise TypeError(
        f"{_OWNER}: save_obj must have Parameters or dicts with 'name' and 'data', got "
        f"{item!r}"
    )


def _append(entries: dict[str, Any], append_dict: Any) -> None:
    """Add ``append_dict`` to ``entries``."""
    if append_dict is None:
        return
    if not isinstance(append_dict, dict):
        raise TypeError(
            f"{_OWNER}: append_dict must be a dict, got {type(append_dict).__name__}"
        )
    for name, value in append_dict.items():
        if not (isinstance(name, str) and isinstance(value, _APPENDED)):
            raise TypeError(
                f"{_OWNER}: append_dict must have str -> int, float, bool, str, Tensor "
                f"or Parameter, got {name!r}: {value!r}"
            )
        if name in entries:
            raise ValueError(
                f"{_OWNER}: append_dict has {name!r}, which is the name of a Parameter "
                "and would replace it; choose another"
            )
        entries[name] = value


def _check_kwargs(kwargs: dict[str, Any]) -> None:
    known = {"incremental", "remove_redundancy", "global_step_num"}
    unknown = sorted(set(kwargs) - known)
    if unknown:
        raise TypeError(
            f"{_OWNER}: got unknown arguments {unknown}, expected some of "
            f"{sorted(known)}"
        )
    refuse_remove_redundancy(_OWNER, kwargs.get("remove_redundancy", False))
    if kwargs.get("incremental"):
        raise ValueError(
            f"{_OWNER}: incremental=True is for hash tables, which cellnet does not "
            "have; leave it out"
        )
