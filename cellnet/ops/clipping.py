"""Values and gradients kept within bounds."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_positive
from cellnet.ops._arrays import array
from cellnet.ops._op import op


@op
def clip_by_value(
    x: Any, clip_value_min: Any = None, clip_value_max: Any = None
) -> Any:
    """min(max(x, low), high) (mindspore.ops.clip_by_value).

    Args:
        x: a Tensor, or a tuple or list of them.
        clip_value_min, clip_value_max: numbers or Tensors; None leaves a side open.
            They are cast to x's dtype.

    Raises:
        TypeError: limits that are no numbers or Tensors.
        ValueError: both are None.

    Example:
        >>> clip_by_value(Tensor([-1.0, 0.5, 2.0]), 0.0, 1.0).tolist()
        [0.0, 0.5, 1.0]
    """
    if clip_value_min is None and clip_value_max is None:
        raise ValueError(
            "clip_by_value: clip_value_min and clip_value_max must not both be None"
        )

    for limit in (clip_value_min, clip_value_max):
        if limit is not None:
            array("clip_by_value", limit)

    def clip(value: Any) -> Any:
        value = array("clip_by_value", value)
        if clip_value_min is not None:
            value = jnp.maximum(value, jnp.asarray(clip_value_min, value.dtype))
        if clip_value_max is not None:
            value = jnp.minimum(value, jnp.asarray(clip_value_max, value.dtype))
        return value

    return tuple(map(clip, x)) if isinstance(x, tuple | list) else clip(x)


@op
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """min(max(x, low), high) (mindspore.ops.clamp)."""
    return clip_by_value.on_arrays(input, min, max)


clip = clamp


def _total_norm(tensors: list[Any], order: float) -> Any:
    flat = [t.astype(jnp.float32).reshape(-1) for t in tensors]
    if order == float("inf"):
        return jnp.max(jnp.stack([jnp.max(jnp.abs(t)) for t in flat]))
    return sum(jnp.sum(jnp.abs(t) ** order) for t in flat) ** (1.0 / order)


@op
def clip_by_norm(
    x: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Any:
    """x scaled down so that its norm is at most max_norm (mindspore.ops.clip_by_norm).

    Args:
        x: a Tensor, or a tuple or list of them that have one norm together.
        max_norm: number > 0.
        norm_type: order of the norm, ``float("inf")`` included.
        error_if_nonfinite: raise if the norm is nan or infinite.

    Raises:
        RuntimeError: such a norm, with ``error_if_nonfinite``.
    """
    norm = _total_norm(jax.tree.leaves(x), float(norm_type))
    if error_if_nonfinite and not bool(jnp.isfinite(norm)):
        raise RuntimeError(f"clip_by_norm: the norm of order {norm_type} is {norm}")
    scale = jnp.minimum(max_norm / (norm + 1e-6), 1.0)
    return jax.tree.map(lambda t: (t * scale).astype(t.dtype), x)


@op
def clip_by_global_norm(x: Any, clip_norm: float = 1.0, use_norm: Any = None) -> Any:
    """x * clip_norm / max(norm of all, clip_norm) (mindspore.ops.clip_by_global_norm).

    Args:
        x: tuple or list of Tensors, or one Tensor.
        clip_norm: number > 0.
        use_norm: None, as MindSpore asks for.

    Raises:
        TypeError: no Tensors.
        ValueError: clip_norm <= 0, or a use_norm.

    References: Pascanu, Mikolov, Bengio, ICML 2013.
    """
    if isinstance(x, jax.Array):
        return clip_by_global_norm.on_arrays([x], clip_norm, use_norm)[0]
    if not isinstance(x, tuple | list):
        raise TypeError(
            f"clip_by_global_norm: x must be Tensors, got {type(x).__name__}"
        )
    check_positive("clip_by_global_norm", "clip_norm", clip_norm)
    if use_norm is not None:
        raise ValueError(
            f"clip_by_global_norm: use_norm must be None, got {use_norm!r}"
        )
    norm = _total_norm(list(x), 2.0)
    scale = clip_norm / jnp.maximum(norm, clip_norm)
    return type(x)((t * scale).astype(t.dtype) for t in x)
