"""The executor: a training step and a data set, run some steps at a time.

``Model``, ``DatasetHelper``, ``connect_network_with_dataset`` and ``data_sink`` all end
here, sunk or not, so that they give the same numbers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import context
from cellnet.dataset.plan_view import IndexedPlan
from cellnet.graph.compile import Compiled, signature
from cellnet.graph.program import Outputs, Program
from cellnet.graph.ragged import merge
from cellnet.sink.feed import Chunk, Feed, Reader, Spec
from cellnet.sink.loop import Loop, is_small
from cellnet.sink.passes import State
from cellnet.sink.plan import Placement, place
from cellnet.sink.resident import Resident, columns_on_device
from cellnet.sink.staged import Staged
from cellnet.tensor import Tensor

logger = logging.getLogger("cellnet")


class Source(Protocol):
    """What the executor needs of a data set.

    Attributes:
        kept: what is kept on the device between runs, as long as the data lives.
    """

    kept: dict[str, Any]

    def plan(self) -> IndexedPlan | None:
        """The pipeline as indices over columns, or None if it needs the host."""

    def reader(self) -> Reader:
        """Passes over the data from where it stands."""
        ...


@dataclass
class SinkResult:
    """What some steps gave.

    Attributes:
        steps: how many steps ran.
        outputs: the result of the last step, as the step returns it; lazy.
        history: for each small result, arrays of the values of all steps; lazy.
        data_s: seconds that the host waited for the data.
    """

    steps: int
    outputs: Any
    history: list[list[Any]]
    data_s: float = 0.0

    def losses(self) -> np.ndarray:
        """The first result of every step; waits for the device. Shape (steps, ...)."""
        if not self.history:
            return np.zeros(0, np.float32)
        return np.concatenate([np.asarray(part[0]) for part in self.history])


class ChunkInputs:
    """The inputs of each step of a chunk, to make the steps once more.

    Args:
        chunk: the data.
        batch: makes a step's inputs of a slice.
    """

    def __init__(self, chunk: Chunk, batch: Callable[[Any, Any], list[Any]]) -> None:
        self.steps = chunk.steps
        self._chunk = chunk
        self._batch = batch

    def __iter__(self) -> Iterator[list[Tensor]]:
        unpadded = self._chunk.unpadded
        for chunk in (self._chunk,) if unpadded is None else unpadded():
            for index in range(chunk.steps):
                scanned = jax.tree.map(lambda x, i=index: x[i], chunk.scanned)
                yield [Tensor._wrap(x) for x in self._batch(chunk.fixed, scanned)]


@runtime_checkable
class Watch(Protocol):
    """Looks at the state around the steps of each chunk."""

    def before_chunk(self) -> None:
        """The steps are about to run."""

    def after_chunk(self, inputs: ChunkInputs, losses: Any) -> None:
        """They were started; ``losses`` are the first results of all, if small."""


class Executor:
    """Runs a compiled step over a data set.

    Args:
        step: the step's Cell or function, as a Compiled (``cell.compile_cache``).
        dataset: where the batches come from.
        sizes: how many steps each call of :meth:`run` makes; None is one pass.
        sink: one scan for as many steps as can be, or one program call a step.
        announce: log where the data is.
        most_steps: the most that one scan makes when sinking; None for as many as fit.
        watch: is called before and after each chunk of steps.
    """

    def __init__(
        self,
        step: Compiled,
        dataset: Source,
        sizes: Iterator[int | None],
        *,
        sink: bool = True,
        announce: bool = True,
        most_steps: int | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._step = step
        self._watch = watch
        self._sink = sink
        self._most_steps = most_steps if sink else 1
        self._reader = dataset.reader()
        self._data_state = self._reader.state()
        self._feed, placement = _feed_of(dataset, self._reader)
        self._signatures: dict[Spec, tuple[Any, ...]] = {}
        self._chunks = self._start(sizes)
        self._running: tuple[Chunk, Any] | None = None
        if announce:
            logger.info("%s", placement)

    def _start(self, sizes: Iterator[int | None]) -> Iterator[Iterator[Chunk]]:
        """The chunks; padded where one program can serve short batches too."""
        specs = self._feed.short_batch() if context.is_graph_mode() else None
        if specs is not None and self._padded_program(*specs) is not None:
            self._feed.pad_short_batches()
        yield from self._feed.chunks(sizes, self._most_steps)

    def sinks(
        self,
        before: Callable[[int | None], None] | None = None,
        part: Callable[[SinkResult], None] | None = None,
    ) -> Iterator[SinkResult]:
        """Make the steps of the next size, and tell after each sink.

        Yields once for all steps when sinking, else after each step.

        Args:
            before: called before each sink with its number of steps, None if unknown.
            part: with ``most_steps``, called after each scan of a sink was started,
                with what it will give.

        Raises:
            EOFError: the sizes are used up.
        """
        try:
            chunks = next(self._chunks)
        except StopIteration:
            raise EOFError("the executor has made all the steps it was made for") from (
                None
            )
        total = SinkResult(0, None, [])
        if before is not None and self._sink:
            before(None)
        for chunk, data_s in _timed(chunks):
            if before is not None and not self._sink:
                before(chunk.steps)
            outputs, values = self._watched(chunk)
            self._data_state = chunk.state
            self._reader.settle(chunk.state)
            self._finish_previous(chunk, values or outputs)
            if not self._sink:
                yield SinkResult(chunk.steps, outputs, [values], data_s)
                continue
            total.outputs = outputs
            total.history.append(values)
            total.steps += chunk.steps
            total.data_s += data_s
            if part is not None and self._most_steps is not None:
                part(SinkResult(chunk.steps, outputs, [values], data_s))
        if self._sink:
            yield total

    def run(self) -> SinkResult:
        """Make the steps of the next size; what the last sink gave."""
        result = SinkResult(0, None, [])
        for result in self.sinks():  # noqa: B007
            pass
        return result

    def data_state(self) -> State:
        """The position of the data after the steps run so far, for JSON.

        A data set that is restored to it (``restore``) goes on with the next batch.
        """
        return dict(self._data_state)

    def close(self) -> None:
        """Stop staging; the data that was staged ahead is dropped."""
        self._finish_previous(None, None)
        self._chunks.close()  # type: ignore[attr-defined]

    def _watched(self, chunk: Chunk) -> tuple[Any, list[Any]]:
        watch = self._watch
        if watch is None:
            return self._run(chunk)
        watch.before_chunk()
        outputs, values = self._run(chunk)
        inputs = ChunkInputs(chunk, self._feed.plain_batch)
        watch.after_chunk(inputs, values[0] if values else None)
        return outputs, values

    def _run(self, chunk: Chunk) -> tuple[Any, list[Any]]:
        program = self._program(chunk)
        if program is None and chunk.unpadded is not None:
            # padding could change the numbers, or there is no program: as they are
            results = [self._run(part) for part in chunk.unpadded()]
            if len(results) == 1:
                return results[0]
            values = [jnp.concatenate(v) for v in zip(*(r[1] for r in results))]
            return results[-1][0], values
        if program is None:
            return self._run_eagerly(chunk)
        batch = self._feed.batch if chunk.unpadded else self._feed.plain_batch
        loop = program.loops.get(batch)
        if loop is None:
            # kept with the program: the next training of this step compiles nothing
            loop = program.loops[batch] = Loop(program, batch)
        return loop.run(chunk, single=not self._sink)

    def _run_eagerly(self, chunk: Chunk) -> tuple[Any, list[Any]]:
        """Step by step, operation by operation: for debugging, and as a fallback."""
        outputs, small = None, []
        for inputs in ChunkInputs(chunk, self._feed.plain_batch):
            outputs = self._step.fn(*inputs)
            small.append([a for a in Outputs(outputs).arrays if is_small(a)])
        return outputs, [jnp.stack(values) for values in zip(*small, strict=True)]

    def _finish_previous(self, chunk: Chunk | None, results: Any) -> None:
        """Make room for the next chunk once the one before is done with."""
        if self._running is not None:
            done, waited_for = self._running
            if done.release is not None:
                jax.block_until_ready(waited_for)
                done.release()
        self._running = None if chunk is None else (chunk, results)

    def _program(self, chunk: Chunk) -> Program | None:
        if not context.is_graph_mode():
            return None
        if chunk.short is None:
            program = self._program_for(chunk.spec)
        else:
            program = self._padded_program(chunk.spec, chunk.short)
        if program is not None:
            for index, limits in program.ranges.items():
                self._feed.check_range(chunk, index, limits)
        return program

    def _program_for(self, spec: Spec) -> Program | None:
        found = self._signatures.get(spec)
        if found is None:
            found = signature(tuple(Tensor._wrap(s) for s in spec), {})
            self._signatures[spec] = found
        inputs, key, rebuild = found
        return self._step.program(key, inputs, rebuild)

    def _padded_program(self, full: Spec, short: Spec) -> Program | None:
        """The program for batches padded to ``full``, if there can be one."""
        program, other = self._program_for(full), self._program_for(short)
        if program is None or other is None:
            return None
        if program.padded is None or program.padded[0] is not other:
            program.padded = other, merge(program, other)
        return program.padded[1]


def _feed_of(dataset: Source, reader: Reader) -> tuple[Feed, Placement]:
    """The feed of a data set; what it has on the device stays as long as it lives."""
    plan = dataset.plan()
    if plan is None:
        placement = place(plan)
        return Staged(reader, placement), placement
    # not the feed itself: it knows the data set, which would then never be freed
    placement, columns = dataset.kept.get("resident", (None, None))
    chosen = context.get_context("sink_budget")
    if placement is None or (chosen is not None and placement.nbytes > chosen):
        placement = place(plan)
        if placement.where == "staged":
            return Staged(reader, placement), placement
        columns = columns_on_device(plan, placement)
        dataset.kept["resident"] = placement, columns
    return Resident(plan, reader, placement, columns), placement


def _timed(chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, float]]:
    """Each chunk with the seconds it took to come."""
    while True:
        begin = time.perf_counter()
        chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk, time.perf_counter() - begin


def forever(size: int | None) -> Iterator[int | None]:
    """The same size again and again."""
    while True:
        yield size
