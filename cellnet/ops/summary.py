"""Values noted for a summary file while a program runs.

An operation hands (kind, name, value) to the open record, if there is one: whoever
writes summaries opens it with :func:`recording`.  Without one it does nothing, as in
MindSpore.  In a compiled program values come from a callback when the step runs, those
of one step in any order; programs with and without an open record are different ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from cellnet._checks import check_type
from cellnet.graph.guards import Watched
from cellnet.ops._op import raw
from cellnet.ops.primitive import Primitive
from cellnet.tensor import Tensor

# takes (kind, name, value)
Sink = Callable[[str, str, np.ndarray], None]


class _Record(Watched):
    """Whether a record is open; programs that ask are traced anew when it changes."""

    def __init__(self) -> None:
        self.is_open = False


_record = _Record()
_sinks: list[Sink] = []


@contextmanager
def recording(sink: Sink) -> Iterator[None]:
    """Give what summary operations see to ``sink`` while the context is open.

    Args:
        sink: called with kind ("Scalar", "Image", "Tensor" or "Histogram"), name and
            value.  Of nested contexts the innermost gets it.
    """
    _sinks.append(sink)
    _record.is_open = True
    try:
        yield
    finally:
        jax.effects_barrier()  # what still runs belongs to this record
        _sinks.pop()
        _record.is_open = bool(_sinks)


def _note(kind: str, name: str, value: Any) -> None:
    if not _record.is_open:
        return

    def hand_over(array: Any) -> None:
        if _sinks:
            _sinks[-1](kind, name, np.asarray(array))

    if isinstance(value, Tracer):
        jax.debug.callback(hand_over, jax.lax.stop_gradient(value))
    else:
        hand_over(value)


_RANKS: dict[str, Callable[[int, tuple[int, ...]], bool]] = {
    "Scalar": lambda ndim, shape: ndim == 0 or shape == (1,),
    "Image": lambda ndim, shape: ndim == 4,
    "Tensor": lambda ndim, shape: ndim > 0,
    "Histogram": lambda ndim, shape: ndim > 0,
}
_EXPECTED = {
    "Scalar": "no axes, or one element",
    "Image": "4 axes, (N, C, H, W)",
    "Tensor": "1 axis or more",
    "Histogram": "1 axis or more",
}


def _summary(kind: str, what: str) -> type[Primitive]:
    class Summary(Primitive):
        def __init__(self) -> None:
            super().__init__(f"{kind}Summary")

        def __call__(self, name: str, value: Tensor) -> None:
            owner = f"{kind}Summary"
            check_type(owner, "name", name, str)
            if not name:
                raise ValueError(f"{owner}: name must not be empty")
            check_type(owner, "value", value, Tensor)
            if not _RANKS[kind](value.ndim, value.shape):
                raise ValueError(
                    f"{owner}: value must have {_EXPECTED[kind]}, got {value.shape}"
                )
            _note(kind, name, raw(value))

    Summary.__name__ = Summary.__qualname__ = f"{kind}Summary"
    Summary.__module__ = "cellnet.ops"
    Summary.__doc__ = f"""Notes {what} for a summary (mindspore.ops.{kind}Summary).

    Inputs: name, a str; value, a Tensor with {_EXPECTED[kind]}.

    Raises:
        TypeError: a name that is no str, a value that is no Tensor.
        ValueError: an empty name, another shape.
    """
    return Summary


ScalarSummary = _summary("Scalar", "a number")
ImageSummary = _summary("Image", "images")
TensorSummary = _summary("Tensor", "a Tensor")
HistogramSummary = _summary("Histogram", "the distribution of a Tensor's elements")
