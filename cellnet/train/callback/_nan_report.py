"""Which layer, Parameter and data made a step lose its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from cellnet import context
from cellnet.nn.cell import Cell
from cellnet.nn.wrap.cell_wrapper import loss_and_grads
from cellnet.tensor import Tensor

_SHOWN = 3  # names in one line


@dataclass
class Finding:
    """What one step, made again operation by operation, showed.

    Attributes:
        index: of the step in its chunk.
        layer: path of the Cell that gave the first value that is not finite; "" if it
            was not the forward pass.
        parameters: names of the Parameters at fault: the layer's own, or those whose
            gradient, or whose new value, is not finite, nearest to the loss first.
        batch: the step's inputs.
        lines: what to tell.
    """

    index: int
    layer: str = ""
    parameters: list[str] = field(default_factory=list)
    batch: list[np.ndarray] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class NonFiniteError(RuntimeError):
    """A training step gave nan or infinity.

    Attributes:
        step: its number, from 1 over all epochs.
        epoch: the epoch's.
        layer, parameters, batch: see the message; "", [] and [] where unknown.
        checkpoint: the last file that was saved before, "" if none was.
    """

    def __init__(self, finding: Finding, step: int, params: Any) -> None:
        self.step, self.epoch = step, params.get("cur_epoch_num", 1)
        self.layer, self.parameters = finding.layer, finding.parameters
        self.batch = finding.batch
        self.checkpoint = (
            params.get("latest_ckpt_file") or params.get("resumed_from") or ""
        )
        length = params.get("batch_num")
        place = f", batch {(step - 1) % length + 1} of it" if length else ""
        lines = [
            f"nan or infinity in step {step} (epoch {self.epoch}{place})",
            *(finding.lines or ["made again step by step, all numbers were finite"]),
            "network and optimizer are as they were before this step",
            f"last checkpoint: {self.checkpoint or 'none; add a ModelCheckpoint'}",
        ]
        super().__init__("\n  ".join(lines))


def find(
    step: Cell, index: int, batch: Sequence[Tensor], after: list[tuple[str, np.ndarray]]
) -> Finding:
    """Make one step's forward and backward pass again and look at every value.

    Args:
        step: the training step; its state is that before the step, and is changed.
        index: the step's place in its chunk.
        batch: its inputs.
        after: name and value of each Parameter after it.
    """
    arrays = [np.asarray(value) for value in batch]
    finding = Finding(index, batch=arrays)
    finding.lines.extend(_describe_batch(arrays))
    network = getattr(step, "network", step)
    with _eagerly():
        _look_at_layers(network, batch, finding)
        weights = getattr(step, "weights", None)  # a step of one's own may have none
        if not finding.layer and network is not step and weights is not None:
            _look_at_gradients(network, weights, batch, finding)
    if not finding.layer and not finding.parameters:
        finding.parameters = [name for name, value in after if not _finite(value)]
        finding.lines.append(
            "loss and gradients are finite; the update made not finite: "
            f"{_some(finding.parameters)}"
        )
    return finding


def _look_at_layers(network: Cell, batch: Sequence[Tensor], finding: Finding) -> None:
    """Note the Cell whose output is the first that is not finite, inner ones first."""
    paths = {
        id(cell): path.removeprefix("_backbone.")  # which WithLossCell calls it
        for path, cell in network.cells_and_names()
    }

    sound: list[bool] = []  # of the Cells that run, outer ones first: their inputs

    def enter(cell: Cell, inputs: Any) -> None:
        del cell
        sound.append(_finite(inputs))

    def look(cell: Cell, inputs: Any, output: Any) -> None:
        is_sound = sound.pop()
        if finding.layer or _finite(output):
            return
        if not is_sound and any(sound):
            return  # it got them from an outer one, between its layers
        path = paths[id(cell)] or type(cell).__name__
        finding.layer = path
        own = [p for p in cell.get_parameters(expand=False)]
        finding.parameters = [p.name for p in own]
        where = f"layer {path} ({type(cell).__name__})"
        if cell._cells:
            where = f"an operation in construct of {where}, beside its layers"
        finding.lines.append(f"first in the output of {where}")
        finding.lines.append(f"its input: {_range_of(inputs)}")
        finding.lines.extend(f"{p.name}: {_range_of(p)}" for p in own)

    with ExitStack() as stack:
        for _, cell in network.cells_and_names():
            stack.callback(cell.register_forward_pre_hook(enter).remove)
            stack.callback(cell.register_forward_hook(look).remove)
        network(*batch)


def _look_at_gradients(
    network: Cell, weights: Sequence[Any], batch: Sequence[Tensor], finding: Finding
) -> None:
    _, gradients = loss_and_grads(network, tuple(batch), weights, 1.0)
    bad = [
        parameter.name
        for parameter, gradient in zip(weights, gradients, strict=True)
        if not _finite(gradient)
    ]
    if bad:
        finding.parameters = bad[::-1]
        finding.lines.append(
            "the loss is finite; not finite is the gradient of "
            f"{_some(finding.parameters)}"
        )


@contextmanager
def _eagerly() -> Iterator[None]:
    mode = context.get_context("mode")
    context.set_context(mode=context.PYNATIVE_MODE)
    try:
        yield
    finally:
        context.set_context(mode=mode)


def _describe_batch(arrays: list[np.ndarray]) -> Iterator[str]:
    for index, array in enumerate(arrays):
        text = f"input {index}: {_range_of(array)}"
        if not _finite(array):
            rows = np.unique(np.argwhere(~np.isfinite(array))[:, :1])
            text += f"; NOT FINITE, first in row {rows[0]}" if rows.size else ""
        yield text


def _range_of(value: Any) -> str:
    arrays = list(_arrays(value))
    texts = []
    for array in arrays:
        kind = f"{array.dtype}{list(array.shape)}"
        if not array.size:
            texts.append(f"{kind}, empty")
        elif not _finite(array):
            share = np.mean(~np.isfinite(array.astype(np.float64)))
            texts.append(f"{kind}, {share:.1%} of it not finite")
        else:
            texts.append(f"{kind} in [{array.min():.6g}, {array.max():.6g}]")
    return "; ".join(texts) or "no array"


def _finite(value: Any) -> bool:
    return all(
        bool(np.isfinite(array.astype(np.float64)).all())
        for array in _arrays(value)
        if array.dtype.kind in "fV"  # V: bfloat16
    )


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """The arrays in ``value`` that have values, so no tracers."""
    for leaf in jax.tree.leaves(value, is_leaf=lambda x: isinstance(x, Tensor)):
        array = leaf._value if isinstance(leaf, Tensor) else leaf
        if isinstance(array, np.ndarray | jax.Array) and not isinstance(array, Tracer):
            yield np.asarray(array)


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
