"""What both kinds of flax module need: names, values in and out, the mode keyword."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from cellnet.graph.guards import Watched
from cellnet.tensor import Tensor

# keyword of __call__ -> its value while training
_MODE_KEYWORDS = {
    "train": True,
    "training": True,
    "is_training": True,
    "deterministic": False,
    "use_running_average": False,
}


class Opaque(Watched):
    """A constant of compiled programs by identity, whatever it holds.

    Subclasses keep what they hold in ``__slots__``, which traces do not record.
    """

    __slots__ = ()


def dotted(path: Sequence[Any]) -> str:
    """A path of JAX tree keys as a Parameter's name: ``layers.0.kernel``."""
    return ".".join(
        str(getattr(key, "key", getattr(key, "name", getattr(key, "idx", key))))
        for key in path
    )


def to_arrays(tree: Any) -> Any:
    """Arrays in the place of Tensors."""
    return jax.tree.map(
        lambda x: x._value if isinstance(x, Tensor) else x,
        tree,
        is_leaf=lambda x: isinstance(x, Tensor),
    )


def to_tensors(tree: Any, owned: Sequence[Any] = ()) -> Any:
    """Tensors in the place of arrays; copies of those in ``owned``.

    Args:
        tree: outputs of a network.
        owned: values of Parameters, whose buffers must not be shared.
    """
    taken = {id(value) for value in owned}

    def wrap(leaf: Any) -> Any:
        if not isinstance(leaf, jax.Array):
            return leaf
        return Tensor._wrap(jnp.array(leaf, copy=True) if id(leaf) in taken else leaf)

    return jax.tree.map(wrap, tree)


def mode_keywords(
    call: Callable[..., Any], given: dict[str, Any], training: bool
) -> dict[str, Any]:
    """The keywords by which ``call`` is told whether it trains, unless given."""
    takes = inspect.signature(call).parameters
    return {
        name: on if training else not on
        for name, on in _MODE_KEYWORDS.items()
        if name in takes and name not in given
    }
