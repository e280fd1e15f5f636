"""Checks of user arguments, shared by every verb, source and transform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1


def check_int(
    owner: str, name: str, value: Any, low: int, high: int = INT32_MAX
) -> int:
    """The integer `value`, refused unless low <= value <= high (bool is no integer)."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(
            f"{owner}: {name} must be an int, got {value!r} of type "
            f"{type(value).__name__}."
        )
    number = int(value.__index__())
    if not low <= number <= high:
        raise ValueError(f"{owner}: {name} must lie in [{low}, {high}], got {number}.")
    return number


def check_bool(owner: str, name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(
            f"{owner}: {name} must be True or False, got {value!r} of type "
            f"{type(value).__name__}."
        )
    return value


def check_number(owner: str, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(
            f"{owner}: {name} must be a number, got {value!r} of type "
            f"{type(value).__name__}."
        )
    return value


def check_workers(owner: str, value: Any) -> None:
    """Any positive number will do: it says how fast to read, never what is read."""
    if value is not None:
        check_int(owner, "num_parallel_workers", value, 1)


def check_absent(owner: str, **arguments: Any) -> None:
    """Refuse arguments whose feature does not exist, instead of ignoring them."""
    for name, value in arguments.items():
        if value is not None and not getattr(value, "is_hint", False):
            raise ValueError(
                f"{owner}: {name}={value!r} is not supported. Leave {name} out."
            )


def check_names(owner: str, name: str, value: Any) -> tuple[str, ...]:
    """One column name or a sequence of distinct ones, as a tuple."""
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(n, str) for n in names):
        raise TypeError(
            f"{owner}: {name} must be a column name or a list of them, got {value!r}."
        )
    if not names or "" in names:
        raise ValueError(f"{owner}: {name} must hold column names, got {value!r}.")
    if len(set(names)) != len(names):
        raise ValueError(f"{owner}: {name} names a column twice: {list(names)}.")
    return tuple(names)


def check_known(
    owner: str, name: str, wanted: Sequence[str], columns: Sequence[str]
) -> None:
    """RuntimeError (MindSpore's choice) when a named column does not exist."""
    unknown = [column for column in wanted if column not in columns]
    if unknown:
        raise RuntimeError(
            f"{owner}: {name} names {unknown}, but the columns here are "
            f"{list(columns)}."
        )


def check_between(owner: str, name: str, value: Any, low: float, high: float) -> float:
    """The number `value`, refused unless low <= value <= high."""
    number = check_number(owner, name, value)
    if not low <= number <= high:
        raise ValueError(f"{owner}: {name} must lie in [{low}, {high}], got {number}.")
    return number


def check_pair(
    owner: str, name: str, value: Any, low: float, high: float
) -> tuple[float, float]:
    """(smallest, largest), both in [low, high], as a tuple."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise TypeError(f"{owner}: {name} must be (min, max), got {value!r}.")
    least, most = (check_between(owner, name, each, low, high) for each in value)
    if least > most:
        raise ValueError(f"{owner}: {name} must be (min, max), got {value!r}.")
    return least, most
