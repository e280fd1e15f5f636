"""Rows of a table by their numbers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_int
from cellnet.ops._arrays import array
from cellnet.ops._op import op
from cellnet.ops.state import assign
from cellnet.tensor import Tensor


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
) -> Tensor:
    """Rows of the weight by their numbers (mindspore.ops.embedding).

    Args:
        input: Int Tensor of row numbers in [0, rows).
        weight: Parameter or Tensor (rows, width).
        padding_idx: a row whose gradient is 0, in [-rows, rows).
        max_norm: rows that are asked for and longer than this are shortened to it
            first, in the weight itself; no gradient passes through that.
        norm_type: p of the norm that is their length.
        scale_grad_by_freq: divide the gradient of a row by how often it is asked for.

    Returns:
        Tensor (*input.shape, width) of the weight's dtype.

    Raises:
        TypeError: row numbers that are no ints.
        ValueError: a weight with other than two axes; padding_idx out of range.

    Example:
        >>> embedding(Tensor([2, 0]), Tensor([[1.0], [2.0], [3.0]])).tolist()
        [[3.0], [1.0]]
    """
    if weight.ndim != 2:
        raise ValueError(f"embedding: weight must be (rows, width), got {weight.shape}")
    rows = weight.shape[0]
    if padding_idx is not None:
        check_int("embedding", "padding_idx", padding_idx, minimum=-rows)
        check_int("embedding", "padding_idx", padding_idx, maximum=rows - 1)
    before, shortened = Tensor._wrap(weight._value), None
    if max_norm is not None:
        shortened = _shortened(input, weight, max_norm, norm_type)
        assign(weight, shortened)
    return _looked_up(input, before, shortened, padding_idx, scale_grad_by_freq)


@op
def _shortened(index: Any, weight: Any, max_norm: float, norm_type: float) -> Any:
    """The weight, none of the rows that are asked for longer than max_norm."""
    weight = jax.lax.stop_gradient(weight)
    length = jnp.linalg.norm(weight, norm_type, axis=1, keepdims=True)
    asked = jnp.zeros((weight.shape[0], 1), bool).at[index.reshape(-1)].set(True)
    # the small number is MindSpore's and torch's
    shorter = weight * (max_norm / (length + 1e-7))
    return jnp.where(asked & (length > max_norm), shorter, weight)


@op
def _looked_up(
    index: Any, weight: Any, shortened: Any, padding_idx: int | None, by_frequency: bool
) -> Any:
    """Rows of the weight, or of the shortened one with the weight's gradient."""
    index = array("embedding", index)
    if index.dtype.kind not in "iu":
        raise TypeError(f"embedding: expected row numbers, got {index.dtype}")
    rows = jnp.take(weight, index, 0)
    if padding_idx is not None:
        is_padding = index == padding_idx % weight.shape[0]
        rows = jnp.where(is_padding[..., None], jax.lax.stop_gradient(rows), rows)
    if shortened is None and not by_frequency:
        return rows
    value = rows if shortened is None else jnp.take(shortened, index, 0)
    if by_frequency:
        counts = jnp.zeros(weight.shape[0], weight.dtype).at[index.reshape(-1)].add(1)
        rows = rows / counts[index][..., None]
    return _valued(rows, value)


@jax.custom_jvp
def _valued(with_gradient: Any, value: Any) -> Any:
    """The second one's value with the first one's gradient."""
    del with_gradient
    return value


@_valued.defjvp
def _valued_jvp(primals: Any, tangents: Any) -> Any:
    return primals[1], tangents[0]
