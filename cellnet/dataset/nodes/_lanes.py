"""Lanes: who computes the rows of a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .. import config
from .._workers import start_server
from ..transforms._base import Transform


class Lane(Enum):
    """ANY: as the nodes next to it, for what is cheap and depends on its input only.
    SERIAL: whoever reads, one row after the other.
    THREADS, PROCESSES: workers.
    """

    ANY = "any"
    SERIAL = "serial"
    THREADS = "threads"
    PROCESSES = "processes"


@dataclass(frozen=True)
class Hands:
    """A lane, and how many workers it wants there."""

    lane: Lane
    count: int = 1


ANYWHERE = Hands(Lane.ANY)
IN_ORDER = Hands(Lane.SERIAL)


def hands_for_own(workers: int | None, processes: bool) -> Hands:
    """For a user's function, which may keep state: in order unless asked otherwise."""
    if processes:
        start_server()
        return Hands(Lane.PROCESSES, workers or config.get_num_parallel_workers())
    if workers is None or workers == 1:
        return IN_ORDER
    return Hands(Lane.THREADS, workers)


def hands_for_known(heavy: bool, workers: int | None) -> Hands:
    """For code of this package: threads where they pay, or where asked for several.

    They compute, so that more threads than cores would only take turns.
    """
    if not heavy and (workers is None or workers == 1):
        return ANYWHERE
    count = workers or config.get_num_parallel_workers()
    return Hands(Lane.THREADS, min(count, config.num_cores()))


def hands_for(
    operations: Sequence[Callable[..., Any]], workers: int | None, processes: bool
) -> Hands:
    """For a map of these operations."""
    if any(map(_is_own, operations)):
        return hands_for_own(workers, processes)
    return hands_for_known(any(map(_is_heavy, operations)), workers)


def _is_own(operation: Callable[..., Any]) -> bool:
    if not isinstance(operation, Transform):
        return True
    if not type(operation).__module__.startswith(_PACKAGE):
        return True  # a subclass of the user's
    return any(map(_is_own, operation.parts))


def _is_heavy(operation: Callable[..., Any]) -> bool:
    assert isinstance(operation, Transform)
    return operation.heavy or any(map(_is_heavy, operation.parts))


_PACKAGE = __name__.rsplit(".", 2)[0] + "."
