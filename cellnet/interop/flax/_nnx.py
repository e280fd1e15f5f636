"""An ``nnx.Module`` as a Cell.

The module's Variables are copied into Parameters, which train like any others; the
module is rebuilt around their values for each trace.  The user's own module is written
only by :meth:`NNXCell.sync_guest`.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from cellnet.graph.guards import recording
from cellnet.interop.flax._common import (
    Opaque,
    dotted,
    mode_keywords,
    to_arrays,
    to_tensors,
)
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
        module: the module; it keeps its values until :meth:`sync_guest`.

    Inputs: what ``module.__call__`` takes, with Tensors for arrays.

    Outputs: what it returns, with Tensors for arrays.

    Raises:
        TypeError: a module without ``__call__``, or with Variables that hold refs.

    Example:
        >>> from flax import nnx
        >>> net = NNXCell(nnx.Linear(2, 3, rngs=nnx.Rngs(0)))
        >>> net(Tensor([[1.0, 2.0]])).shape
        (1, 3)
    """

    def __init__(self, module: nnx.Module) -> None:
        super().__init__()
        self._guest = _Guest(module)
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
        for name, leaf in _named_leaves(nnx.state(module)):
            if name in leaves and leaf is not leaves[name]:
                self._params[name]._value = _as_data(leaf)
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
                parameter.set_data(_as_data(leaf))
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


class _Guest(Opaque):
    """The user's module taken apart.

    Attributes:
        names: of the leaves of its state, in JAX's order.
        trainable: those names that optimizers train.
        seen: name -> leaf that the module had when it was last looked at.
        given: name -> buffer of the Parameter whose value the module has.
    """

    __slots__ = (
        "_impls",
        "_structure",
        "_treedef",
        "given",
        "module",
        "names",
        "seen",
        "trainable",
    )

    def __init__(self, module: nnx.Module) -> None:
        if not callable(module):
            raise TypeError(
                f"{type(module).__name__} has no __call__, so no Cell can run it; make "
                "its modules attributes of the Cell, or put them into a SequentialCell"
            )
        self.module = module
        state = nnx.state(module)
        self.trainable = _trainable(state)
        self._treedef = jax.tree.structure(state)
        self.seen = dict(_named_leaves(state))
        self.names = tuple(self.seen)
        self.given: dict[str, Any] = {}
        self._impls = {
            name: jax.random.key_impl(leaf)
            for name, leaf in self.seen.items()
            if _is_key(leaf)
        }
        self._structure = _Structure(module)

    def __deepcopy__(self, memo: dict) -> _Guest:
        twin = _Guest(copy.deepcopy(self.module, memo))
        twin.given = dict.fromkeys(twin.names)  # unlike any buffer: give all
        return twin

    def arrays(self) -> dict[str, Any]:
        """Name -> the module's value as it goes into a Parameter."""
        return {name: _as_data(leaf) for name, leaf in self.seen.items()}

    def leaves(self) -> dict[str, Any]:
        """Name -> the module's present leaf."""
        leaves = dict(_named_leaves(nnx.state(self.module)))
        if leaves.keys() != self.seen.keys():
            changed = sorted(leaves.keys() ^ self.seen.keys())
            raise RuntimeError(
                f"{type(self.module).__name__}: the Variables {', '.join(changed)} came "
                "or went since the module became a Cell; change the module before it is "
                "given to cellnet, or give nnx.clone(module)"
            )
        return leaves

    def as_leaf(self, name: str, data: Any) -> Any:
        """A Parameter's value as the module's Variable holds it."""
        impl = self._impls.get(name)
        return data if impl is None else jax.random.wrap_key_data(data, impl=impl)

    def state(self, leaves: dict[str, Any]) -> Any:
        """An nnx State of one leaf for each name."""
        return jax.tree.unflatten(self._treedef, [leaves[n] for n in self.names])

    def build(
        self, values: dict[str, Any], *, training: bool
    ) -> tuple[nnx.Module, dict[str, Any]]:
        """A module like the user's around ``values``, and the leaves it got."""
        leaves = {name: self.as_leaf(name, values[name]) for name in self.names}
        graphdef = self._structure.graphdef(training)
        return nnx.merge(graphdef, self.state(leaves)), leaves

    def guard(self) -> None:
        """Let the program being traced depend on the module's plain attributes."""
        guards = recording()
        if guards is not None:
            guards.note(self._structure, "version", self._structure.get("version"))


class _Structure(dict):
    """The module without its values, and a version that changes with it.

    Guards look a noted name up with ``get``, which here looks at the module: an
    attribute set between two calls (a dropout rate) is seen by the second one.
    """

    def __init__(self, module: nnx.Module) -> None:
        super().__init__()
        self._module = module
        self._known: list[tuple[Any, Any]] = []  # by version: (eval, train) graphdefs
        self._version = -1
        self._attributes: list[tuple[dict[str, Any], list[tuple[str, Any]]]] = []

    def __hash__(self) -> int:
        return id(self)

    def get(self, name: Any, default: Any = None) -> Any:
        del name, default
        if self._version < 0 or self._is_stale():
            self._look()
        return self._version

    def graphdef(self, training: bool) -> Any:
        """The present graph definition in train or eval mode."""
        return self._known[self.get("version")][training]

    def _is_stale(self) -> bool:
        # identities of attributes: some microseconds, where nnx.split takes a
        # millisecond for a large module
        return any(
            attributes.get(name) is not value or len(attributes) != size
            for attributes, items, size in self._attributes
            for name, value in items
        )

    def _look(self) -> None:
        # on a copy, since train() and eval() write on the module
        graphdef, state = nnx.split(self._module)
        module = nnx.merge(graphdef, state)
        module.eval()
        eval_def = nnx.graphdef(module)
        module.train()
        both = (eval_def, nnx.graphdef(module))
        if both not in self._known:
            self._known.append(both)
        self._version = self._known.index(both)
        self._attributes = [
            (vars(node), _plain_items(node), len(vars(node)))
            for _, node in nnx.iter_graph(self._module)
            if isinstance(node, nnx.Pytree)
        ]


def _plain_items(node: Any) -> list[tuple[str, Any]]:
    """Attributes whose identity is to stay; arrays are values, and change."""
    return [(k, v) for k, v in vars(node).items() if not isinstance(v, jax.Array)]


def _variables(state: Any) -> list[tuple[str, Any]]:
    """(name, Variable or plain array) for each of a State."""
    flat = jax.tree_util.tree_leaves_with_path(
        state, is_leaf=lambda x: isinstance(x, nnx.Variable)
    )
    return [(dotted(path), variable) for path, variable in flat]


def _named_leaves(state: Any) -> Sequence[tuple[str, Any]]:
    """(name, leaf) for each leaf of a State, in JAX's order."""
    leaves = []
    for name, variable in _variables(state):
        if not isinstance(variable, nnx.Variable):
            leaves.append((name, variable))
            continue
        for path, leaf in jax.tree_util.tree_leaves_with_path(variable):
            # the first key of the path is the Variable's own "value"
            leaves.append((f"{name}.{dotted(path[1:])}" if path[1:] else name, leaf))
    return leaves


def _trainable(state: Any) -> frozenset[str]:
    """Names of the leaves of ``nnx.Param`` that have gradients."""
    names = set()
    for name, variable in _variables(state):
        if getattr(variable, "ref", False) or getattr(variable, "hijax", False):
            raise TypeError(
                f"the Variable {name!r} holds a mutable ref; make the module with "
                "plain Variables (ref=False, hijax=False)"
            )
        if isinstance(variable, nnx.Param):
            names.update(
                f"{name}.{dotted(path[1:])}" if path[1:] else name
                for path, leaf in jax.tree_util.tree_leaves_with_path(variable)
                if jnp.issubdtype(jnp.result_type(leaf), jnp.inexact)
            )
    return frozenset(names)


def _is_key(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and jnp.issubdtype(
        leaf.dtype, jax.dtypes.prng_key
    )


def _as_data(leaf: Any) -> Any:
    """A leaf as an array of numbers: random keys by their data."""
    return jax.random.key_data(leaf) if _is_key(leaf) else jnp.asarray(leaf)
