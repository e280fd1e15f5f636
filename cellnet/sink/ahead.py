"""Chunks made one step ahead, by a thread."""

from __future__ import annotations

import atexit
import ctypes
import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from weakref import WeakSet

from cellnet.sink.feed import Chunk

_END = object()
# chunks that may be on the device at a time: one computed, one staged
_SLOTS = 2
_Produce = Callable[["Ahead"], Iterator[Iterator[Chunk]]]


def sinks_ahead(produce: _Produce) -> Iterator[Iterator[Chunk]]:
    """What ``produce`` gives, made while the device computes what came before.

    Args:
        produce: makes the chunks of one sink after the other.
    """
    ahead = Ahead(produce)
    try:
        for _ in ahead:  # the mark that opens a sink
            yield iter(partial(next, ahead), _END)
    finally:
        ahead.close()


class Ahead:
    """Runs a generator one step ahead in a thread of its own, once iterated over.

    Args:
        produce: makes the generator of sinks; gets this object.
    """

    def __init__(self, produce: _Produce) -> None:
        self._slots = threading.Semaphore(_SLOTS)
        self._items: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._closed = threading.Event()
        self._ended = False
        self._thread = threading.Thread(
            target=self._work, args=(produce,), name="cellnet-stage", daemon=True
        )

    def goes_on(self, _: Any = None) -> bool:
        """Whether anything more is wanted."""
        return not self._closed.is_set()

    def slot(self) -> Callable[[], None]:
        """Wait until one more chunk may be on the device; what gives the slot back."""
        self._slots.acquire()
        return self._slots.release

    def _work(self, produce: _Produce) -> None:
        try:
            for sink in produce(self):
                self._items.put(("item", None))
                for chunk in sink:
                    if self._closed.is_set():
                        return
                    self._items.put(("item", chunk))
                self._items.put(("item", _END))
        except BaseException as error:  # handed to the thread that waits for chunks
            self._items.put(("error", error))
        else:
            self._items.put(("end", None))

    def __iter__(self) -> Iterator[Any]:
        # not in __init__: an interrupt while it starts must find someone to close it
        self._thread.start()
        _running.add(self)
        return self

    def __next__(self) -> Any:
        if self._ended:
            raise StopIteration
        kind, item = self._items.get()
        if kind == "item":
            return item
        self._ended = True
        if kind == "error":
            raise item
        raise StopIteration

    def close(self) -> None:
        """Stop the thread at its next batch."""
        self._ended = True
        self._closed.set()
        for _ in range(_SLOTS):
            self._slots.release()  # it may be waiting for one


_running: WeakSet[Ahead] = WeakSet()
# the longest that a thread which waits for the user's data may hold up the end
_EXIT_S = 2.0


@atexit.register
def _end() -> None:
    """A thread inside a C++ library when the interpreter ends would abort it."""
    for ahead in list(_running):
        ahead.close()
        _interrupt(ahead._thread)
    for ahead in list(_running):
        ahead._thread.join(_EXIT_S)


def _interrupt(thread: threading.Thread) -> None:
    """Raise SystemExit at its next line of Python: a batch may take longer than that.

    The thread hands it on as it does any error, to nobody.
    """
    if thread.is_alive():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit)
        )
