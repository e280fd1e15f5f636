"""summary: a network as a table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cellnet._checks import check_bool, check_int
from cellnet.view._flops import count_flops
from cellnet.view._trace import Call, Traced, trace_network

_HEAD = ("layer", "type", "output shape", "dtype", "parameters", "FLOPs", "memory")
_ALIGN = "<<<<>>>"


@dataclass
class Row:
    """One Cell of a network.

    Attributes:
        path: where it is, "" for the network itself.
        depth: how deep below the network.
        kind: name of its class.
        shapes, dtypes: of the outputs of its first call; empty if it is not called.
        num_parameters: of it and all below; each counts where it comes first.
        num_trainable: of these, those with ``requires_grad``.
        flops: floating point operations of all its calls.
        output_bytes: memory of the outputs of all its calls.
        num_calls: how often it is called.
    """

    path: str
    depth: int
    kind: str
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    dtypes: list[str] = field(default_factory=list)
    num_parameters: int = 0
    num_trainable: int = 0
    flops: float = 0
    output_bytes: int = 0
    num_calls: int = 0


@dataclass
class Summary:
    """A network's table; ``str`` of it is the text.

    Attributes:
        rows: the network, then its Cells in order.
        parameter_bytes: memory of the Parameters.
        input_bytes: memory of the inputs.
    """

    rows: list[Row]
    parameter_bytes: int
    input_bytes: int

    @property
    def num_parameters(self) -> int:
        """Numbers in all Parameters."""
        return self.rows[0].num_parameters

    @property
    def num_trainable(self) -> int:
        """Numbers in the trainable Parameters."""
        return self.rows[0].num_trainable

    @property
    def flops(self) -> float:
        """Floating point operations of one prediction."""
        return self.rows[0].flops

    def __str__(self) -> str:
        cells = [_HEAD, *(self._texts(row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                f"{text:{align}{width}}"
                for text, align, width in zip(row, _ALIGN, widths, strict=True)
            ).rstrip()
            for row in cells
        ]
        rule = "-" * max(map(len, lines))
        frozen = self.num_parameters - self.num_trainable
        return "\n".join(
            [
                *(lines[0], rule, *lines[1:], rule),
                f"parameters: {self.num_parameters:,} ({self.num_trainable:,} "
                f"trainable, {frozen:,} not), {_bytes(self.parameter_bytes)}",
                f"one prediction: {_count(self.flops)}FLOPs, inputs "
                f"{_bytes(self.input_bytes)}, outputs of layers "
                f"{_bytes(self._layer_bytes())}",
            ]
        )

    __repr__ = __str__

    def _layer_bytes(self) -> int:
        """Outputs of the Cells that call none below."""
        called = [row for row in self.rows if row.num_calls]
        ends = zip(called, [*called[1:], None], strict=True)
        return sum(
            row.output_bytes
            for row, following in ends
            if following is None or following.depth <= row.depth
        )

    @staticmethod
    def _texts(row: Row) -> tuple[str, ...]:
        name = row.path.rpartition(".")[2] if row.path else row.kind
        shapes = ", ".join(str(shape) for shape in row.shapes[:2])
        more = ", ..." if len(row.shapes) > 2 else ""
        times = f" x{row.num_calls}" if row.num_calls > 1 else ""
        return (
            "  " * row.depth + name,
            row.kind + times,
            shapes + more if row.num_calls else "not called",
            ", ".join(dict.fromkeys(row.dtypes)),
            f"{row.num_parameters:,}" if row.num_parameters else "-",
            _count(row.flops).strip() if row.flops else "-",
            _bytes(row.output_bytes) if row.num_calls else "-",
        )


def summary(
    network: Any, *inputs: Any, depth: int | None = None, show: bool = True
) -> Summary:
    """A table of a network: output shape, Parameters, operations, memory of each Cell.

    The network is traced as it predicts; nothing runs.  Operations are XLA's own count
    for the equations of a Cell.

    Args:
        network: a Cell.
        *inputs: what it takes: Tensors, arrays, or shapes, which stand for float32.
        depth: Cells deeper than this, >= 0, are left out; None for all.
        show: print the table.

    Returns:
        The table; ``str()`` gives its text.

    Raises:
        TypeError: ``network`` is no Cell, or an input of another kind.
        ValueError: a negative ``depth``; inputs that the network refuses.
        RuntimeError: the network cannot be traced.

    Example:
        >>> from cellnet import nn
        >>> table = summary(nn.Dense(3, 4), (2, 3), show=False)
        >>> table.num_parameters, table.rows[0].shapes
        (16, [(2, 4)])
    """
    if depth is not None:
        check_int("summary", "depth", depth, minimum=0)
    check_bool("summary", "show", show)
    traced = trace_network("summary", network, inputs)
    rows = _rows(traced)
    own = list(network.get_parameters())
    arguments = traced.jaxpr.jaxpr.invars[traced.num_parameters :]
    table = Summary(
        [row for row in rows if depth is None or row.depth <= depth],
        sum(p.size * p._data.dtype.itemsize for p in own),
        sum(v.aval.size * v.aval.dtype.itemsize for v in arguments),
    )
    if show:
        print(table)
    return table


def _rows(traced: Traced) -> list[Row]:
    flops = _flops_of(traced)
    calls: dict[int, list[Call]] = defaultdict(list)
    for call in traced.calls.values():
        calls[id(call.cell)].append(call)
    rows, seen = [], set()
    for path, cell in traced.network.cells_and_names():
        row = Row(path, path.count(".") + 1 if path else 0, type(cell).__name__)
        made = calls[id(cell)]
        if made:
            row.shapes = [out.shape for out in made[0].outputs]
            row.dtypes = [out.dtype.name for out in made[0].outputs]
            row.num_calls = len(made)
        row.output_bytes = sum(
            int(np.prod(out.shape)) * out.dtype.itemsize
            for call in made
            for out in call.outputs
        )
        row.flops = flops[id(cell)]
        fresh = [p for p in cell.get_parameters() if id(p) not in seen]
        row.num_parameters = sum(p.size for p in fresh)
        row.num_trainable = sum(p.size for p in fresh if p.requires_grad)
        if not cell.name_cells():  # a container's are those of the Cells below, too
            seen.update(map(id, fresh))
        rows.append(row)
    return rows


def _flops_of(traced: Traced) -> dict[int, float]:
    """Operations by Cell, those below included."""
    groups: dict[tuple[int, ...], list[Any]] = defaultdict(list)
    for equation in traced.jaxpr.jaxpr.eqns:
        around = dict.fromkeys(id(call.cell) for call in traced.calls_of(equation))
        groups[tuple(around)].append(equation)
    found: dict[int, float] = defaultdict(float)
    for cells, equations in groups.items():
        flops = count_flops(traced.jaxpr.jaxpr, equations)
        for cell in cells:
            found[cell] += flops
    return found


def _count(number: float) -> str:
    for unit in ("", "k", "M", "G", "T"):
        if number < 1000:
            return f"{number:.4g} {unit}"
        number /= 1000
    return f"{number:.4g} P"


def _bytes(number: float) -> str:
    return f"{_count(number)}B"
