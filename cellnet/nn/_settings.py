"""Checks of numbers that MindSpore wants to be floats: rates, decays, momenta.

Like MindSpore they take no int for a float, since ``momentum=1`` is mostly a slip.
"""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_number, check_positive, check_type


def positive_float(owner: str, name: str, value: Any) -> float:
    """``value`` if it is a float > 0.

    Raises:
        TypeError: no float.
        ValueError: not above 0.
    """
    return check_positive(owner, name, check_type(owner, name, value, float))


def non_negative_float(owner: str, name: str, value: Any) -> float:
    """``value`` if it is a float >= 0.

    Raises:
        TypeError: no float.
        ValueError: below 0.
    """
    return check_number(owner, name, check_type(owner, name, value, float), minimum=0.0)


def open_unit_float(owner: str, name: str, value: Any) -> float:
    """``value`` if it is a float with 0 < value < 1.

    Raises:
        TypeError: no float.
        ValueError: outside (0, 1).
    """
    check_type(owner, name, value, float)
    if not 0.0 < value < 1.0:
        raise ValueError(
            f"{owner}: {name} must lie between 0 and 1, both excluded, got {value!r}"
        )
    return value
