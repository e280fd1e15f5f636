"""A task: some items made into rows, by whichever worker."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MakeRow = Callable[[Any], Any]


@dataclass
class Done:
    """What a task gave.

    Attributes:
        rows: of the items up to the one that failed, or of all.
        error: why that one failed.
        seconds: time it took.
    """

    rows: list[Any]
    error: Exception | None
    seconds: float


def make_rows(make: MakeRow, items: Sequence[Any]) -> Done:
    """The rows of the items; an error is kept, so that the rows before it are given."""
    begin = time.perf_counter()
    rows: list[Any] = []
    error = None
    try:
        rows.extend(map(make, items))
    except Exception as raised:
        error = raised
    return Done(rows, error, time.perf_counter() - begin)


def with_traceback(done: Done) -> Done:
    """The same with the error's traceback as a note, which survives pickling."""
    if done.error is not None:
        text = "".join(traceback.format_exception(done.error))
        done.error.add_note(f"In a worker process:\n{text}")
    return done
