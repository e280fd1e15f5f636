"""Primitive classes under their old address: ``mindspore.ops.operations as P``."""

from __future__ import annotations

from typing import Any

from cellnet import ops
from cellnet.ops.primitive import Primitive


def _is_here(name: str) -> bool:
    member = getattr(ops, name)
    return isinstance(member, type) and issubclass(member, Primitive)


def __getattr__(name: str) -> Any:
    # the package is complete only after this module: names are looked up when used
    if name == "__all__":
        return [name for name in ops.__all__ if _is_here(name)]
    if name in ops.__all__ and _is_here(name):
        return getattr(ops, name)
    raise AttributeError(f"cellnet.ops.operations has no Primitive {name!r}")


def __dir__() -> list[str]:
    return __getattr__("__all__")
