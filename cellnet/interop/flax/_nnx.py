"""An ``nnx.Module`` as a Cell.

The module's Variables are copied into Parameters, which train like any others; the
module is rebuilt around their values for each trace.  The user's own module is written
only by :meth:`NNXCell.sync_guest`.
"""

from __future__ import annotations

import weakref
from typing import Any

import jax.numpy as jnp
from flax import nnx

from cellnet.interop.flax._common import mode_keywords, to_arrays, to_tensors
from cellnet.interop.flax._nnx_guest import Guest
from cellnet.interop.flax._nnx_leaves import as_data, named_leaves
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter

# id(module) -> its Cell, which keeps the module alive and so the id taken
_adopted: weakref.WeakValueDictionary[int, NNXCell] = weakref.WeakValueDictionary()


def adopt(module: nnx.Module) -> NNXCell:
    """The Cell of ``module``, made at the first call."""
    cell = _adopted.get(id(module))
    if cell is None:
        cell = _adopted[id(module)] = NNXCell(module)
    else:
        cell.sync_guest()
    return cell


class NNXCell(Cell):
    """A Cell that runs an ``nnx.Module``.

    Every Variable is a Parameter named by its path, ``conv1.kernel``; ``nnx.Param`` of
    a float type is trainable, all others (batch statistics, the keys and counts of
    random streams) are state.  Random numbers come from the module's own streams, in
    flax's order, not from cellnet's key.  ``set_train`` acts as ``module.train()`` and
    ``module.eval()``.  Variables that a call creates are dropped.

    Args:
        module: the module; it keeps its values until :meth:`sync_guest`, which
            ``Model`` calls after training and evaluation.

    Inputs: what ``module.__call__`` takes, with Tensors for arrays.

    Outputs: what it returns, with Tensors for arrays.

    Raises:
        TypeError: a module without ``__call__``, or with Variables that hold refs.

    Example:
        >>> from cellnet import Tensor
        >>> net = NNXCell(nnx.Linear(2, 3, rngs=nnx.Rngs(0)))
        >>> net(Tensor([[1.0, 2.0]])).shape
        (1, 3)
    """

    def __init__(self, module: nnx.Module) -> None:
        super().__init__()
        self._guest = Guest(module)
        for name, array in self._guest.arrays().items():
            parameter = Parameter(array, name, name in self._guest.trainable)
            self.insert_param_to_cell(name, parameter, check_name_contain_dot=False)
        self._guest.given = {name: p._data for name, p in self._params.items()}

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        guest = self._guest
        guest.guard()
        values = {name: self._params[name]._value for name in guest.names}
        module, leaves = guest.build(values, training=self.training)
        named = mode_keywords(type(module).__call__, kwargs, self.training)
        outputs = module(*to_arrays(args), **to_arrays(kwargs), **named)
        for name, leaf in named_leaves(nnx.state(module)):
            if name in leaves and leaf is not leaves[name]:
                self._params[name]._value = as_data(leaf)
        return to_tensors(outputs, list(values.values()))

    def sync_guest(self) -> None:
        """Bring the module and the Parameters to the same values, outside any trace.

        A Variable that was assigned from outside since the last time (weights loaded
        into the module, say) gives its value to its Parameter; every other Variable
        takes its Parameter's value.

        Raises:
            RuntimeError: Variables came or went since the module became a Cell.
            ValueError: a Variable has another shape now.
        """
        guest = self._guest
        leaves = guest.leaves()
        for name, leaf in leaves.items():
            parameter = self._params[name]
            if leaf is not guest.seen[name]:
                parameter.set_data(as_data(leaf))
            elif parameter._data is not guest.given[name]:
                # a copy: the Parameter's buffer is donated at the next step
                data = jnp.array(parameter._data, copy=True)
                leaves[name] = guest.as_leaf(name, data)
        nnx.update(guest.module, guest.state(leaves))
        guest.seen = guest.leaves()
        guest.given = {name: self._params[name]._data for name in guest.names}

    def to_flax(self) -> nnx.Module:
        """A copy of the module with the present values."""
        values = {
            name: jnp.array(self._params[name]._value, copy=True)
            for name in self._guest.names
        }
        return self._guest.build(values, training=self.training)[0]

    def extend_repr(self) -> str:
        return type(self._guest.module).__name__
