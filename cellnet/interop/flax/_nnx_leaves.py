"""The leaves of an nnx State: names, and forms that Parameters can hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from cellnet.interop.flax._common import dotted


def named_leaves(state: Any) -> list[tuple[str, Any]]:
    """(name, leaf) for each leaf of a State, in JAX's order."""
    return [
        named
        for name, variable in _variables(state)
        for named in _parts(name, variable)
    ]


def trainable_names(state: Any) -> frozenset[str]:
    """Names of the leaves of ``nnx.Param`` that have gradients.

    Raises:
        TypeError: a Variable that holds a ref.
    """
    names = set()
    for name, variable in _variables(state):
        if getattr(variable, "ref", False) or getattr(variable, "hijax", False):
            raise TypeError(
                f"the Variable {name!r} holds a mutable ref; make the module with "
                "plain Variables (ref=False, hijax=False)"
            )
        if isinstance(variable, nnx.Param):
            names.update(
                part
                for part, leaf in _parts(name, variable)
                if jnp.issubdtype(jnp.result_type(leaf), jnp.inexact)
            )
    return frozenset(names)


def is_key(leaf: Any) -> bool:
    """True for typed random keys."""
    return isinstance(leaf, jax.Array) and jnp.issubdtype(
        leaf.dtype, jax.dtypes.prng_key
    )


def as_data(leaf: Any) -> Any:
    """A leaf as an array of numbers: random keys by their data."""
    return jax.random.key_data(leaf) if is_key(leaf) else jnp.asarray(leaf)


def _variables(state: Any) -> list[tuple[str, Any]]:
    """(name, Variable or plain array) for each of a State."""
    flat = jax.tree_util.tree_leaves_with_path(
        state, is_leaf=lambda x: isinstance(x, nnx.Variable)
    )
    return [(dotted(path), variable) for path, variable in flat]


def _parts(name: str, variable: Any) -> Iterator[tuple[str, Any]]:
    """(name, leaf) for each leaf that a Variable, or a plain array, holds."""
    if not isinstance(variable, nnx.Variable):
        yield name, variable
        return
    for path, leaf in jax.tree_util.tree_leaves_with_path(variable):
        # the first key of the path is the Variable's own "value"
        yield (f"{name}.{dotted(path[1:])}" if path[1:] else name), leaf
