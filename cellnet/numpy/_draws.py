"""Random Tensors, drawn from the key that ``set_seed`` fixes."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from cellnet._checks import check_int, check_shape
from cellnet.dtype import float32, int32
from cellnet.numpy._shared import dtype_of
from cellnet.ops._arrays import plain
from cellnet.ops._op import op
from cellnet.random import next_key

_FLOATS = (np.float16, np.float32, np.float64)


def _floats(name: str, draw: Any, summary: str) -> Any:
    def compute(*shape: Any, dtype: Any = float32) -> Any:
        shape = plain(shape)
        size = shape[0] if len(shape) == 1 else shape or (1,)
        kind = dtype_of(dtype)
        if kind not in _FLOATS:
            raise ValueError(f"{name}: dtype must be a float type, got {kind}")
        return draw(next_key(), check_shape(name, size), kind)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary}, Float32 by default (mindspore.numpy.{name})"
    return op(compute)


rand = _floats("rand", jax.random.uniform, "Numbers of [0, 1)")
randn = _floats("randn", jax.random.normal, "Numbers of the normal distribution")


@op
def randint(
    minval: int, maxval: int | None = None, shape: Any = None, dtype: Any = int32
) -> Any:
    """Ints of [minval, maxval), or of [0, minval) (mindspore.numpy.randint).

    Args:
        minval, maxval: ints.
        shape: of the result, by default (1,).
        dtype: an int type.

    Raises:
        TypeError: a limit or shape that is no int.
        ValueError: no int in the range; no int type.
    """
    minval = check_int("randint", "minval", plain(minval))
    low, high = (0, minval) if maxval is None else (minval, plain(maxval))
    if check_int("randint", "maxval", high) <= low:
        raise ValueError(f"randint: got the range [{low}, {high}), which is empty")
    kind = dtype_of(dtype)
    if kind.kind not in "iu":
        raise ValueError(f"randint: dtype must be an int type, got {kind}")
    size = (1,) if shape is None else check_shape("randint", plain(shape))
    return jax.random.randint(next_key(), size, low, high, kind)
