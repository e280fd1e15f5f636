"""load_checkpoint: a file as Parameters."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from cellnet._checks import check_bool
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.train.checkpoint._background import writer
from cellnet.train.checkpoint._formats import check_format, format_of
from cellnet.train.checkpoint._into_net import load_param_into_net
from cellnet.train.checkpoint._options import (
    check_name,
    refuse_encryption,
    refuse_remove_redundancy,
)
from cellnet.train.checkpoint._run_state import is_run_entry

_OWNER = "load_checkpoint"


def load_checkpoint(
    ckpt_file_name: str | os.PathLike[str],
    net: Cell | None = None,
    strict_load: bool = False,
    filter_prefix: str | list[str] | tuple[str, ...] | None = None,
    dec_key: bytes | None = None,
    dec_mode: str = "AES-GCM",
    specify_prefix: str | list[str] | tuple[str, ...] | None = None,
    choice_func: Callable[[str], bool] | None = None,
    crc_check: bool = False,
    remove_redundancy: bool = False,
    format: str = "ckpt",
) -> dict[str, Any]:
    """Load a file of cellnet or MindSpore, or a ``.safetensors`` file of anyone's.

    What ``ModelCheckpoint`` saved of the run beside its Parameters is left out.

    Args:
        ckpt_file_name: name of the file, ending in ".ckpt", ".safetensors" or ".orbax",
            which says its format.
        net: also load into this Cell, see ``load_param_into_net``.
        strict_load: with ``net``: refuse other dtypes and do not try prefixes.
        filter_prefix: leave out names that begin with this, or with one of these.
        dec_key, dec_mode: only None; encrypted files are not available.
        specify_prefix: take only names that begin with this, or with one of these.
        choice_func: name -> whether to take it.
        crc_check: warn if the file has no CRC-32; one that is there is always checked.
        remove_redundancy: only False; it is for parallel training.
        format: accepted, "ckpt", "safetensors" or "orbax"; the name's suffix counts.

    Returns:
        name -> Parameter of that name, in the order of the file; text stays a str.

    Raises:
        TypeError: an argument of another type.
        ImportError: the format's package is not installed.
        ValueError: the file is missing, cut short, damaged or no checkpoint; nothing is
            left of it to take; an integer does not fit 32 bits while
            ``jax_enable_x64`` is off; or what is not available.
        RuntimeError: an entry does not fit its Parameter in ``net``.

    Example:
        >>> from cellnet import nn
        >>> net = nn.Dense(2, 3)
        >>> load_checkpoint("dense.ckpt", net)["weight"].shape
        (3, 2)

    Source: mindspore.load_checkpoint.
    """
    path = check_name(_OWNER, ckpt_file_name)
    check_bool(_OWNER, "strict_load", strict_load)
    check_bool(_OWNER, "crc_check", crc_check)
    check_format(_OWNER, format)
    refuse_encryption(_OWNER, "dec_key", dec_key, dec_mode)
    refuse_remove_redundancy(_OWNER, remove_redundancy)
    left_out = _as_prefixes("filter_prefix", filter_prefix)
    wanted = _as_prefixes("specify_prefix", specify_prefix) or ("",)
    if choice_func is not None and not callable(choice_func):
        raise TypeError(
            f"{_OWNER}: choice_func must be a function of a name, got {choice_func!r}"
        )
    if net is not None and not isinstance(net, Cell):
        raise TypeError(f"{_OWNER}: net must be a Cell, got {type(net).__name__}")

    def chosen(name: str) -> bool:
        return (
            name.startswith(wanted)
            and not is_run_entry(name)
            and not name.startswith(left_out)
            and (choice_func is None or bool(choice_func(name)))
        )

    writer.wait()  # it may be this very file
    arrays = format_of(path).read(path, choice_func=chosen, crc_check=crc_check)
    if not arrays:
        raise ValueError(
            f"{path}: nothing is left to load; filter_prefix, specify_prefix or "
            "choice_func leave out every entry"
        )
    parameters = {
        name: value if isinstance(value, str) else _as_parameter(path, name, value)
        for name, value in arrays.items()
    }
    if net is not None:
        load_param_into_net(net, parameters, strict_load)
    return parameters


def _as_parameter(path: str, name: str, array: np.ndarray) -> Parameter:
    kept = jax.dtypes.canonicalize_dtype(array.dtype)
    if kept != array.dtype and kept.kind in "iu":
        narrow = array.astype(kept)
        if not np.array_equal(narrow, array):
            raise ValueError(
                f"{path}: entry {name!r} is {array.dtype} and does not fit {kept}; "
                'call jax.config.update("jax_enable_x64", True) first'
            )
        array = narrow
    return Parameter(array, name=name)


def _as_prefixes(argument: str, prefixes: Any) -> tuple[str, ...]:
    if prefixes is None:
        return ()
    items = (prefixes,) if isinstance(prefixes, str) else prefixes
    if not isinstance(items, list | tuple):
        raise TypeError(
            f"{_OWNER}: {argument} must be a str or a list of them, got "
            f"{type(prefixes).__name__}"
        )
    for item in items:
        if not isinstance(item, str):
            raise TypeError(
                f"{_OWNER}: {argument} must have strs, got {type(item).__name__} "
                f"({item!r})"
            )
    if not items or "" in items:
        raise ValueError(
            f"{_OWNER}: {argument} must not be empty, got {prefixes!r}; leave it out"
        )
    return tuple(items)
