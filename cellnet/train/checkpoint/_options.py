"""Options that saving and loading share: checked, or refused by name."""

from __future__ import annotations

import os
from typing import Any

from cellnet._checks import check_bool


def check_name(owner: str, name: Any) -> str:
    """The name of a file as a str.

    Raises:
        TypeError: no str and no path.
    """
    if not isinstance(name, str | os.PathLike):
        raise TypeError(
            f"{owner}: ckpt_file_name must be a str, got {type(name).__name__} "
            f"({name!r})"
        )
    return str(os.fspath(name))


def check_async_save(owner: str, async_save: Any) -> bool | str:
    """A bool, "thread" or "process".

    Raises:
        TypeError: no bool and no str.
        ValueError: another str.
    """
    if isinstance(async_save, str):
        if async_save not in ("thread", "process"):
            raise ValueError(
                f"{owner}: async_save must be a bool, 'thread' or 'process', got "
                f"{async_save!r}"
            )
        return async_save
    return check_bool(owner, "async_save", async_save)


def refuse_encryption(owner: str, name: str, key: Any, mode: Any) -> None:
    """Only None as the key; the mode is then without effect.

    Raises:
        ValueError: a key, or a mode that is no str.
    """
    if not isinstance(mode, str):
        raise ValueError(f"{owner}: the mode of {name} must be a str, got {mode!r}")
    if key is not None:
        raise ValueError(
            f"{owner}: {name} is given, but encrypted checkpoints are not available; "
            f"leave it out, and encrypt the file by other means"
        )


def refuse_remove_redundancy(owner: str, remove_redundancy: Any) -> None:
    """Only False.

    Raises:
        TypeError: True, as MindSpore has it without parallel training; or no bool.
    """
    if check_bool(owner, "remove_redundancy", remove_redundancy):
        raise TypeError(
            f"{owner}: remove_redundancy=True is for parallel training, where devices "
            "hold the same values; leave it out"
        )
