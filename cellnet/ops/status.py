"""Signs of overflow: whether values are finite.

MindSpore's NPU operations read a flag of the device that arithmetic sets.  There is no
such flag here; ``NPUGetFloatStatus`` reports on the values of its input, and clearing
does nothing.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.ops._arrays import array_only
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive


@op
def _float_status(x: Any) -> Any:
    """Float32 (1,): 1 where any element is nan or infinite (mindspore.ops.FloatStatus).

    Raises:
        TypeError: no float Tensor.
    """
    x = array_only("FloatStatus", x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"FloatStatus: expected a float Tensor, got {x.dtype}")
    return (~jnp.isfinite(x).all()).astype(np.float32).reshape(1)


@op
def _allocate() -> Any:
    """Float32 (8,) zeros: no overflow yet (mindspore.ops.NPUAllocFloatStatus)."""
    return jnp.zeros(8, np.float32)


@op
def _get_status(x: Any) -> Any:
    """Float32, 1 where an element is not finite (mindspore.ops.NPUGetFloatStatus)."""
    x = array_only("NPUGetFloatStatus", x)
    return (~jnp.isfinite(x)).astype(np.float32)


@op
def _clear_status(x: Any) -> Any:
    """Float32 zeros (mindspore.ops.NPUClearFloatStatus)."""
    return jnp.zeros(array_only("NPUClearFloatStatus", x).shape, np.float32)


@op
def all_finite(tensors: Any) -> Any:
    """Bool: whether all elements of all Tensors are finite (mindspore.ops)."""
    return jnp.stack([jnp.isfinite(x).all() for x in jax.tree.leaves(tensors)]).all()


FloatStatus = primitive("FloatStatus", _float_status)
NPUAllocFloatStatus = primitive("NPUAllocFloatStatus", _allocate)
NPUGetFloatStatus = primitive("NPUGetFloatStatus", _get_status)
NPUClearFloatStatus = primitive("NPUClearFloatStatus", _clear_status)
