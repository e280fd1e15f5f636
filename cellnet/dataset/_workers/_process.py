"""Worker processes, forked from a server that has imported this package and no more.

A fork of the user's process could deadlock, as JAX has threads. The server
(multiprocessing's "forkserver") has one thread; it imports cellnet once, so that a
worker starts in milliseconds and shares that memory. Functions travel by cloudpickle:
lambdas and what the user's script defines need no import of the script, which is
therefore not run again and needs no `if __name__ == "__main__"`.
"""

from __future__ import annotations

import importlib
import io
import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

import cloudpickle

from ._task import Done, MakeRow, make_rows, with_traceback

PRELOADED_IF_USED = ("cv2", "PIL.Image")
_PACKAGE = __name__.partition(".")[0] + "."

_main_lock = threading.Lock()


@contextmanager
def _main_hidden() -> Iterator[None]:
    """While a process starts, multiprocessing finds no script to run in it."""
    with _main_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


class _Pickler(cloudpickle.CloudPickler):
    """Takes modules of a class of their own, as `mindspore` is in `cellnet run`."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, types.ModuleType) and type(obj) is not types.ModuleType:
            return importlib.import_module, (obj.__name__,)
        return super().reducer_override(obj)


def pickled(make: MakeRow) -> bytes:
    """What `process_pool` takes."""
    buffer = io.BytesIO()
    _Pickler(buffer).dump(make)
    return buffer.getvalue()


class _Process(ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        with _main_hidden():
            return ForkServerProcess._Popen(process_obj)  # type: ignore[attr-defined]


class _Context(ForkServerContext):
    Process = _Process  # type: ignore[assignment]


_context = _Context()


def start_server() -> None:
    """Let the server import cellnet, which takes seconds, while the program goes on."""
    used = [name for name in PRELOADED_IF_USED if name in sys.modules]
    _context.set_forkserver_preload([__name__, *used])
    forkserver.ensure_running()


def process_pool(count: int, make: bytes) -> ProcessPoolExecutor:
    """Processes that run `run`; `make` is the function, pickled."""
    start_server()
    return ProcessPoolExecutor(
        count, mp_context=_context, initializer=_begin, initargs=(make, _finders())
    )


def _finders() -> bytes:
    """cellnet's own ways of finding modules: `cellnet run` finds mindspore by one."""
    return cloudpickle.dumps(
        [
            (place, finder)
            for place, finder in enumerate(sys.meta_path)
            if type(finder).__module__.startswith(_PACKAGE)
        ]
    )


_pickled = b""
_make: MakeRow | None = None


def _begin(make: bytes, finders: bytes) -> None:
    """What a worker does first."""
    global _pickled
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who reads the rows
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if "jax" in sys.modules:  # an accelerator's memory belongs to the user's process
        sys.modules["jax"].config.update("jax_platforms", "cpu")
    if "cv2" in sys.modules:  # the workers are the threads
        sys.modules["cv2"].setNumThreads(1)
    kept = [f for f in sys.meta_path if not type(f).__module__.startswith(_PACKAGE)]
    for place, finder in cloudpickle.loads(finders):
        kept.insert(place, finder)
    sys.meta_path[:] = kept
    _pickled = make


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)  # the user's process was killed: nobody waits for this one


def run(items: Sequence[Any]) -> Done:
    """A task, in a worker."""
    global _make
    if _make is None:  # here, not in _begin, where an error would lose its text
        _make = cloudpickle.loads(_pickled)
        assert _make is not None
    return with_traceback(make_rows(_make, items))
