"""Fields of an object that have other values for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def replaced(owner: Any, **fields: Any) -> Iterator[None]:
    """In here ``owner`` has these values.

    Args:
        owner: the object.
        **fields: its attributes, with the values for now.
    """
    kept = {name: getattr(owner, name) for name in fields}
    vars(owner).update(fields)
    try:
        yield
    finally:
        vars(owner).update(kept)
