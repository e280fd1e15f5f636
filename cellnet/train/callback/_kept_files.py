"""The files that a ModelCheckpoint wrote, and which of them stay."""

from __future__ import annotations

import logging
import shutil
import stat
import time
from pathlib import Path

logger = logging.getLogger("cellnet")


class KeptFiles:
    """Deletes old files of its own; it knows no others.

    Args:
        newest: how many of the newest stay; None or 0 goes by minutes.
        minutes: without ``newest``, of the older ones every file stays that is at least
            this many minutes younger than the one kept before it.
    """

    def __init__(self, newest: int | None, minutes: int | None) -> None:
        self._newest = newest
        self._minutes = minutes
        self._files: dict[Path, float] = {}  # path -> when, oldest first

    def add(self, path: Path) -> None:
        """Note a file just written, or written again."""
        self._files.pop(path, None)
        self._files[path] = time.monotonic()

    def prune(self) -> None:
        """Delete what need not stay; the newest file always does."""
        for path in self._old():
            del self._files[path]
            try:
                if path.is_dir():
                    shutil.rmtree(path)
                    continue
                path.chmod(stat.S_IREAD | stat.S_IWRITE)  # Windows deletes no read-only
                path.unlink()
            except FileNotFoundError:
                pass
            except OSError as error:
                logger.warning("an old checkpoint cannot be deleted: %s", error)

    def ages(self) -> dict[str, float]:
        """Full path -> seconds since it was written, oldest first."""
        now = time.monotonic()
        return {str(path): now - when for path, when in self._files.items()}

    def take_over(self, ages: dict[str, float]) -> None:
        """Count as its own the files, as :meth:`ages` gave them, that are still there.

        The time between two runs counts for nothing.
        """
        now = time.monotonic()
        self._files = {
            Path(path): now - age for path, age in ages.items() if Path(path).exists()
        }

    def _old(self) -> list[Path]:
        paths = list(self._files)
        if self._newest or not self._minutes:
            return paths[: -(self._newest or 1)]
        old, kept_at = [], -float("inf")
        for path in paths[:-1]:
            if self._files[path] - kept_at < 60 * self._minutes:
                old.append(path)
            else:
                kept_at = self._files[path]
        return old
