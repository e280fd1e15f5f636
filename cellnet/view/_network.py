"""A network as a graph: layers and functional operations, and what flows between."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from jax.extend.core import Literal

from cellnet.nn.cell import Cell
from cellnet.nn.layer._container import Container
from cellnet.view._trace import Call, Traced, trace_network

# they change no number: nobody looks for them in a picture
_SILENT = {"broadcast_in_dim", "convert_element_type", "copy", "copy_p", "squeeze"}
_WORDS = {"dot_general": "matmul", "scan": "loop", "while": "loop", "cond": "branch"}
_MOST_WORDS = 3


@dataclass
class Node:
    """Something in the picture of a network.

    Attributes:
        name: unique; the path of a Cell with "/" for ".", and more where it is not its
            first call.
        kind: class of the Cell, names of the operations, "input" or "output".
        shape: of what it gives, None if nothing.
        sources: nodes whose results it takes.
        is_cell: whether it is a call of a Cell.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    sources: list[Node] = field(default_factory=list)
    is_cell: bool = False


def graph_of(network: Any, *inputs: Any) -> list[Node]:
    """The nodes of a network as it predicts, sources before those who take from them.

    cellnet's layers and Cells without children are a node each; other Cells are opened.

    Args:
        network: a Cell.
        *inputs: Tensors, arrays, or shapes, which stand for float32.

    Raises:
        TypeError: ``network`` is no Cell, or an input none of these.
        RuntimeError: the network cannot be traced.

    Example:
        >>> from cellnet import nn
        >>> net = nn.SequentialCell(nn.Dense(3, 4), nn.ReLU())
        >>> [node.kind for node in graph_of(net, (2, 3))]
        ['input', 'Dense', 'ReLU', 'output']
    """
    return _Builder(trace_network("graph_of", network, inputs)).build()


class _Builder:
    """Goes through the equations and makes nodes of them.

    Args:
        traced: the network.
    """

    def __init__(self, traced: Traced) -> None:
        self._traced = traced
        self._nodes: list[Node] = []
        self._names: Counter[str] = Counter()
        self._makers: dict[Any, list[Node]] = {}  # variable -> whose result it is
        self._cells: dict[int, Node] = {}  # call -> its node
        # functional nodes that a following operation may join: the call they are in
        self._open: dict[int, Call] = {}

    def build(self) -> list[Node]:
        """All nodes."""
        jaxpr = self._traced.jaxpr.jaxpr
        inputs = jaxpr.invars[self._traced.num_parameters :]
        for var in inputs:
            self._makers[var] = [self._add("input", "input", var.aval.shape)]
        users = Counter(
            v
            for e in jaxpr.eqns
            for v in {v for v in e.invars if not isinstance(v, Literal)}
        )
        for equation in jaxpr.eqns:
            self._take(equation, users)
        root = self._traced.calls[0, 0]
        for var in jaxpr.outvars[: len(root.outputs)]:
            node = self._add("output", "output", getattr(var.aval, "shape", None))
            node.sources = self._sources([var])
        return self._nodes

    def _take(self, equation: Any, users: Counter[Any]) -> None:
        sources = self._sources(equation.invars)
        calls = self._traced.calls_of(equation)
        layer = next((c for c in calls if self._is_layer(c.cell)), None)
        if not sources and layer is None:
            return  # of Parameters and constants alone
        if layer is not None:
            node = self._cell(layer)
            node.sources += [
                s for s in sources if s is not node and s not in node.sources
            ]
            made = [node]
        elif equation.primitive.name in _SILENT:
            made = sources
        else:
            made = [self._operation(equation, calls[-1], sources, users)]
        self._makers.update((var, made) for var in equation.outvars)

    def _is_layer(self, cell: Cell) -> bool:
        """Whether a Cell is one node; what the user wrote is opened."""
        if isinstance(cell, Container):
            return False
        if type(cell).__module__.startswith("cellnet.nn."):
            return True
        return cell is not self._traced.network and not cell.name_cells()

    def _sources(self, variables: Any) -> list[Node]:
        found = [
            node
            for var in variables
            if not isinstance(var, Literal)
            for node in self._makers.get(var, ())
        ]
        return list({id(node): node for node in found}.values())

    def _cell(self, call: Call) -> Node:
        if id(call) not in self._cells:
            shape = call.outputs[0].shape if call.outputs else None
            name = call.path.replace(".", "/") or type(call.cell).__name__
            node = self._add(name, type(call.cell).__name__, shape)
            node.is_cell = True
            self._cells[id(call)] = node
        return self._cells[id(call)]

    def _operation(
        self, equation: Any, call: Call, sources: list[Node], users: Counter[Any]
    ) -> Node:
        word = _word(equation)
        shape = equation.outvars[0].aval.shape
        taken = [
            v
            for v in equation.invars
            if not isinstance(v, Literal) and v in self._makers
        ]
        before = sources[0]
        # one operation after the other, the first one's result used nowhere else
        if (
            len(sources) == 1
            and self._open.get(id(before)) is call
            and all(users[v] == 1 for v in taken)
        ):
            words = before.kind.split(", ")
            if words[-1] not in (word, "..."):
                full = len(words) >= _MOST_WORDS
                before.kind = ", ".join([*words, "..." if full else word])
            before.shape = shape
            return before
        folder = call.path.replace(".", "/")
        node = self._add(f"{folder}/{word}" if folder else word, word, shape)
        node.sources = sources
        self._open[id(node)] = call
        return node

    def _add(self, name: str, kind: str, shape: Any) -> Node:
        self._names[name] += 1
        count = self._names[name]
        node = Node(name if count == 1 else f"{name}_{count}", kind, shape)
        self._nodes.append(node)
        return node


def _word(equation: Any) -> str:
    """What to call an operation."""
    name: str = equation.primitive.name
    if name in ("jit", "pjit"):
        name = equation.params["name"]
    elif name.startswith("custom_"):
        inner = equation.params.get("call_jaxpr")
        info = getattr(getattr(inner, "jaxpr", None), "debug_info", None)
        name = getattr(info, "func_name", None) or name
    return _WORDS.get(name, name.removeprefix("cellnet_").strip("_"))
