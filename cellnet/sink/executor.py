"""The executor: a training step and a data set, run some steps at a time.

``Model``, ``DatasetHelper``, ``connect_network_with_dataset`` and ``data_sink`` all end
here, sunk or not, so that they give the same numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from cellnet.graph.compile import Compiled, signature
from cellnet.graph.program import Program
from cellnet.sink.loop import Loop
from cellnet.sink.plan import place
from cellnet.sink.stage import Chunk, Feed, Resident, Staged
from cellnet.tensor import Tensor

logger = logging.getLogger("cellnet")


@dataclass
class SinkResult:
    """What some steps gave.

    Attributes:
        steps: how many steps ran.
        outputs: the result of the last step, as the step returns it; lazy.
        history: for each small result, arrays of the values of all steps; lazy.
    """

    steps: int
    outputs: Any
    history: list[list[Any]]

    def losses(self) -> np.ndarray:
        """The first result of every step; waits for the device. Shape (steps, ...)."""
        return np.concatenate([np.asarray(part[0]) for part in self.history])


class Executor:
    """Runs a compiled step over a data set.

    Args:
        step: the step's Cell or function, as a Compiled (``cell.compile_cache``).
        dataset: has ``plan()`` (indices over columns, or None) and ``batches()``.
        sizes: how many steps each call of :meth:`run` makes; None is one pass.
        sink: one scan for as many steps as can be, or one program call a step.
    """

    def __init__(
        self,
        step: Compiled,
        dataset: Any,
        sizes: Iterator[int | None],
        *,
        sink: bool = True,
        announce: bool = True,
    ) -> None:
        self._step = step
        self._sink = sink
        plan = dataset.plan()
        placement = place(plan)
        self._feed: Feed
        if plan is not None and placement.where != "staged":
            self._feed = Resident(plan, placement)
        else:
            self._feed = Staged(dataset.batches, placement)
        self._sizes = sizes
        self._chunks = self._feed.chunks(self._next_sizes())
        self._loops: dict[int, Loop] = {}
        self._checked: set[int] = set()
        self._running: tuple[Chunk, Any] | None = None
        if announce:
            logger.info("%s", placement)

    def _next_sizes(self) -> Iterator[int | None]:
        for size in self._sizes:
            if self._sink or size is None:
                yield size
            else:
                yield from (1 for _ in range(size))

    def run(self) -> SinkResult | None:
        """Make the next steps; None when the sizes are used up."""
        try:
            chunks = next(self._chunks)
        except StopIteration:
            return None
        steps, outputs, history = 0, None, []
        for chunk in chunks:
            loop = self._loop_for(chunk)
            outputs, values = loop.run(chunk, single=not self._sink)
            self._finish_previous(chunk, values or outputs)
            history.append(values)
            steps += chunk.steps
        return SinkResult(steps, outputs, history)

    def close(self) -> None:
        """Stop staging; the data that was staged ahead is dropped."""
        self._finish_previous(None, None)
        self._chunks.close()  # type: ignore[attr-defined]

    def _finish_previous(self, chunk: Chunk | None, results: Any) -> None:
        """Make room for the next chunk once the one before is done with."""
        if self._running is not None:
            done, waited_for = self._running
            if done.release is not None:
                jax.block_until_ready(waited_for)
                done.release()
        self._running = None if chunk is None else (chunk, results)

    def _loop_for(self, chunk: Chunk) -> Loop:
        program = self._program(chunk.spec)
        loop = self._loops.get(id(program))
        if loop is None:
            loop = self._loops[id(program)] = Loop(program, self._feed)
        return loop

    def _program(self, spec: Sequence[jax.ShapeDtypeStruct]) -> Program:
        inputs, key, rebuild = signature(tuple(Tensor._wrap(s) for s in spec), {})
        program = self._step.program(key, inputs, rebuild)
        if program is None:
            raise RuntimeError(
                f"{self._step.name} cannot be compiled (see the warning above), so it "
                "cannot run on the data; use set_context(mode=PYNATIVE_MODE) and a "
                "loop of your own, or rewrite that line"
            )
        if id(program) not in self._checked:
            self._checked.add(id(program))
            for index, (low, high, what) in program.ranges.items():
                self._feed.check_range(index, low, high, what)
        return program


def forever(size: int | None) -> Iterator[int | None]:
    """The same size again and again."""
    while True:
        yield size

