"""Functions under their old address: ``mindspore.ops.functional as F``."""

from __future__ import annotations

import types
from typing import Any

from cellnet import ops


def _is_here(name: str) -> bool:
    return not isinstance(getattr(ops, name), type | types.ModuleType)


def __getattr__(name: str) -> Any:
    # the package is complete only after this module: names are looked up when used
    if name == "__all__":
        return [name for name in ops.__all__ if _is_here(name)]
    if name in ops.__all__ and _is_here(name):
        return getattr(ops, name)
    raise AttributeError(f"cellnet.ops.functional has no function {name!r}")


def __dir__() -> list[str]:
    return __getattr__("__all__")
