"""SIGTERM and Ctrl-C while a training runs that can be saved."""

from __future__ import annotations

import contextlib
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from cellnet._interactive import is_interactive
from cellnet.train._resume import VARIABLE

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


class Interrupted(SystemExit):
    """A signal ended a training, whose state was saved.

    Args:
        number: of the signal; the process exits with 128 plus that, as shells count.
        text: what to say.
    """

    def __init__(self, number: int, text: str) -> None:
        super().__init__(128 + number)
        self.text = text

    def __str__(self) -> str:
        return self.text


class AtOnce(KeyboardInterrupt):
    """A first signal came where nothing is trained: what is trained can be saved."""


class Interrupts:
    """Takes note of SIGINT and SIGTERM, so that the present step can be finished.

    A second signal does at once what the first would have done without this.  Signals
    that the program handles itself, and runs in another thread than the main one, are
    left alone.

    Args:
        active: False leaves all as it is.
    """

    def __init__(self, active: bool) -> None:
        self._active = active
        self._before: dict[int, Any] = {}
        self._at_once = False
        self.asked: int | None = None

    def __enter__(self) -> Interrupts:
        if self._active and threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) in _DEFAULTS:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error: Any) -> None:
        while self._before:
            signal.signal(*self._before.popitem())

    def _note(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.asked = number
        self.__exit__()
        name = signal.Signals(number).name
        _say(f"{name}: finishing this step, then saving; once more to stop at once")
        if self._at_once:
            raise AtOnce

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """In here nothing is trained, so that a signal may end it in the middle.

        Raises:
            AtOnce: there was a signal.
        """
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False


def leave(number: int, place: str, file: str, *, resumable: bool) -> None:
    """Say what was saved and how to go on, and end the process.

    Args:
        number: of the signal.
        place: which step and epoch is done.
        file: the checkpoint.
        resumable: whether it has the state of the run.

    Raises:
        Interrupted: always; in an interactive session KeyboardInterrupt.
    """
    name = signal.Signals(number).name
    text = f"{name} after {place}; saved {file}"
    _say(text)
    if resumable:
        _say(f"to go on:  {VARIABLE}={shlex.quote(file)} {shlex.join(_command())}")
        _say(f'or in the program:  model.train(..., resume="{file}")')
    else:
        _say("it has weights alone, by saved_network; load it with load_checkpoint")
    if is_interactive():
        raise KeyboardInterrupt(text)
    raise Interrupted(number, text)


def _command() -> list[str]:
    return [sys.executable, *sys.orig_argv[1:]]


def _say(text: str) -> None:
    print(f"cellnet: {text}", file=sys.stderr, flush=True)
