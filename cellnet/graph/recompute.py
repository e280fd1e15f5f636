"""Activations that are computed again in the backward pass instead of being kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax

from cellnet.graph.program import Outputs
from cellnet.graph.state import commit, functionalize
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


def recomputed(
    run: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> Any:
    """A call inside a trace, of which a gradient keeps the inputs only.

    State is written once, and both times the same random numbers are drawn: the key is
    a value like any other.

    Args:
        run: any function over Cells.
        args, kwargs: Tensors, Python values, and containers of them.
    """
    leaves, tree = jax.tree.flatten(
        (tuple(args), dict(kwargs)), is_leaf=lambda x: isinstance(x, Tensor)
    )
    # a Parameter goes in as itself: the frame has its value
    places = [i for i, leaf in enumerate(leaves) if _is_value(leaf)]
    pure = functionalize(run, [])
    made: list[tuple[Outputs, list[Parameter]]] = []

    def on_arrays(arrays: list[Any]) -> tuple[list[Any], list[Any]]:
        given = list(leaves)
        for place, array in zip(places, arrays, strict=True):
            given[place] = Tensor._wrap(array)
        inputs, named = jax.tree.unflatten(tree, given)
        outputs, writes = pure([], *inputs, **named)
        kept = Outputs(outputs)
        arrays_out = kept.arrays
        made.append((kept.release(), [parameter for parameter, _ in writes]))
        return arrays_out, [value for _, value in writes]

    arrays, written = jax.checkpoint(on_arrays)([leaves[i]._value for i in places])
    outputs, parameters = made[0]
    commit(list(zip(parameters, written, strict=True)))
    return outputs.rebuild(arrays)


def _is_value(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and not isinstance(leaf, Parameter)
