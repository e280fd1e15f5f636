"""Python control flow on Tensors becomes control flow of the compiled program.

Where a trace needs the value of a Tensor (``if x.sum() > 0``), the user's functions
are converted and traced again: ``prepare`` and ``source`` turn their statements into
calls of the ``operators`` (diastatic-malt does the analysis), ``calls`` follows the
calls that they make, and ``branches`` and ``loops`` build ``lax.cond``, ``lax.scan``
and a while loop that can be differentiated (``reversible``).  A ``block`` is a branch
or a loop body traced on its own: what it does to local variables, Parameters and
Tensors becomes results of it.  Whatever does not depend on a Tensor stays Python.

Only the names here are used from outside; the rest is imported with the first function
that needs conversion.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax

from cellnet.tensor import NoValueError


class Untraceable(RuntimeError):
    """Python that a compiled program cannot do; it runs eagerly instead."""


# raised by JAX, or by Tensor, when Python needs a value that a trace does not have
UNTRACEABLE = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
    NoValueError,
    Untraceable,
)


class Conversion:
    """What one trace of converted functions keeps.

    Attributes:
        failures: one line for each function that could not be converted.
        negations: (array of ``not x``, array of ``x``), in the order made.
    """

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.negations: list[tuple[Any, Any]] = []


class _Local(threading.local):
    conversion: Conversion | None = None
    forward = False


_local = _Local()


@contextmanager
def converting() -> Iterator[Conversion]:
    """Context in which traced functions of the user are converted."""
    outer = _local.conversion
    _local.conversion = Conversion()
    try:
        yield _local.conversion
    finally:
        _local.conversion = outer


def conversion() -> Conversion | None:
    """The conversion that runs in this thread, if one does."""
    return _local.conversion


def resolve(fn: Callable[..., Any]) -> Callable[..., Any]:
    """What a trace should call for ``fn``: itself, or its converted form."""
    if _local.conversion is None:
        return fn
    from cellnet.graph.control.source import converted  # malt takes 0.5 s to import

    return converted(fn, _local.conversion.failures)


def forwards(fn: Callable[..., Any]) -> Callable[..., Any]:
    """``fn``, during which loops are made for forward-mode differentiation.

    A loop of unknown length can be made for one mode only.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        outer = _local.forward
        _local.forward = True
        try:
            return fn(*args, **kwargs)
        finally:
            _local.forward = outer

    return run


def is_forward() -> bool:
    """Whether a trace in forward mode runs."""
    return _local.forward
