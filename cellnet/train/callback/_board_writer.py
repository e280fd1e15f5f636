"""The thread that writes TensorBoard's file, from values still being computed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from cellnet.train.summary._events import EventFile, entry


class BoardWriter:
    """Writes in the background, in order.

    Args:
        folder: of the file.
        every: steps over which losses are averaged.

    Raises:
        ImportError: tensorboardX is not installed.
    """

    def __init__(self, folder: Path, every: int) -> None:
        self._file = EventFile(folder, "", None)
        self._every = every
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cellnet-tensorboard")
        self._failed: Future[None] | None = None
        # of the thread: losses that no mean was written of, and the step of the last
        self._rest = np.zeros(0)
        self._step = 0

    def start(self, step: int) -> None:
        """Say how many steps were made before."""
        self._step = step

    def add(self, step: int, values: dict[tuple[str, str], Any]) -> None:
        """Write values, (kind, tag) -> array, which the thread waits for.

        Raises:
            RuntimeError: writing failed before.
        """

        def write() -> None:
            self._file.write(
                step,
                [
                    entry(kind, tag, v if kind == "text" else np.asarray(v))
                    for (kind, tag), v in values.items()
                ],
            )
            self._file.flush()

        self._submit(write)

    def add_entries(self, step: int, entries: list[Any]) -> None:
        """Write what is encoded already."""
        self._submit(lambda: self._file.write(step, entries))

    def add_restart(self, step: int) -> None:
        """Say that what earlier files of the folder have from ``step`` on is void."""
        self._submit(lambda: self._file.write_restart(step))

    def add_graph(self, nodes: list[Any]) -> None:
        """Write a network's graph."""
        self._submit(lambda: self._file.write_graph(nodes))

    def add_losses(self, losses: list[Any], *, flush: bool) -> None:
        """Write means of losses.

        Args:
            losses: of the steps that follow those given before, along axis 0.
            flush: write the mean of those that are left too.
        """

        def write() -> None:
            arrays = [np.asarray(loss, np.float64) for loss in losses]
            flat = [array.reshape(len(array), -1).mean(1) for array in arrays]
            values = np.concatenate([self._rest, *flat])
            # windows end where the number of the step is a multiple
            begun = self._step - len(self._rest)
            self._step = begun + len(values)
            last = self._step if flush else self._step // self._every * self._every
            while begun < last:
                end = min(last, (begun // self._every + 1) * self._every)
                mean = values[: end - begun].mean()
                self._file.write(end, [entry("scalar", "loss/train", mean)])
                values, begun = values[end - begun :], end
            self._rest = values

        self._submit(write)

    def close(self, *, failing: bool) -> None:
        """Write what waits, and end.

        Args:
            failing: an error is on its way, which one of writing must not hide.

        Raises:
            RuntimeError: writing failed, unless ``failing``.
        """
        self._thread.shutdown(wait=True)
        self._file.close()
        if not failing:
            self._raise()

    def _submit(self, write: Callable[[], Any]) -> None:
        self._raise()
        future = self._thread.submit(write)
        future.add_done_callback(self._note)

    def _note(self, future: Future[Any]) -> None:
        if not future.cancelled() and future.exception() is not None:
            self._failed = self._failed or future

    def _raise(self) -> None:
        if self._failed is not None:
            error = self._failed.exception()
            raise RuntimeError(
                f"TensorBoard: writing {self._file.path} failed: {error}"
            ) from error
