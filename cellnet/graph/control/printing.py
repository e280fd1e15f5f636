"""Python's ``print`` of Tensors in compiled functions, when the program runs."""

from __future__ import annotations

import builtins
import threading
from typing import Any

import jax
from jax.core import Tracer

from cellnet.tensor import Tensor

_print = builtins.print
_install = threading.Lock()
_installed = 0


class Printing:
    """Context of a trace, in which ``print`` of a traced Tensor waits for its values.

    The name in ``builtins`` is replaced only while some trace runs; other calls of
    ``print`` are what they always are.
    """

    def __enter__(self) -> None:
        global _installed
        with _install:
            if _installed == 0:
                builtins.print = _print_later
            _installed += 1

    def __exit__(self, *exc: object) -> None:
        global _installed
        with _install:
            _installed -= 1
            if _installed == 0:
                builtins.print = _print


def _print_later(*args: Any, **kwargs: Any) -> None:
    arrays = [x._value if isinstance(x, Tensor) else x for x in args]
    places = [i for i, x in enumerate(arrays) if isinstance(x, Tracer)]
    if not places:
        _print(*args, **kwargs)
        return
    # as they are now: the user may go on changing what a name stands for
    shown = [x if i in places else str(x) for i, x in enumerate(args)]

    def show(*values: Any) -> None:
        for place, value in zip(places, values, strict=True):
            shown[place] = str(Tensor(value))
        _print(*shown, **kwargs)

    jax.debug.callback(show, *(arrays[i] for i in places))
