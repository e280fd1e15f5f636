"""Moments in the work of a device."""

from __future__ import annotations

import time
from typing import Any

import jax

from cellnet._checks import check_bool


class Event:
    """A moment in the work that a device was given (mindspore.hal.Event).

    JAX has no events: one that is recorded remembers the values that were not computed
    yet, and one that measures time waits for them, so that what lies between two of
    them is what ran between them.

    Args:
        enable_timing: whether ``record`` waits and notes the time.
        blocking: kept; values wait for what they are made of.

    Raises:
        TypeError: no bool.

    Example:
        >>> from cellnet import hal, ops
        >>> start, end = hal.Event(enable_timing=True), hal.Event(enable_timing=True)
        >>> start.record()
        >>> y = ops.ones((100, 100)).sum()
        >>> end.record()
        >>> start.elapsed_time(end) > 0.0
        True
    """

    def __init__(self, enable_timing: bool = False, blocking: bool = False) -> None:
        check_bool("Event", "enable_timing", enable_timing)
        check_bool("Event", "blocking", blocking)
        self._timed = enable_timing
        self._pending: list[Any] = []
        self._seconds: float | None = None

    def record(self, stream: None = None) -> None:
        """Mark this moment; all work of a device is in one stream."""
        del stream
        self._pending = [a for a in jax.live_arrays() if not a.is_ready()]
        if self._timed:
            self.synchronize()
            self._seconds = time.perf_counter()

    def wait(self, stream: None = None) -> None:
        """Nothing to do: later work waits for the values that it takes."""
        del stream

    def synchronize(self) -> None:
        """Wait for all work that was given before ``record``."""
        jax.block_until_ready([a for a in self._pending if not a.is_deleted()])
        self._pending = []

    def query(self) -> bool:
        """Whether all work that was given before ``record`` is done."""
        return all(a.is_deleted() or a.is_ready() for a in self._pending)

    def elapsed_time(self, other_event: Event) -> float:
        """Milliseconds from this event to another.

        Raises:
            TypeError: no Event.
            RuntimeError: one of them was not recorded, or measures no time.
        """
        if not isinstance(other_event, Event):
            raise TypeError(
                f"elapsed_time: expected an Event, got {type(other_event).__name__}"
            )
        if self._seconds is None or other_event._seconds is None:
            raise RuntimeError(
                "elapsed_time: make both events with enable_timing=True; record both"
            )
        return (other_event._seconds - self._seconds) * 1000
