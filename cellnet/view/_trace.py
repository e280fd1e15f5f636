"""A network traced for looking at: its equations, each with the call it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from cellnet.graph.compile import signature
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor

# a scope says which call of which Cell an equation belongs to; no Cell is named so
_SCOPE = re.compile(r"cell(\d+)call(\d+)")


@dataclass
class Call:
    """One run of a Cell's ``construct`` in the trace.

    Attributes:
        path: of the Cell in the network, "" for the network itself.
        cell: the Cell.
        outputs: shapes and dtypes of what it gave.
    """

    path: str
    cell: Cell
    outputs: list[jax.ShapeDtypeStruct] = field(default_factory=list)


@dataclass
class Traced:
    """What :func:`trace_network` found.

    Attributes:
        network: the network.
        jaxpr: its equations; inputs are Parameters, then the network's own.
        num_parameters: how many of the inputs are Parameters.
        calls: (Cell number, call number) -> Call, in the order in which they began.
    """

    network: Cell
    jaxpr: Any
    num_parameters: int
    calls: dict[tuple[int, int], Call]

    def calls_of(self, equation: Any) -> list[Call]:
        """The calls around an equation, the outermost first."""
        stack = str(equation.source_info.name_stack)
        keys = [(int(c), int(n)) for c, n in _SCOPE.findall(stack)]
        return [self.calls[key] for key in keys]


def trace_network(owner: str, network: Any, inputs: Sequence[Any]) -> Traced:
    """Trace ``network`` as it predicts (not in training) on ``inputs``.

    Nothing runs and nothing is kept: its mode and its hooks are as before.

    Args:
        owner: begins messages.
        network: the Cell.
        inputs: Tensors, arrays, or shapes, which stand for float32.

    Raises:
        TypeError: ``network`` is no Cell, or an input none of these.
        RuntimeError: the network cannot be traced.
    """
    if not isinstance(network, Cell):
        raise TypeError(
            f"{owner}: network must be a Cell, got {type(network).__name__}"
        )
    arguments = tuple(_as_input(owner, value) for value in inputs)
    arrays, key, rebuild = signature(arguments, {})
    with _predicting(network), _noting(network) as calls:
        program = network.compile_cache.program(key, arrays, rebuild)
    if program is None:
        raise RuntimeError(
            f"{owner}: {type(network).__name__} cannot be traced, the warning above "
            "says why"
        )
    jaxpr = program.jaxpr
    return Traced(network, jaxpr, len(jaxpr.jaxpr.invars) - len(arrays), dict(calls))


def _as_input(owner: str, value: Any) -> Any:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, jax.ShapeDtypeStruct):
        return Tensor._wrap(value)
    if isinstance(value, np.ndarray | jax.Array):
        dtype = jax.dtypes.canonicalize_dtype(value.dtype)
        return Tensor._wrap(jax.ShapeDtypeStruct(value.shape, dtype))
    if isinstance(value, tuple | list) and all(type(n) is int for n in value):
        return Tensor._wrap(jax.ShapeDtypeStruct(tuple(value), np.float32))
    raise TypeError(
        f"{owner}: an input must be a Tensor, an array or a shape such as "
        f"(1, 3, 32, 32), got {value!r}"
    )


@contextmanager
def _predicting(network: Cell) -> Iterator[None]:
    """``set_train(False)``, and each Cell's own mode again."""
    modes = [(cell, cell.training) for _, cell in network.cells_and_names()]
    network.set_train(False)
    try:
        yield
    finally:
        for cell, training in modes:
            if cell.training != training:
                cell.training = training


@contextmanager
def _noting(network: Cell) -> Iterator[dict[tuple[int, int], Call]]:
    """Note each call of each Cell, and put its equations into a scope."""
    calls: dict[tuple[int, int], Call] = {}
    handles = []
    for number, (path, cell) in enumerate(network.cells_and_names()):
        handles += _hook(cell, path, number, calls)
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def _hook(
    cell: Cell, path: str, number: int, calls: dict[tuple[int, int], Call]
) -> list[Any]:
    under_way: list[Call] = []

    def around() -> Any:
        if not path:
            calls.clear()  # a network is traced until its state is known: begin again
        key = number, sum(1 for cell_number, _ in calls if cell_number == number)
        calls[key] = Call(path, cell)
        under_way.append(calls[key])
        return jax.named_scope(f"cell{key[0]}call{key[1]}")

    def after(cell: Cell, args: Any, outputs: Any) -> None:
        del cell, args
        leaves = jax.tree.leaves(outputs, is_leaf=lambda x: isinstance(x, Tensor))
        under_way.pop().outputs = [
            jax.ShapeDtypeStruct(leaf.shape, leaf._value.dtype)
            for leaf in leaves
            if isinstance(leaf, Tensor)
        ]

    return [cell._add_hook("around", around), cell.register_forward_hook(after)]
