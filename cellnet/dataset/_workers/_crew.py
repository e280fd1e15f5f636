"""A crew: workers that map a function over items, kept from pass to pass.

Executors are concurrent.futures'. Here is only what they lack: results in the order of
the items with a bounded number of tasks ahead, and tasks of several items where one
takes less time than handing it over.
"""

from __future__ import annotations

import threading
import warnings
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from .. import config
from ._process import pickled, process_pool, run
from ._task import Done, MakeRow, make_rows

TASKS_PER_WORKER = 2  # one that is worked on, one that waits
SHORT_TASK_S = 0.005  # a shorter one gets more items; handing over costs some 0.1 ms
MAX_ITEMS = 64  # in a task


class Crew:
    """Args: name: of what they do, for messages.
    make: gives the row of an item; in processes it must be picklable by cloudpickle,
        else threads are taken, with a warning.
    count: workers, 1 or more. processes: they are processes, not threads.
    """

    def __init__(self, name: str, make: MakeRow, count: int, processes: bool) -> None:
        self._name = name
        self._make = make
        self._count = count
        self._pickled = _sendable(name, make) if processes else None
        self._executor: Executor | None = None
        self._starting = threading.Lock()

    def map(self, items: Iterable[Any]) -> Iterator[Any]:
        """The rows of the items, in their order.

        Raises: what `make` or `items` raise, after the rows before it. RuntimeError: a
            worker process died.
        """
        source = _Chunks(items)
        waiting: deque[Future[Done]] = deque()
        size = 1
        try:
            while True:
                most = self._most_items()
                while len(waiting) < self._tasks_ahead(size):
                    chunk = source.take(min(size, most))
                    if not chunk:
                        break
                    waiting.append(self._submit(chunk))
                if not waiting:
                    break
                done = self._result(waiting.popleft())
                yield from done.rows
                if done.error is not None:
                    raise done.error
                if done.seconds < SHORT_TASK_S:
                    size = min(2 * size, MAX_ITEMS)
        finally:
            for future in waiting:
                future.cancel()
        if source.error is not None:
            raise source.error

    def _most_items(self) -> int:
        chosen = config.chosen_prefetch_size()
        if chosen is None:
            return MAX_ITEMS
        return max(1, chosen // (TASKS_PER_WORKER * self._count))

    def _tasks_ahead(self, size: int) -> int:
        least = TASKS_PER_WORKER * self._count
        return max(least, (config.chosen_prefetch_size() or 0) // size)

    def _submit(self, chunk: list[Any]) -> Future[Done]:
        try:
            with self._starting:
                if self._executor is None:
                    self._executor = self._start()
                if self._pickled is None:
                    return self._executor.submit(make_rows, self._make, chunk)
                return self._executor.submit(run, chunk)
        except BrokenExecutor as error:
            raise self._died() from error

    def _start(self) -> Executor:
        executor: Executor
        if self._pickled is None:
            executor = ThreadPoolExecutor(self._count, "cellnet-data")
        else:
            executor = process_pool(self._count, self._pickled)
        # When the crew is garbage, or at exit, and then without a word.
        weakref.finalize(self, executor.shutdown, wait=False, cancel_futures=True)
        return executor

    def _result(self, future: Future[Done]) -> Done:
        try:
            return future.result()
        except BrokenExecutor as error:
            raise self._died() from error

    def _died(self) -> RuntimeError:
        self._executor = None  # the next pass gets new workers
        return RuntimeError(
            f"{self._name}: a worker process died: it crashed, or was killed, as the "
            f"system does when memory runs out. Lower num_parallel_workers, or set "
            f"python_multiprocessing=False to see the failure in this process."
        )


class _Chunks:
    """Items by the list; an error while getting one ends them and is kept."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = iter(items)
        self.error: Exception | None = None

    def take(self, count: int) -> list[Any]:
        chunk: list[Any] = []
        try:
            chunk.extend(islice(self._items, count))
        except Exception as error:
            self.error = error
            self._items = iter(())
        return chunk


def _sendable(name: str, make: MakeRow) -> bytes | None:
    try:
        return pickled(make)
    except Exception as error:  # whatever a user's __reduce__ raises
        warnings.warn(
            f"{name}: threads are used in place of processes, to which this pipeline "
            f"cannot be sent: {type(error).__name__}: {error}. Keep open files, locks "
            f"and generators out of what it uses, or set python_multiprocessing=False.",
            stacklevel=2,
        )
        return None
