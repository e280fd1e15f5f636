"""Operations on Python values and on functions, as MindSpore's graphs have them."""

from __future__ import annotations

import builtins
import functools
import operator
from collections.abc import Callable
from typing import Any

from cellnet.ops.primitive import primitive

scalar_add = operator.add
scalar_sub = operator.sub
scalar_mul = operator.mul
scalar_div = operator.truediv
scalar_floordiv = operator.floordiv
scalar_mod = operator.mod
scalar_eq = operator.eq
scalar_lt = operator.lt
scalar_gt = operator.gt
partial = functools.partial


def make_range(*args: int) -> tuple[int, ...]:
    """The ints that Python's range gives, as a tuple (mindspore.ops.make_range)."""
    return tuple(builtins.range(*args))


def tuple_len(sequence: Any) -> int:
    """Length of a tuple (mindspore.ops.tuple_len)."""
    return len(sequence)


def add_flags(fn: Callable[..., Any] | None = None, **flags: Any) -> Any:
    """Set attributes on a function or Cell (mindspore.ops.add_flags)."""
    if fn is None:
        return functools.partial(add_flags, **flags)
    for name, value in flags.items():
        setattr(fn, name, value)
    return fn


def constexpr(
    fn: Callable[..., Any] | None = None,
    get_instance: bool = True,
    name: str | None = None,
    reuse_result: bool = True,
    check: bool = True,
) -> Any:
    """A function of constants, run by Python while a program is compiled.

    Tracing runs all Python anyway, so the function is given back as it is
    (mindspore.ops.constexpr).
    """
    del get_instance, name, reuse_result, check
    return (lambda f: f) if fn is None else fn


def _bound(fn: Callable[..., Any], *args: Any) -> Any:
    """A function with its first arguments given (mindspore.ops.Partial)."""
    return functools.partial(fn, *args)


Partial = primitive("Partial", _bound)
