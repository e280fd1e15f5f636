"""``mindspore._checkparam``: the argument checks that programs borrow.

Each gives the value back or raises what MindSpore raises.  ``Validator`` holds the same
functions under the spellings of r1.x.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection
from enum import Enum
from typing import Any

import numpy as np


class Rel(Enum):
    """Relations between a value and its limits."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    INC_NEITHER = "({}, {})"
    INC_LEFT = "[{}, {})"
    INC_RIGHT = "({}, {}]"
    INC_BOTH = "[{}, {}]"
    IN = "in"
    NOT_IN = "not in"


EQ, NE, LT, LE, GT, GE = Rel.EQ, Rel.NE, Rel.LT, Rel.LE, Rel.GT, Rel.GE
INC_NEITHER, INC_LEFT = Rel.INC_NEITHER, Rel.INC_LEFT
INC_RIGHT, INC_BOTH = Rel.INC_RIGHT, Rel.INC_BOTH
IN, NOT_IN = Rel.IN, Rel.NOT_IN

_HOLDS: dict[Rel, Callable[[Any, Any], bool]] = {
    EQ: operator.eq,
    NE: operator.ne,
    LT: operator.lt,
    LE: operator.le,
    GT: operator.gt,
    GE: operator.ge,
    IN: lambda value, among: value in among,
    NOT_IN: lambda value, among: value not in among,
}


def check_value_type(
    arg_name: str, arg_value: Any, valid_types: Any, prim_name: str | None = None
) -> Any:
    """``arg_value`` if it is of one of ``valid_types``; bool is no int here.

    Raises:
        TypeError: it is of none of them.
    """
    types = (
        tuple(valid_types) if isinstance(valid_types, Collection) else (valid_types,)
    )
    if isinstance(arg_value, types) and not (
        isinstance(arg_value, bool) and bool not in types
    ):
        return arg_value
    wanted = " or ".join(t.__name__ for t in types)
    raise TypeError(
        f"{_who(prim_name, arg_name)} must be {wanted}, got "
        f"{type(arg_value).__name__} ({arg_value!r})"
    )


def check_type_name(
    arg_name: str, arg_type: Any, valid_types: Any, prim_name: str | None = None
) -> Any:
    """``arg_type`` if it is one of ``valid_types``, which are types, not values.

    Raises:
        TypeError: it is none of them.
    """
    types = valid_types if isinstance(valid_types, Collection) else (valid_types,)
    if arg_type in types:
        return arg_type
    raise TypeError(
        f"{_who(prim_name, arg_name)} must be one of {[str(t) for t in types]}, got "
        f"{arg_type}"
    )


def check_bool(
    arg_value: Any, arg_name: str | None = None, prim_name: str | None = None
) -> bool:
    """``arg_value`` if it is a bool, else TypeError."""
    return check_value_type(arg_name or "value", arg_value, bool, prim_name)


def check_string(
    arg_value: Any,
    valid_values: Any,
    arg_name: Any = None,
    prim_name: str | None = None,
) -> str:
    """``arg_value`` if it is one of ``valid_values``, else ValueError."""
    if isinstance(valid_values, str):  # r1.0: (name, value, choices)
        arg_value, valid_values, arg_name = valid_values, arg_name, arg_value
    if isinstance(arg_value, str) and arg_value in valid_values:
        return arg_value
    raise ValueError(
        f"{_who(prim_name, arg_name)} must be one of {list(valid_values)}, got "
        f"{arg_value!r}"
    )


def check_number(
    arg_value: Any,
    value: Any,
    rel: Rel,
    arg_type: type = int,
    arg_name: str | None = None,
    prim_name: str | None = None,
) -> Any:
    """``arg_value`` if it is an ``arg_type`` and ``arg_value rel value`` holds.

    Raises:
        TypeError: wrong type.  ValueError: the relation does not hold.
    """
    _check_kind(arg_value, arg_type, arg_name, prim_name)
    if _HOLDS[rel](arg_value, value):
        return arg_value
    raise ValueError(
        f"{_who(prim_name, arg_name)} must be {rel.value} {value}, got {arg_value}"
    )


def check_number_range(
    arg_value: Any,
    lower_limit: Any,
    upper_limit: Any,
    rel: Rel,
    arg_type: type = int,
    arg_name: str | None = None,
    prim_name: str | None = None,
) -> Any:
    """``arg_value`` if it is an ``arg_type`` within the limits, as ``rel`` has them.

    Raises:
        TypeError: wrong type.  ValueError: outside.
    """
    _check_kind(arg_value, arg_type, arg_name, prim_name)
    above = operator.ge if rel in (INC_LEFT, INC_BOTH) else operator.gt
    below = operator.le if rel in (INC_RIGHT, INC_BOTH) else operator.lt
    if above(arg_value, lower_limit) and below(arg_value, upper_limit):
        return arg_value
    raise ValueError(
        f"{_who(prim_name, arg_name)} must be in "
        f"{rel.value.format(lower_limit, upper_limit)}, got {arg_value}"
    )


def check_int(
    arg_value: Any,
    value: int | None = None,
    rel: Rel = GE,
    arg_name: str | None = None,
    prim_name: str | None = None,
) -> int:
    """``arg_value`` if it is an int and, where a limit is given, ``rel`` to it."""
    if value is None:  # r1.0: the type alone
        return _check_kind(arg_value, int, arg_name, prim_name)
    return check_number(arg_value, value, rel, int, arg_name, prim_name)


def check_int_range(
    arg_value: Any,
    lower_limit: int,
    upper_limit: int,
    rel: Rel,
    arg_name: str | None = None,
    prim_name: str | None = None,
) -> int:
    """``arg_value`` if it is an int within the limits, as ``rel`` has them."""
    return check_number_range(
        arg_value, lower_limit, upper_limit, rel, int, arg_name, prim_name
    )


def check_float_range(
    arg_value: Any,
    lower_limit: float,
    upper_limit: float,
    rel: Rel,
    arg_name: str | None = None,
    prim_name: str | None = None,
) -> float:
    """``arg_value`` if it is a float within the limits, as ``rel`` has them."""
    return check_number_range(
        arg_value, lower_limit, upper_limit, rel, float, arg_name, prim_name
    )


def check_is_int(
    arg_value: Any, arg_name: str | None = None, prim_name: str | None = None
) -> int:
    """``arg_value`` if it is an int, else TypeError."""
    return _check_kind(arg_value, int, arg_name, prim_name)


def check_is_float(
    arg_value: Any, arg_name: str | None = None, prim_name: str | None = None
) -> float:
    """``arg_value`` if it is a float, else TypeError."""
    return _check_kind(arg_value, float, arg_name, prim_name)


def check_equal_int(
    arg_value: Any,
    value: int,
    arg_name: str | None = None,
    prim_name: str | None = None,
) -> int:
    """``arg_value`` if it is the int ``value``."""
    return check_number(arg_value, value, EQ, int, arg_name, prim_name)


def _against_zero(rel: Rel, kind: type) -> Callable[..., Any]:
    def check(
        arg_value: Any, arg_name: str | None = None, prim_name: str | None = None
    ) -> Any:
        return check_number(arg_value, 0, rel, kind, arg_name, prim_name)

    check.__doc__ = f"``arg_value`` if it is a {kind.__name__} {rel.value} 0."
    return check


check_positive_int = check_int_positive = _against_zero(GT, int)
check_non_negative_int = check_int_non_negative = _against_zero(GE, int)
check_negative_int = _against_zero(LT, int)
check_non_positive_int = _against_zero(LE, int)
check_positive_float = _against_zero(GT, float)
check_non_negative_float = _against_zero(GE, float)


class Validator:
    """The checks under r1.x's names; see the functions of this module."""

    check_bool = staticmethod(check_bool)
    check_equal_int = staticmethod(check_equal_int)
    check_float_range = staticmethod(check_float_range)
    check_int = staticmethod(check_int)
    check_int_range = staticmethod(check_int_range)
    check_is_float = staticmethod(check_is_float)
    check_is_int = staticmethod(check_is_int)
    check_negative_int = staticmethod(check_negative_int)
    check_non_negative_float = staticmethod(check_non_negative_float)
    check_non_negative_int = staticmethod(check_non_negative_int)
    check_non_positive_int = staticmethod(check_non_positive_int)
    check_number = staticmethod(check_number)
    check_number_range = staticmethod(check_number_range)
    check_positive_float = staticmethod(check_positive_float)
    check_positive_int = staticmethod(check_positive_int)
    check_string = staticmethod(check_string)
    check_type_name = staticmethod(check_type_name)
    check_value_type = staticmethod(check_value_type)

    # r1.0 puts the name first
    @staticmethod
    def check_integer(
        arg_name: str,
        arg_value: Any,
        value: int,
        rel: Rel,
        prim_name: str | None = None,
    ) -> int:
        """``arg_value`` if it is an int ``rel`` to ``value``."""
        return check_int(arg_value, value, rel, arg_name, prim_name)

    @staticmethod
    def check_float_positive(
        arg_name: str, arg_value: Any, prim_name: str | None = None
    ) -> float:
        """``arg_value`` if it is a float > 0."""
        return check_positive_float(arg_value, arg_name, prim_name)

    @staticmethod
    def check_float_legal_value(
        arg_name: str, arg_value: Any, prim_name: str | None = None
    ) -> float:
        """``arg_value`` if it is a finite float.

        Raises:
            TypeError: no float.  ValueError: inf or nan.
        """
        if math.isfinite(check_is_float(arg_value, arg_name, prim_name)):
            return arg_value
        raise ValueError(f"{_who(prim_name, arg_name)} must be finite, got {arg_value}")


def _check_kind(value: Any, kind: type, name: str | None, prim_name: str | None) -> Any:
    kinds = {int: (int, np.integer), float: (float, np.floating)}.get(kind, (kind,))
    if isinstance(value, kinds) and not isinstance(value, bool):
        return value
    raise TypeError(
        f"{_who(prim_name, name)} must be {kind.__name__}, got "
        f"{type(value).__name__} ({value!r})"
    )


def _who(prim_name: str | None, arg_name: str | None) -> str:
    return f"{prim_name}: {arg_name}" if prim_name else str(arg_name or "value")
