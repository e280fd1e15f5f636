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

from cellnet.graph.guards import Range
from cellnet.sink.passes import State
from cellnet.sink.plan import SampleFn

# a scan longer than this keeps Ctrl-C waiting for too long
MAX_STEPS = 10_000

Spec = tuple[jax.ShapeDtypeStruct, ...]


class Reader(Protocol):
    """Passes over a data set, read ahead of what is trained on."""

    def indices(self) -> Iterator[np.ndarray]:
        """The next pass of a data set with a plan, as row numbers of each batch."""

    def batches(self) -> Iterator[tuple[np.ndarray, ...]]:
        """The next pass, a tuple of columns for each batch."""

    def state(self) -> State:
        """The position after what was read so far."""

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
        state: the position of the data after these steps.
        release: to be called when the steps are done; room for another chunk.
        unpadded: where short batches are padded, the same steps as chunks of batches
            that are as they are.
    """

    steps: int
    fixed: Any
    scanned: Any
    spec: Spec
    state: State
    release: Callable[[], None] | None = None
    unpadded: Callable[[], Iterator[Chunk]] | None = None


@dataclass(frozen=True)
class Gather:
    """Makes a batch of columns on the device and a row of indices.

    Equal ones make equal programs, so a loop compiled for one serves the other.

    Attributes:
        columns: output columns, in order.
        transform: what is still to be done to each sample, or None.
    """

    columns: tuple[str, ...]
    transform: SampleFn | None

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        rows = {name: column[scanned] for name, column in fixed.items()}
        if self.transform is not None:
            apply = self.transform
            rows = jax.vmap(apply)(rows) if scanned.ndim else apply(rows)
        return [rows[name] for name in self.columns]


@dataclass(frozen=True)
class Padded:
    """Makes a batch of a row of indices, and says whether it is full.

    Attributes:
        gather: for the indices.
    """

    gather: Gather

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        indices, full = scanned
        return [*self.gather(fixed, indices), full]


@dataclass(frozen=True)
class Stacked:
    """Takes a batch as the host made it."""

    def __call__(self, fixed: Any, scanned: Any) -> list[Any]:
        del fixed
        return list(scanned)


class Feed(ABC):
    """Where chunks come from.

    Attributes:
        batch: makes the inputs of one step of ``(fixed, slice)``; traced in the loop.
        plain_batch: the same for chunks whose batches are not padded.
    """

    batch: Gather | Padded | Stacked
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
