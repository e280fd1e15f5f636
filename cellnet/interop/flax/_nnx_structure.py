"""What of an ``nnx.Module`` is no value: its graph definition, watched for changes."""

from __future__ import annotations

from typing import Any

import jax
from flax import nnx


class Structure(dict):
    """The module without its values, and a version that changes with it.

    Guards look a noted name up with ``get``, which here looks at the module: an
    attribute set between two calls (a dropout rate) is seen by the second one.
    """

    def __init__(self, module: nnx.Module) -> None:
        super().__init__()
        self._module = module
        self._known: list[tuple[Any, Any]] = []  # by version: (eval, train) graphdefs
        self._version = -1
        # (attributes of a node, those that are no arrays, how many there are)
        self._nodes: list[tuple[dict[str, Any], list[tuple[str, Any]], int]] = []

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
            len(attributes) != size
            or any(attributes.get(name) is not value for name, value in items)
            for attributes, items, size in self._nodes
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
        self._nodes = [
            (vars(node), _plain_items(node), len(vars(node)))
            for _, node in nnx.iter_graph(self._module)
            if isinstance(node, nnx.Pytree)
        ]


def _plain_items(node: Any) -> list[tuple[str, Any]]:
    """Attributes whose identity is to stay; arrays are values, and change."""
    return [(k, v) for k, v in vars(node).items() if not isinstance(v, jax.Array)]
