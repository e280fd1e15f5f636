"""Flax modules as Cells, and Cells as flax modules.

``cellnet.nn`` imports this package when a flax object shows up, never before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flax import linen, nnx

from cellnet.interop.flax._linen import LinenCell
from cellnet.interop.flax._nnx import NNXCell, adopt
from cellnet.interop.flax._to_flax import CellModule, RandomKey, to_flax
from cellnet.nn.cell import Cell

__all__ = [
    "CellModule",
    "LinenCell",
    "NNXCell",
    "RandomKey",
    "as_cell",
    "is_network",
    "to_flax",
]


def is_network(value: Any) -> bool:
    """True for what :func:`as_cell` takes or, being a flax module, explains."""
    return isinstance(value, nnx.Module | linen.Module) or _is_linen_pair(value)


def as_cell(value: Any) -> Cell:
    """A Cell that runs a flax network.

    Args:
        value: an ``nnx.Module``; a bound linen module, ``module.bind(variables)``; or
            the pair ``(linen module, variables)``.  The same ``nnx.Module`` gives the
            same Cell for as long as that Cell lives.

    Raises:
        TypeError: something else, such as a linen module without its variables.

    Example:
            >>> cell = as_cell(nnx.Linear(2, 3, rngs=nnx.Rngs(0)))
        >>> [p.name for p in cell.trainable_params()]
        ['bias', 'kernel']
    """
    if isinstance(value, nnx.Module):
        return adopt(value)
    if _is_linen_pair(value):
        return LinenCell(*value)
    if not isinstance(value, linen.Module):
        raise TypeError(
            "as_cell: expected an nnx.Module, a bound linen module or a pair (linen "
            f"module, variables), got {type(value).__name__}"
        )
    if value.scope is None:
        raise TypeError(
            f"as_cell: the linen module {type(value).__name__} has no variables; pass "
            "module.bind(variables) or (module, variables), with variables = "
            "module.init(key, inputs)"
        )
    return LinenCell(*value.unbind())


def _is_linen_pair(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], linen.Module)
        and isinstance(value[1], Mapping)
    )
