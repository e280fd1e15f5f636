"""Checks of arguments, shared by operations, layers and initializers.

Each takes who asks (``"Conv2d"``), the argument's name and its value, and gives the
value back, so that a constructor reads as ``self.group = check_int(...)``.  The message
says what came, what was expected, and where.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np


def check_type(owner: str, name: str, value: Any, *types: type) -> Any:
    """``value`` if it is one of ``types``; bool is no int here.

    Raises:
        TypeError: it is none of them.
    """
    if isinstance(value, types) and not (isinstance(value, bool) and bool not in types):
        return value
    wanted = " or ".join(dict.fromkeys(t.__name__ for t in types))
    raise TypeError(
        f"{owner}: {name} must be {wanted}, got {type(value).__name__} ({value!r})"
    )


def check_bool(owner: str, name: str, value: Any) -> bool:
    """``value`` if it is a bool.

    Raises:
        TypeError: it is none.
    """
    return bool(check_type(owner, name, value, bool, np.bool_))


def check_int(
    owner: str,
    name: str,
    value: Any,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
) -> int:
    """``value`` as an int within ``[minimum, maximum]``.

    Raises:
        TypeError: no int (a bool is none).
        ValueError: outside the range.
    """
    result = int(check_type(owner, name, value, int, np.integer))
    _check_range(owner, name, result, minimum, maximum)
    return result


def check_number(
    owner: str,
    name: str,
    value: Any,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
) -> float:
    """``value`` as it is, an int or float within ``[minimum, maximum]``.

    Raises:
        TypeError: no real number (a bool is none).
        ValueError: outside the range, or nan.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(
            f"{owner}: {name} must be a number, got {type(value).__name__} ({value!r})"
        )
    _check_range(owner, name, value, minimum, maximum)
    return value  # type: ignore[return-value]


def check_positive(owner: str, name: str, value: Any) -> float:
    """``value`` as it is, a number > 0.

    Raises:
        TypeError: no number.
        ValueError: not above 0.
    """
    check_number(owner, name, value)
    if not value > 0:
        raise ValueError(f"{owner}: {name} must be > 0, got {value!r}")
    return value


def check_probability(owner: str, name: str, value: Any) -> float:
    """``value`` as a float within [0, 1].

    Raises:
        TypeError: no number.
        ValueError: outside [0, 1].
    """
    return float(check_number(owner, name, value, minimum=0.0, maximum=1.0))


def check_choice(owner: str, name: str, value: Any, choices: Iterable[Any]) -> Any:
    """``value`` if it is one of ``choices``.

    Raises:
        ValueError: it is none of them.
    """
    choices = tuple(choices)
    if value not in choices:
        raise ValueError(f"{owner}: {name} must be one of {choices}, got {value!r}")
    return value


def check_int_tuple(
    owner: str,
    name: str,
    value: Any,
    length: int | None = None,
    *,
    minimum: int | None = None,
) -> tuple[int, ...]:
    """An int, or a tuple or list of ints, as a tuple.

    Args:
        owner, name, value: as everywhere here.
        length: the tuple's length, an int being repeated; None takes any length, an
            int giving a tuple of one.
        minimum: smallest allowed entry.

    Raises:
        TypeError: no int and no tuple or list of ints.
        ValueError: another length, or an entry below ``minimum``.
    """
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        item = check_int(owner, name, value, minimum=minimum)
        return (item,) * (1 if length is None else length)
    if not isinstance(value, tuple | list):
        raise TypeError(
            f"{owner}: {name} must be an int or a tuple of ints, got "
            f"{type(value).__name__} ({value!r})"
        )
    if length is not None and len(value) != length:
        raise ValueError(
            f"{owner}: {name} must be an int or a tuple of {length} ints, got {value!r}"
        )
    return tuple(check_int(owner, name, item, minimum=minimum) for item in value)


def check_shape(owner: str, shape: Any, *, minimum: int = 0) -> tuple[int, ...]:
    """An int or a tuple or list of ints as a shape.

    Raises:
        TypeError: no int and no tuple or list of ints.
        ValueError: a length below ``minimum``.
    """
    return check_int_tuple(owner, "shape", shape, minimum=minimum)


def check_axis(owner: str, axis: Any, ndim: int) -> int:
    """``axis`` in ``[-ndim, ndim)`` as one in ``[0, ndim)``.

    Raises:
        TypeError: no int.
        ValueError: outside the range.
    """
    axis = check_int(owner, "axis", axis)
    # MindSpore lets a Tensor with 0 axes be reduced over axis 0 or -1
    limit = max(ndim, 1)
    if not -limit <= axis < limit:
        raise ValueError(
            f"{owner}: axis must be in [{-limit}, {limit}) for {ndim} axes, got {axis}"
        )
    return axis + limit if axis < 0 else axis


def check_axes(owner: str, axis: Any, ndim: int) -> tuple[int, ...] | None:
    """An axis, or a tuple or list of them, checked; None and () mean all axes.

    Raises:
        TypeError: no int and no tuple or list of ints.
        ValueError: an axis out of range or given twice.
    """
    if axis is None:
        return None
    if not isinstance(axis, tuple | list):
        axes: tuple[int, ...] = (check_axis(owner, axis, ndim),)
    else:
        axes = tuple(check_axis(owner, item, ndim) for item in axis)
    if len(set(axes)) != len(axes):
        raise ValueError(f"{owner}: axis {axis} names one axis twice")
    if ndim == 0:
        return None
    return axes or None


def _check_range(owner: str, name: str, value: Any, minimum: Any, maximum: Any) -> None:
    if minimum is not None and not value >= minimum:
        raise ValueError(f"{owner}: {name} must be >= {minimum}, got {value!r}")
    if maximum is not None and not value <= maximum:
        raise ValueError(f"{owner}: {name} must be <= {maximum}, got {value!r}")
