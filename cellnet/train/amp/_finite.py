"""all_finite: whether gradients overflowed."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet.tensor import Tensor


def all_finite(inputs: Any) -> Tensor:
    """Whether no value is infinite or NaN (mindspore.amp.all_finite).

    Args:
        inputs: a tuple or list of Tensors.

    Returns:
        Tensor, bool (); in a compiled step it stays on the device.

    Raises:
        TypeError: no tuple or list of Tensors.

    Example:
        >>> from cellnet import Tensor
        >>> bool(all_finite((Tensor([1.0, float("inf")]), Tensor([2.0]))))
        False
    """
    if not isinstance(inputs, tuple | list) or not all(
        isinstance(x, Tensor) for x in inputs
    ):
        raise TypeError(
            "all_finite: inputs must be a tuple or list of Tensors, got "
            f"{type(inputs).__name__}"
        )
    finite = jnp.asarray(True)
    for value in inputs:
        finite &= jnp.isfinite(value._value).all()
    return Tensor._wrap(finite)
