"""The state of a training run, as entries of a checkpoint beside the Parameters.

A tree of dicts, lists, plain values and arrays becomes one text and an entry for each
array.  Every format of checkpoints can hold that, and MindSpore loads such a ``.ckpt``
as it loads one with ``append_info``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from cellnet.tensor import Tensor

ENTRY = "cellnet.run"
_ARRAY = "$array"  # stands for an array in the text: {"$array": number of its entry}
_ARRAYS = Tensor | jax.Array | np.ndarray


def pack(state: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that hold ``state``: name -> text or array.

    Args:
        state: dicts with str keys, lists, tuples (which come back as lists), str, int,
            float, bool, None, NumPy scalars (which come back as Python's), and arrays
            of NumPy, JAX or Tensors (which come back as NumPy's).

    Raises:
        TypeError: something else; says where.
    """
    entries: dict[str, Any] = {}

    def plain(value: Any, path: str) -> Any:
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, _ARRAYS):
            entries[f"{ENTRY}.{len(entries)}"] = value
            return {_ARRAY: len(entries) - 1}
        if isinstance(value, list | tuple):
            return [plain(item, f"{path}[{i}]") for i, item in enumerate(value)]
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {key: plain(item, f"{path}.{key}") for key, item in value.items()}
        raise TypeError(
            f"the state of a run must have dicts with str keys, lists, plain values "
            f"and arrays; {path} is {value!r} ({type(value).__name__})"
        )

    text = json.dumps(plain(state, "state"))
    return {ENTRY: text, **entries}


def unpack(entries: Mapping[str, Any]) -> dict[str, Any] | None:
    """What :func:`pack` was given, or None if ``entries`` hold no state of a run.

    Raises:
        ValueError: they hold a part of one only.
    """
    text = entries.get(ENTRY)
    if text is None:
        return None

    def whole(found: dict[str, Any]) -> Any:
        if found.keys() == {_ARRAY}:
            return entries[f"{ENTRY}.{found[_ARRAY]}"]
        return found

    try:
        return json.loads(text, object_hook=whole)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the state of the run is damaged: {error}") from error


def is_run_entry(name: str) -> bool:
    """Whether an entry is part of a run's state, and no Parameter."""
    return name == ENTRY or name.startswith(ENTRY + ".")
