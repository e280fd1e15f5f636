"""A Cell as an ``nnx.Module``."""

from __future__ import annotations

import copy
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from cellnet.graph import functionalize
from cellnet.interop.flax._common import to_arrays
from cellnet.interop.flax._nnx import NNXCell
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.random import key_parameter
from cellnet.tensor import Tensor


def to_flax(cell: Cell) -> nnx.Module:
    """``cell`` as an ``nnx.Module`` with its own copy of the values.

    Args:
        cell: any Cell; it is not changed.  One that runs an ``nnx.Module`` gives a
            copy of that module.

    Raises:
        TypeError: no Cell.

    Example:
            >>> cell = NNXCell(nnx.Linear(2, 3, rngs=nnx.Rngs(0)))
        >>> type(to_flax(cell)).__name__
        'Linear'
    """
    if not isinstance(cell, Cell):
        raise TypeError(f"to_flax: expected a Cell, got {type(cell).__name__}")
    return cell.to_flax() if isinstance(cell, NNXCell) else CellModule(cell)


class RandomKey(nnx.Variable):
    """The data of cellnet's random key, uint32 (2,), as a Variable."""


class CellModule(nnx.Module):
    """An ``nnx.Module`` that runs a copy of a Cell.

    Variables are ``parameters[<path of the Parameter>]``: ``nnx.Param`` for those with
    ``requires_grad``, ``nnx.BatchStat`` for the others; and ``random_key``, a
    :class:`RandomKey`, which dropout advances.  ``train()`` and ``eval()`` switch the
    Cell's mode.

    Args:
        cell: the Cell; its structure and values are copied.

    Inputs: what ``construct`` takes, with arrays or Tensors for Tensors.

    Outputs: what it returns, with arrays for Tensors.
    """

    def __init__(self, cell: Cell) -> None:
        self.cell = copy.deepcopy(cell)
        self.deterministic = not cell.training  # what train() and eval() set
        self.parameters = nnx.data(
            {
                path: _variable(parameter)
                for path, parameter in self.cell.parameters_and_names()
            }
        )
        self.random_key = RandomKey(jnp.array(key_parameter()._value, copy=True))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.cell.training == self.deterministic:
            self.cell.set_train(not self.deterministic)
        variables: dict[int, Any] = {id(key_parameter()): self.random_key}
        parameters = [key_parameter()]
        for path, parameter in self.cell.parameters_and_names():
            variables[id(parameter)] = self.parameters[path]
            parameters.append(parameter)
        values = [variables[id(p)][...] for p in parameters]
        outputs, writes = functionalize(self.cell, parameters)(
            values, *_to_tensors(args), **_to_tensors(kwargs)
        )
        for parameter, value in writes:
            if id(parameter) not in variables:
                raise RuntimeError(
                    f"{type(self.cell).__name__} writes the Parameter "
                    f"{parameter.name!r}, which is not its own; make it an attribute "
                    "of the Cell"
                )
            variable = variables[id(parameter)]
            variable[...] = value.astype(variable[...].dtype)
        return to_arrays(outputs)


def _variable(parameter: Parameter) -> nnx.Variable:
    """The Parameter's value as a Variable; the Parameter keeps shape and dtype."""
    kind = nnx.Param if parameter.requires_grad else nnx.BatchStat
    value = parameter._data
    # all zeros in no memory: the copied Cell never reads it
    parameter._data = np.broadcast_to(np.zeros((), value.dtype), value.shape)
    return kind(value)


def _to_tensors(tree: Any) -> Any:
    """Tensors in the place of arrays, NumPy's included."""
    return jax.tree.map(
        lambda x: Tensor(x) if isinstance(x, jax.Array | np.ndarray) else x,
        tree,
        is_leaf=lambda x: isinstance(x, Tensor),
    )
