"""One file at a time is written in the background.

The thread is no daemon, so Python waits for it before it ends.  What went wrong is
raised where the user's code comes by next: at the next save, or at the end of training.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable

logger = logging.getLogger("cellnet")


class BackgroundWriter:
    """Runs one write after the other, each in a thread."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._name = ""
        self._error: BaseException | None = None
        self._watched = False

    @property
    def busy(self) -> bool:
        """Whether a write is going on."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, name: str, write: Callable[[], None]) -> None:
        """Run ``write`` once the one before is done.

        Args:
            name: the file, for messages.
            write: writes it, from values that nobody changes any more.

        Raises:
            RuntimeError: the one before failed.
        """
        self.finish()
        if not self._watched:
            atexit.register(self._report)
            self._watched = True

        def run() -> None:
            try:
                write()
            except BaseException as error:
                self._error = error

        self._name = name
        self._thread = threading.Thread(target=run, name="cellnet-async-save")
        self._thread.start()

    def wait(self) -> None:
        """Wait for the write that is going on."""
        if self._thread is not None:
            self._thread.join()

    def finish(self) -> None:
        """Wait, and say what went wrong.

        Raises:
            RuntimeError: the last write failed; raised once.
        """
        self.wait()
        self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise RuntimeError(
                f"saving {self._name} in the background failed: {error}"
            ) from error

    def _report(self) -> None:
        try:
            self.finish()
        except RuntimeError as error:
            logger.error("%s", error)


writer = BackgroundWriter()
