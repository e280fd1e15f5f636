"""Streams of a device: JAX has one for each, so all of these are it."""

from __future__ import annotations

from typing import Any

import jax

from cellnet._checks import check_type
from cellnet._event import Event


class Stream:
    """The order of a device's work (mindspore.hal.Stream).

    XLA computes a value when those that it is made of are there, whatever stream a
    program names, so a wait between streams needs nothing.

    Args:
        priority: kept.
        **kwargs: kept.
    """

    def __init__(self, priority: int = 0, **kwargs: Any) -> None:
        del kwargs
        self.priority = priority

    def record_event(self, event: Event | None = None) -> Event:
        """An event, a new one if none is given, recorded now."""
        recorded = Event() if event is None else event
        check_type("record_event", "event", recorded, Event)
        recorded.record()
        return recorded

    def wait_event(self, event: Event) -> None:
        """Nothing to do: later work waits for the values that it takes."""
        check_type("wait_event", "event", event, Event)

    def wait_stream(self, stream: Stream) -> None:
        """Nothing to do, likewise."""
        check_type("wait_stream", "stream", stream, Stream)

    def synchronize(self) -> None:
        """Wait until all values that the program holds have been computed."""
        # a CPU runs what is independent in any order: there is no last one to wait for
        jax.block_until_ready(jax.live_arrays())

    def query(self) -> bool:
        """Whether they are."""
        return all(array.is_ready() for array in jax.live_arrays())


class StreamCtx:
    """``with StreamCtx(stream):`` runs its body (mindspore.hal.StreamCtx).

    Args:
        ctx_stream: a Stream, or None.

    Raises:
        TypeError: something else.
    """

    def __init__(self, ctx_stream: Stream | None) -> None:
        self.stream = check_type(
            "StreamCtx", "ctx_stream", ctx_stream, Stream, type(None)
        )

    def __enter__(self) -> StreamCtx:
        return self

    def __exit__(self, *error: object) -> None:
        del error


_stream = Stream()


def default_stream() -> Stream:
    """The stream of the device."""
    return _stream


current_stream = default_stream
