"""Whole-file writes: a reader sees the old file or the new one, never a part.

The bytes go to a hidden file in the same folder, which takes the target's name in one
step once it is safe on disk. The writer holds a lock on that hidden file, and the
system drops the lock when the writer dies: so a hidden file whose lock is free was left
by a dead writer, and the next write into the folder removes it.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows: leftovers stay, all else holds
    fcntl = None

TEMPORARY_SUFFIX = ".cellnet-tmp"


@contextlib.contextmanager
def atomic_write(path: Path, *, mode: int) -> Iterator[BinaryIO]:
    """Open a binary file that becomes `path`, with permissions `mode`, at the end.

    If the body raises, or the process dies at any moment, `path` is left as it was. A
    read-only `path` is replaced: what counts is the right to write in its folder.

    Raises: OSError (the subclass of the failed call), naming `path`.
    """
    folder = path.parent
    try:
        remove_leftovers(folder)
        descriptor, temporary = _locked_temporary(folder)
        try:
            with open(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(descriptor)
                if hasattr(os, "fchmod"):
                    os.fchmod(descriptor, mode)
                if fcntl is not None:
                    # Under the lock, or another writer could take it for a leftover.
                    os.replace(temporary, path)
            if fcntl is None:  # Windows renames closed files only
                os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        _sync_folder(folder)
    except OSError as error:
        raise OSError(error.errno, _explain(error, path), str(path)) from error


def remove_leftovers(folder: Path) -> None:
    """Remove the hidden files that writers of `folder` left when they were killed."""
    if fcntl is None:
        return
    for leftover in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        # Another user's file, a lock held, a file just gone: not ours to remove.
        with contextlib.suppress(OSError), open(leftover, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            leftover.unlink()


def _locked_temporary(folder: Path) -> tuple[int, str]:
    while True:
        descriptor, name = tempfile.mkstemp(TEMPORARY_SUFFIX, ".", folder)
        if fcntl is None:
            return descriptor, name
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor, name
        os.close(descriptor)  # taken for a leftover before it was locked: once more


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the system can promise it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _explain(error: OSError, path: Path) -> str:
    folder = path.parent
    advice = {
        FileNotFoundError: f"the folder {folder} does not exist; make it first",
        NotADirectoryError: f"{folder} is not a folder; give another path",
        IsADirectoryError: f"{path} is a folder; give the name of a file",
        PermissionError: f"no right to write in {folder}; give another path",
    }.get(type(error), "nothing was written, and what was there before is unchanged")
    return f"{error.strerror} ({advice})"
