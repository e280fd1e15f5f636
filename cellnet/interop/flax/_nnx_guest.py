"""The user's ``nnx.Module`` taken apart, and put together around other values."""

from __future__ import annotations

import copy
from typing import Any

import jax
from flax import nnx

from cellnet.graph.guards import recording
from cellnet.interop.flax._common import Opaque
from cellnet.interop.flax._nnx_leaves import (
    as_data,
    is_key,
    named_leaves,
    trainable_names,
)
from cellnet.interop.flax._nnx_structure import Structure


class Guest(Opaque):
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
        self.trainable = trainable_names(state)
        self._treedef = jax.tree.structure(state)
        self.seen = dict(named_leaves(state))
        self.names = tuple(self.seen)
        self.given: dict[str, Any] = {}
        self._impls = {
            name: jax.random.key_impl(leaf)
            for name, leaf in self.seen.items()
            if is_key(leaf)
        }
        self._structure = Structure(module)

    def __deepcopy__(self, memo: dict) -> Guest:
        twin = Guest(copy.deepcopy(self.module, memo))
        twin.given = dict.fromkeys(twin.names)  # unlike any buffer: give all
        return twin

    def arrays(self) -> dict[str, Any]:
        """Name -> the module's value as it goes into a Parameter."""
        return {name: as_data(leaf) for name, leaf in self.seen.items()}

    def leaves(self) -> dict[str, Any]:
        """Name -> the module's present leaf."""
        leaves = dict(named_leaves(nnx.state(self.module)))
        if leaves.keys() != self.seen.keys():
            changed = sorted(leaves.keys() ^ self.seen.keys())
            raise RuntimeError(
                f"{type(self.module).__name__}: the Variables {', '.join(changed)} "
                "came or went since the module became a Cell; change the module before "
                "it is given to cellnet, or give nnx.clone(module)"
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
