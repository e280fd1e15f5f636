"""What brings batches to the device: chunks, and how a step's inputs come out of them.

A feed gives *chunks*: ``fixed`` arrays that every step may read, and ``scanned`` arrays
with one slice a step.  ``feed.batch(fixed, slice)`` makes the step's inputs of them,
inside the compiled program.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import numpy as np

from cellnet.dataset.plan_view import Rows
from cellnet.graph.guards import Range
from cellnet.sink.passes import State
from cellnet.sink.steps import Steps

# a scan longer than this keeps Ctrl-C waiting for too long
MAX_STEPS = 10_000

Spec = tuple[jax.ShapeDtypeStruct, ...]


class Reader(Protocol):
    """Passes over a data set, read ahead of what is trained on."""

    def rows(self) -> Iterator[Rows]:
        """The next pass of a data set with a plan, as what each batch is made of."""
        ...

    def batches(self) -> Iterator[tuple[np.ndarray, ...]]:
        """The next pass, a tuple of columns for each batch."""
        ...

    def batch_sizes(self) -> tuple[int, int] | None:
        """Rows of a full batch and of the short last one, if there is one."""

    def state(self) -> State:
        """The position after what was read so far."""
        ...

    def settle(self, state: State) -> None:
        """What was read up to ``state`` has been trained on."""


@dataclass(frozen=True)
class Chunk:
    """Some training steps' data.

    Attributes:
        steps: how many steps, the length of ``scanned`` along axis 0.
        fixed: arrays that all steps share.
        scanned: arrays, one slice a step.
        spec: shapes and dtypes of one batch.
        short: where short batches are padded, what they are without padding.
        state: the position of the data after these steps.
        release: to be called when the steps are done; room for another chunk.
        unpadded: for padded chunks, the same steps as chunks of batches as they are.
    """

    steps: int
    fixed: Any
    scanned: Any
    spec: Spec
    state: State
    release: Callable[[], None] | None = None
    short: Spec | None = None
    unpadded: Callable[[], Iterator[Chunk]] | None = None


@dataclass(frozen=True)
class Gather:
    """Makes a batch of columns on the device, row numbers and what chance says.

    Equal ones make equal programs, so a loop compiled for one serves the other.

    Attributes:
        columns: output columns, in order.
        transform: what is still to be done to the samples, or None.
    """

    columns: tuple[str, ...]
    transform: Steps | None

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        indices, parameters = scanned
        rows = {name: column[indices] for name, column in fixed.items()}
        if self.transform is not None:
            if indices.ndim:
                rows = self.transform.of_batch(rows, parameters, indices[0] >= 0)
            else:
                rows = self.transform(rows, parameters)
        return [rows[name] for name in self.columns]


@dataclass(frozen=True)
class Padded:
    """Makes a batch of a row of indices, and says whether it is full.

    Attributes:
        gather: for the indices.
    """

    gather: Gather

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        rows, full = scanned
        return [*self.gather(fixed, rows), full]


@dataclass(frozen=True)
class Stacked:
    """Takes a batch as the host made it."""

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        del fixed
        return list(scanned)


@dataclass(frozen=True)
class PaddedStacked:
    """Takes a batch as the host made it, and says whether it is full."""

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        del fixed
        columns, full = scanned
        return [*columns, full]


def pad_rows(columns: Any, size: int) -> tuple[Any, np.ndarray]:
    """A batch with ``size`` rows, and whether it had them.

    What is added are rows of the batch: no value comes in that the data does not have.
    """
    count = len(jax.tree.leaves(columns)[0])
    if count == size:
        return columns, np.array(True)
    places = np.arange(size) % count
    return jax.tree.map(lambda x: x[places], columns), np.array(False)


def unpad_rows(padded: Any, size: int) -> Iterator[Any]:
    """Stacked batches as they were before ``pad_rows``: runs of like ones.

    Args:
        padded: (columns, whether full), stacked.
        size: rows of a batch that is not full.
    """
    columns, full = padded
    ends = [*(np.flatnonzero(np.diff(full)) + 1), len(full)]
    for start, stop in zip([0, *ends[:-1]], ends, strict=True):
        whole = stop - start == len(full)
        run = columns if whole else jax.tree.map(lambda x: x[start:stop], columns)  # noqa: B023
        yield run if full[start] else jax.tree.map(lambda x: x[:, :size], run)


class Feed(ABC):
    """Where chunks come from.

    Attributes:
        batch: makes the inputs of one step of ``(fixed, slice)``; traced in the loop.
        plain_batch: the same for chunks whose batches are not padded.
    """

    batch: Gather | Padded | Stacked | PaddedStacked
    plain_batch: Gather | Stacked

    def short_batch(self) -> tuple[Spec, Spec] | None:
        """Shapes of a full batch and of the short one, if short ones can be padded."""
        return None

    def pad_short_batches(self) -> None:
        """From now on pad short batches; ``batch`` then also says what is full."""
        raise NotImplementedError

    @abstractmethod
    def chunks(
        self, sizes: Iterator[int | None], most: int | None
    ) -> Iterator[Iterator[Chunk]]:
        """For each size, the chunks that hold so many steps (None: one pass).

        The data goes on where the last size stopped, pass after pass.  The chunks of
        one size must all be taken before the next.

        Args:
            sizes: steps.
            most: steps in a chunk, or None for as many as fit.
        """

    @abstractmethod
    def check_range(self, chunk: Chunk, index: int, limits: Range) -> None:
        """Refuse data with a value of column ``index`` outside ``limits``.

        Looks at all of it where that is at hand, else at ``chunk``.

        Raises:
            ValueError: there is one; says which row and value.
        """


def canonical(column: np.ndarray) -> np.ndarray:
    """``column`` in the dtype that JAX will hold it in.

    Raises:
        ValueError: a 64-bit whole number that 32 bits do not hold.
    """
    target = jax.dtypes.canonicalize_dtype(column.dtype)
    if target == column.dtype:
        return column
    if column.dtype.kind in "iu" and column.size:
        info = np.iinfo(target)
        if column.min() < info.min or column.max() > info.max:
            raise ValueError(
                f"data of {column.dtype} has values outside {target}; set "
                "jax_enable_x64 or map TypeCast"
            )
    return column.astype(target)
