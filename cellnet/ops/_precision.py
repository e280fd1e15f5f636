"""Mixed precision by operation: which float type an operation computes in.

Rules are in force while a network that ``amp.auto_mixed_precision`` prepared runs.
Operations are known by their functions on arrays, so an operation that another one is
made of is not looked at again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.graph.guards import Watched


class ParameterRules:
    """In a Cell with ``to_float`` an operation casts Parameters that it is given.

    Args:
        dtype: NumPy dtype that the Cell computes in.
    """

    by_operation = False

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype

    def call(
        self,
        fn: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        own: Sequence[bool],
    ) -> Any:
        """``fn`` on arrays; those that are ``own`` values of Parameters are cast."""
        return fn(
            *[
                cast(a, self.dtype) if is_parameter else a
                for a, is_parameter in zip(args, own, strict=True)
            ],
            **kwargs,
        )


class Rules(Watched):
    """What operations do with float inputs of more or fewer digits.

    Args:
        dtype: NumPy dtype of few digits, float16 or bfloat16.
        lower: functions on arrays that compute in ``dtype``; of those in ``biased``
            the first two arguments only.
        full: those that compute in float32.
        widest: those that compute in the widest float type of their inputs.
        restore: whether results of ``lower`` are cast back to float32.
    """

    by_operation = True

    def __init__(
        self,
        dtype: Any,
        lower: frozenset[Callable[..., Any]],
        full: frozenset[Callable[..., Any]] = frozenset(),
        widest: frozenset[Callable[..., Any]] = frozenset(),
        biased: frozenset[Callable[..., Any]] = frozenset(),
        restore: bool = False,
    ) -> None:
        self.dtype = dtype
        self.lower, self.full, self.widest = lower, full, widest
        self.biased = biased
        self.restore = restore

    def call(
        self,
        fn: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        own: Sequence[bool],
    ) -> Any:
        """``fn`` on arrays, in the type that the rules say."""
        del own
        if fn in self.lower:
            count = 2 if fn in self.biased else len(args)
            head = [cast(a, self.dtype) for a in args[:count]]
            if fn not in self.biased:
                kwargs = {name: cast(a, self.dtype) for name, a in kwargs.items()}
            result = fn(*head, *args[count:], **kwargs)
            return cast(result, jnp.float32) if self.restore else result
        if fn in self.full:
            wanted: Any = jnp.float32
        elif fn in self.widest:
            types = {a.dtype for a in _floats((*args, *kwargs.values()))}
            if len(types) < 2:
                return fn(*args, **kwargs)
            wanted = jnp.result_type(*types)
        else:
            return fn(*args, **kwargs)
        return fn(
            *[cast(a, wanted) for a in args],
            **{name: cast(a, wanted) for name, a in kwargs.items()},
        )


class _Current(threading.local):
    rules: Rules | ParameterRules | None = None


current = _Current()


def by_operation() -> bool:
    """Whether each operation decides what it computes in."""
    return current.rules is not None and current.rules.by_operation


@contextmanager
def in_force(rules: Rules | ParameterRules | None) -> Iterator[None]:
    """Let ``rules`` hold, or none, while the context is open."""
    before = current.rules
    current.rules = rules
    try:
        yield
    finally:
        current.rules = before


def cast(value: Any, dtype: Any) -> Any:
    """Float arrays of 16 and 32 bits in ``dtype``; in tuples and lists too."""
    if _is_float(value):
        return value.astype(dtype)
    if isinstance(value, tuple | list):
        return type(value)(cast(item, dtype) for item in value)
    return value


def _is_float(value: Any) -> bool:
    return (
        isinstance(value, jax.Array)
        and jnp.issubdtype(value.dtype, jnp.floating)
        and value.dtype.itemsize <= 4
    )


def _floats(values: Any) -> Iterator[Any]:
    for value in values:
        if _is_float(value):
            yield value
        elif isinstance(value, tuple | list):
            yield from _floats(value)
