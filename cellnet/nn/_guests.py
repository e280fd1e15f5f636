"""Networks of other libraries inside Cells.

``cellnet.interop`` knows how to wrap them; it is imported only when such an object
shows up, so that a program without flax never pays for it.
"""

from __future__ import annotations

import importlib
from typing import Any

# the first part of a class's module -> the module of interop that adopts it
_ADAPTERS = {"flax": "cellnet.interop.flax"}


def _adapter_of(value: Any) -> str | None:
    if type(value) is tuple and len(value) == 2:
        value = value[0]  # (linen module, its variables)
    if isinstance(value, type):
        return None
    for cls in type(value).__mro__[:-1]:
        adapter = _ADAPTERS.get(cls.__module__.partition(".")[0])
        if adapter is not None:
            return adapter
    return None


def is_network(value: Any) -> bool:
    """True when ``value`` is a network of another library that can be adopted."""
    adapter = _adapter_of(value)
    return adapter is not None and importlib.import_module(adapter).is_network(value)


def as_cell(value: Any) -> Any:
    """A Cell that runs the foreign network ``value``."""
    adapter = _adapter_of(value)
    if adapter is None:
        raise TypeError(f"expected a Cell or a flax module, got {type(value).__name__}")
    return importlib.import_module(adapter).as_cell(value)


def to_flax(cell: Any) -> Any:
    """``cell`` as an ``nnx.Module``."""
    return importlib.import_module("cellnet.interop.flax").to_flax(cell)
