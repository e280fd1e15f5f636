"""Program: one traced function with its state named, ready to be compiled.

A Program is made once per signature.  ``step`` is its pure form; a single call compiles
``step``, a sunk loop scans it, and both therefore run the same equations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Literal

from cellnet.graph import xla_options
from cellnet.graph.guards import Guards, Range, Recording
from cellnet.graph.ledger import compiling
from cellnet.graph.state import functionalize
from cellnet.parameter import Parameter
from cellnet.random import key_parameter
from cellnet.tensor import Tensor

_MAX_ROUNDS = 8


class Program:
    """A traced function.

    Attributes:
        written: Parameters that it changes; their buffers are donated.
        held: Parameters that it only reads.
        constants: arrays it closed over, passed at run time, not baked in.
        guards: plain attributes it took for constant.
        ranges: input index -> what its values must be.
    """

    def __init__(
        self,
        jaxpr: Any,
        parameters: Sequence[Parameter],
        writes: Sequence[Parameter],
        outputs: Outputs,
        guards: Guards,
    ) -> None:
        invars = jaxpr.jaxpr.invars[: len(parameters)]
        outvars = jaxpr.jaxpr.outvars
        used = _used(jaxpr.jaxpr)
        slot = {id(p): i for i, p in enumerate(parameters)}
        self.jaxpr = jaxpr
        self.outputs = outputs
        self.output_avals = [v.aval for v in outvars[: outputs.num_arrays]]
        self.guards = guards
        self.ranges: dict[int, Range] = {}
        self.written = tuple(writes)
        changed = {id(p) for p in writes}
        self.held = tuple(
            p
            for p, var in zip(parameters, invars, strict=True)
            if id(p) not in changed and var in used
        )
        self.constants = list(jaxpr.consts)
        self._unused = [v.aval for v in invars]
        self._slots = [slot[id(p)] for p in (*self.written, *self.held)]
        self._copied = _aliases(
            outvars,
            invars,
            num_outputs=outputs.num_arrays,
            own=[invars[slot[id(p)]] for p in writes],
            inputs=jaxpr.jaxpr.invars[len(parameters) :],
        )
        self._compiled: Any = None
        # a program for short batches, and what it became together with this one
        self.padded: tuple[Program, Program | None] | None = None
        # sunk loops over this program, by the way they get their batches
        self.loops: dict[Any, Any] = {}
        # for the ledger; whoever traces fills them in
        self.name = "a function"
        self.cause = "first call"
        self.trace_s = 0.0

    @property
    def written_values(self) -> list[Any]:
        """Present buffers of the Parameters that the program changes."""
        return [p._data for p in self.written]

    @property
    def held_values(self) -> list[Any]:
        """Present buffers of the Parameters that the program only reads."""
        return [p._data for p in self.held]

    def step(
        self,
        written: Sequence[Any],
        held: Sequence[Any],
        constants: Sequence[Any],
        inputs: Sequence[Any],
    ) -> tuple[list[Any], list[Any]]:
        """The pure form, which a loop may scan.

        Returns:
            (output arrays, new values of ``written``).
        """
        values: list[Any] = [None] * len(self._unused)
        for index, value in zip(self._slots, (*written, *held), strict=True):
            values[index] = value
        for index, value in enumerate(values):
            if value is None:  # a Parameter that no equation reads
                aval = self._unused[index]
                values[index] = jnp.zeros(aval.shape, aval.dtype)
        results = jax.core.eval_jaxpr(self.jaxpr.jaxpr, constants, *values, *inputs)
        for index in self._copied:
            results[index] = jnp.array(results[index], copy=True)
        count = self.outputs.num_arrays
        values = [
            _like(parameter, value)
            for parameter, value in zip(self.written, results[count:], strict=True)
        ]
        return results[:count], values

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """Run compiled on arrays; Parameters get their new values."""
        if self._compiled is None:
            self._compiled = xla_options.jit(self.step, donate_argnums=0)
            with compiling(self.name, "call", self.trace_s, self.cause):
                arrays, values = self._run(inputs)
        else:
            arrays, values = self._run(inputs)
        for parameter, value in zip(self.written, values, strict=True):
            parameter._data = value
        return self.outputs.rebuild(arrays)

    def _run(self, inputs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        return self._compiled(
            self.written_values, self.held_values, self.constants, inputs
        )


class Outputs:
    """The structure of a traced function's result; arrays apart, the rest kept."""

    def __init__(self, result: Any) -> None:
        leaves, self._tree = jax.tree.flatten(
            result, is_leaf=lambda x: isinstance(x, Tensor)
        )
        self.arrays: list[Any] = []
        self._wrap: list[bool] = []
        self._fixed: list[Any] = []
        for leaf in leaves:
            array = leaf._value if isinstance(leaf, Tensor) else leaf
            is_array = isinstance(array, jax.Array)
            self._fixed.append(_ARRAY if is_array else leaf)
            self._wrap.append(isinstance(leaf, Tensor))
            if is_array:
                self.arrays.append(array)
        self.num_arrays = len(self.arrays)
        # the usual case, one Tensor, needs no tree walk at run time
        self._single = len(leaves) == 1 and self._wrap[0] and isinstance(result, Tensor)

    def release(self) -> Outputs:
        """Drop the traced arrays, keep the structure."""
        self.arrays = []
        return self

    def rebuild(self, arrays: Sequence[Any]) -> Any:
        """The result with ``arrays`` in the places of the traced ones."""
        if self._single:
            return Tensor._wrap(arrays[0])
        fresh = iter(arrays)
        leaves = []
        for fixed, wrap in zip(self._fixed, self._wrap, strict=True):
            if fixed is _ARRAY:
                array = next(fresh)
                leaves.append(Tensor._wrap(array) if wrap else array)
            else:
                leaves.append(fixed)
        return jax.tree.unflatten(self._tree, leaves)


_ARRAY = object()


def trace(
    call: Callable[[Sequence[Any]], Any],
    inputs: Sequence[Any],
    parameters: Sequence[Parameter],
) -> Program:
    """Trace ``call`` over input avals into a Program.

    Args:
        call: takes the list of input arrays, runs the user's code, gives its result.
        inputs: arrays or ``jax.ShapeDtypeStruct`` of the inputs.
        parameters: those known to be read or written; others are found by tracing.

    Raises:
        RuntimeError: the set of Parameters keeps growing from trace to trace.
    """
    parameters = _unique([*parameters, key_parameter()])
    for _ in range(_MAX_ROUNDS):
        guards = Guards()
        pure = functionalize(call, parameters, closed=True)
        found: dict[str, Any] = {}

        def flat(
            values: list[Any],
            arrays: list[Any],
            pure: Any = pure,
            found: dict[str, Any] = found,
            guards: Guards = guards,
        ) -> list[Any]:
            result, writes = pure(values, arrays)
            found["ranges"] = {
                index: limits
                for index, array in enumerate(arrays)
                if (limits := guards.ranges.get(id(array)))
            }
            outputs = Outputs(result)
            found["outputs"] = outputs
            found["writes"] = [p for p, _ in writes]
            return [*outputs.arrays, *(value for _, value in writes)]

        avals = [jax.ShapeDtypeStruct(p.shape, p._data.dtype) for p in parameters]
        with Recording(guards):
            jaxpr = jax.make_jaxpr(flat)(avals, list(inputs))
        extra = [p for p in (*pure.missed, *found["writes"])]
        grown = _unique([*parameters, *extra])
        if len(grown) == len(parameters):
            outputs = found["outputs"].release()
            program = Program(jaxpr, parameters, found["writes"], outputs, guards)
            program.ranges = found["ranges"]
            return program
        parameters = grown
    raise RuntimeError(
        f"tracing found new Parameters {_MAX_ROUNDS} times over; "
        "create Parameters in __init__, not in construct"
    )


def _like(parameter: Parameter, value: Any) -> Any:
    """``value`` in the Parameter's dtype; a step must not change its state's type."""
    old = parameter._data
    if value.shape != old.shape:
        raise RuntimeError(
            f"Parameter {parameter.name!r} of shape {old.shape} was given a value of "
            f"shape {value.shape}; its shape cannot change in a compiled program"
        )
    return value.astype(old.dtype)


def _unique(parameters: Sequence[Parameter]) -> list[Parameter]:
    return list({id(p): p for p in parameters}.values())


def _used(jaxpr: Any) -> set[Any]:
    """Variables that some equation or output of ``jaxpr`` reads."""
    used = set()
    for equation in jaxpr.eqns:
        used.update(v for v in equation.invars if not isinstance(v, Literal))
    used.update(v for v in jaxpr.outvars if not isinstance(v, Literal))
    return used


def _aliases(
    outvars: Sequence[Any],
    invars: Sequence[Any],
    *,
    num_outputs: int,
    own: Sequence[Any],
    inputs: Sequence[Any],
) -> list[int]:
    """Outputs that JAX would hand out in a buffer which somebody else holds.

    A new Parameter value must be alone in its buffer, and no result may share the
    buffer of a Parameter, or donating it later would delete the other one.
    """
    taken = set()
    copied = []
    foreign = {v for v in (*invars, *inputs)}
    for index in (*range(num_outputs, len(outvars)), *range(num_outputs)):
        var = outvars[index]
        if isinstance(var, Literal):  # a literal has no buffer yet
            continue
        is_state = index >= num_outputs
        kept = is_state and var is own[index - num_outputs]
        shared = var in foreign if is_state else var in invars
        if var in taken or (shared and not kept):
            copied.append(index)
        taken.add(var)
    return copied
