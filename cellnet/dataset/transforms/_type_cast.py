"""TypeCast: change the dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._base import Transform


def numpy_dtype(owner: str, value: Any) -> np.dtype:
    """The numpy dtype of a framework dtype (it has .np_dtype), Python type or name."""
    described = getattr(value, "np_dtype", value)
    if described is not None:  # np.dtype(None) would be float64
        try:
            return np.dtype(described)
        except TypeError:
            pass
    raise TypeError(
        f"{owner}: expected a dtype such as cellnet.float32, numpy.float32 or "
        f"'float32', got {value!r} of type {type(value).__name__}."
    )


class TypeCast(Transform):
    """Change the dtype, by numpy's rules (float to int cuts towards zero).

    Args: data_type: a cellnet, numpy or Python type, or a numpy type's name.
    Inputs: any shape and dtype.  Outputs: same shape, the given dtype.
    Raises: TypeError: data_type names no dtype.
    Example: >>> TypeCast("int32")(np.array([1.7, -1.7]))
        array([ 1, -1], dtype=int32)
    References: mindspore.dataset.transforms.TypeCast.
    """

    elementwise = True

    def __init__(self, data_type: Any) -> None:
        self.dtype = numpy_dtype("TypeCast", data_type)

    def __call__(self, value: np.ndarray) -> np.ndarray:
        return np.asarray(value).astype(self.dtype)
