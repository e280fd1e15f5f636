"""Checks of what a Model and a DatasetHelper are called with."""

from __future__ import annotations

from typing import Any


def described(value: Any) -> str:
    """What came, for a message: a type's name, or that a class itself was given."""
    if isinstance(value, type):
        return f"the class {value.__name__}; make an object of it"
    return type(value).__name__


def check_whole(owner: str, name: str, value: Any, minimum: int) -> int:
    """An int of at least ``minimum``.

    Raises:
        TypeError: no int.
        ValueError: too small.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            f"{owner}: {name} must be an int, got {type(value).__name__} ({value!r})"
        )
    if value < minimum:
        raise ValueError(f"{owner}: {name} must be at least {minimum}, got {value}")
    return value


def check_flag(owner: str, name: str, value: Any) -> bool:
    """A bool.

    Raises:
        TypeError: something else.
    """
    if not isinstance(value, bool):
        raise TypeError(
            f"{owner}: {name} must be a bool, got {type(value).__name__} ({value!r})"
        )
    return value


def check_frequency(owner: str, name: str, value: Any) -> None:
    """An int >= 1, or a list of the epochs, each an int >= 1.

    Raises:
        TypeError: something else.
        ValueError: too small.
    """
    if not isinstance(value, list | tuple):
        check_whole(owner, name, value, 1)
        return
    for number in value:
        check_whole(owner, f"each epoch in {name}", number, 1)


def check_sink_size(owner: str, value: Any) -> int:
    """-1 or a positive int.

    Raises:
        TypeError: no int.
        ValueError: zero, or below -1.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            f"{owner}: sink_size must be an int, got {type(value).__name__} ({value!r})"
        )
    if value < -1 or value == 0:
        raise ValueError(
            f"{owner}: sink_size must be -1 (one pass over the data) or positive, got "
            f"{value}"
        )
    return value
