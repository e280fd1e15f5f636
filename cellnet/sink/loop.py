"""lax.scan of a training step over a chunk of batches.

The body is the same Program that a single call runs; the state that it writes is
carried and donated, everything else stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.graph import xla_options
from cellnet.graph.ledger import compiling
from cellnet.graph.program import Program
from cellnet.sink.feed import Chunk

# results with at most this many elements are kept for every step of a chunk
_HISTORY_SIZE = 16


class Loop:
    """One training step's program, run over chunks.

    Args:
        program: the traced step.
        batch: makes the step's inputs of a chunk's slice.
    """

    def __init__(self, program: Program, batch: Callable[[Any, Any], list]) -> None:
        self.program = program
        self._batch = batch
        self._forms: set[str] = set()
        self._scan = xla_options.jit(self._many, donate_argnums=0)
        self._single = xla_options.jit(self._one, donate_argnums=0)

    def run(self, chunk: Chunk, *, single: bool = False) -> tuple[Any, list[Any]]:
        """Run all steps of ``chunk``; Parameters get their new values.

        Args:
            chunk: the data.
            single: run a chunk of one step without a loop around it.

        Returns:
            The result of the last step, and for each small result array the values of
            all steps, shape (steps, ...); all on the device, none waited for.
        """
        program = self.program
        run = self._single if single else self._scan
        arguments = (
            *(program.written_values, program.held_values, program.constants),
            *(chunk.fixed, chunk.scanned),
        )
        form = "one step" if single else f"sink of {chunk.steps} steps"
        if form in self._forms:
            last, history, values = run(*arguments)
        else:
            cause = f"first {form}" if self._forms else program.cause
            self._forms.add(form)
            with compiling(program.name, form, program.trace_s, cause):
                last, history, values = run(*arguments)
        for parameter, value in zip(program.written, values, strict=True):
            parameter._data = value
        return program.outputs.rebuild(last), history

    def _one(
        self, written: Any, held: Any, constants: Any, fixed: Any, scanned: Any
    ) -> tuple[list[Any], list[Any], list[Any]]:
        inputs = self._batch(fixed, jax.tree.map(lambda x: x[0], scanned))
        arrays, values = self.program.step(written, held, constants, inputs)
        return arrays, [a[None] for a in arrays if is_small(a)], values

    def _many(
        self, written: Any, held: Any, constants: Any, fixed: Any, scanned: Any
    ) -> tuple[list[Any], list[Any], list[Any]]:
        def body(carry: Any, scanned: Any) -> tuple[Any, list[Any]]:
            state, _ = carry
            inputs = self._batch(fixed, scanned)
            arrays, state = self.program.step(state, held, constants, inputs)
            large = [a for a in arrays if not is_small(a)]
            return (state, large), [a for a in arrays if is_small(a)]

        avals = self.program.output_avals
        blank = [jnp.zeros(a.shape, a.dtype) for a in avals if not is_small(a)]
        (values, large), history = jax.lax.scan(body, (written, blank), scanned)
        rest, ends = iter(large), iter(history)
        last = [next(ends)[-1] if is_small(a) else next(rest) for a in avals]
        return last, history, values


def is_small(array: Any) -> bool:
    """Whether a result is kept for every step."""
    return array.size <= _HISTORY_SIZE
