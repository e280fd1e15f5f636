"""What the functions of ``mindspore.numpy`` share: their operands and dtypes.

Here a number is an Int32 or Float32 Tensor like any other and promotes as one; in
``ops`` it bends to the Tensor beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from cellnet._checks import check_axes, check_axis, check_int
from cellnet.dtype import to_numpy
from cellnet.ops._arrays import array, explained, plain, promoted, spelled
from cellnet.ops._op import op

_NARROW = {np.dtype(np.int64): np.int32, np.dtype(np.float64): np.float32}
_MEANT = {"int": np.int32, "uint": np.uint32, "float": np.float32, int: np.int32}


def tensor(owner: str, value: Any) -> Any:
    """An array as it is; numbers, lists and tuples as Bool, Int32 or Float32.

    Raises:
        TypeError: something else, NumPy arrays included.
        ValueError: rows of different lengths.
    """
    x = array(owner, value)
    if not isinstance(value, jax.Array) and x.dtype in _NARROW:
        x = x.astype(_NARROW[x.dtype])
    return x


def tensors(owner: str, values: Any) -> list[Any]:
    """Arrays of a tuple or list, or the slices of one array, in their common dtype.

    Raises:
        TypeError: no tuple, list or Tensor.
        ValueError: an empty one.
    """
    if not isinstance(values, tuple | list | jax.Array):
        raise TypeError(
            f"{owner}: expected a tuple or list of Tensors, got {type(values).__name__}"
        )
    if not len(values):
        raise ValueError(f"{owner}: got no Tensors, expected at least one")
    return promoted([tensor(owner, value) for value in values])


def pair(owner: str, x1: Any, x2: Any) -> list[Any]:
    """Two operands in their common dtype."""
    return promoted([tensor(owner, x1), tensor(owner, x2)])


def dtype_of(dtype: Any, default: Any = None) -> np.dtype:
    """The NumPy dtype of a dtype argument; ``int`` is Int32 and ``float`` Float32.

    Raises:
        TypeError: no data type.
    """
    if dtype is None:
        dtype = default
    if dtype is None:
        raise TypeError("expected a data type such as cellnet.float32, got None")
    if isinstance(dtype, str | type):
        dtype = _MEANT.get(dtype, dtype)
    return to_numpy(dtype)


def cast(x: Any, dtype: Any) -> Any:
    """``x`` in ``dtype``; as it is for None."""
    return x if dtype is None else x.astype(dtype_of(dtype))


def axes(owner: str, axis: Any, ndim: int) -> tuple[int, ...] | None:
    """One axis, several or None (all of them), checked."""
    return check_axes(owner, plain(axis), ndim)


def axis_in(owner: str, axis: Any, ndim: int) -> int:
    """An axis in ``[-ndim, ndim)`` as one in ``[0, ndim)``; a Tensor without has none.

    Raises:
        TypeError: no int.
        ValueError: outside the range.
    """
    axis = check_int(owner, "axis", plain(axis))
    if ndim == 0:
        raise ValueError(f"{owner}: axis {axis} is out of range for 0 axes")
    return check_axis(owner, axis, ndim)


def wide(x: Any) -> Any:
    """Float64 as it is, everything else as Float32."""
    return x if x.dtype in (np.float64, np.float32) else x.astype(np.float32)


def inexact(x: Any) -> Any:
    """Floats as they are, ints and bools as Float32."""
    return x.astype(np.float32) if x.dtype.kind in "biu" else x


def angular(x: Any) -> Any:
    """Floats as they are, bools and 8-bit ints as Float16, other ints as Float32."""
    if x.dtype.kind not in "biu":
        return x
    return x.astype(np.float16 if x.dtype.itemsize == 1 else np.float32)


def unary(
    name: str,
    fn: Callable[[Any], Any],
    summary: str,
    *,
    of: Callable[[Any], Any] | None = None,
    argument: str = "x",
) -> Callable[..., Any]:
    """The function ``name(x, dtype=None)`` of each element.

    Args:
        name, fn, summary: its name, what it computes on arrays, its docstring.
        of: prepares the array, such as ``inexact``.
        argument: how MindSpore spells ``x``.
    """

    def compute(x: Any, dtype: Any = None) -> Any:
        x = tensor(name, x)
        return cast(fn(x if of is None else of(x)), dtype)

    made = _named(compute, name, summary)
    return made if argument == "x" else spelled(**{argument: "x"})(made)


def binary(
    name: str,
    fn: Callable[[Any, Any], Any],
    summary: str,
    *,
    of: Callable[[Any], Any] | None = None,
    promote: bool = True,
) -> Callable[..., Any]:
    """The function ``name(x1, x2, dtype=None)`` of two operands, broadcast."""

    def compute(x1: Any, x2: Any, dtype: Any = None) -> Any:
        x, y = tensor(name, x1), tensor(name, x2)
        if promote:
            x, y = promoted([x, y])
        if of is not None:
            x, y = of(x), of(y)
        return cast(broadcasting(name, fn, x, y), dtype)

    return _named(compute, name, summary)


def broadcasting(name: str, fn: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    """``fn(x, y)``, with MindSpore's error where the shapes do not fit."""
    try:
        return fn(x, y)
    except (TypeError, ValueError) as error:
        raise explained(name, x, y, error) from error


def _named(compute: Callable[..., Any], name: str, summary: str) -> Callable[..., Any]:
    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} (mindspore.numpy.{name})"
    return op(compute)


def as_numbers(x: Any) -> Any:
    """Bools as Int32."""
    return x.astype(np.int32) if x.dtype == np.bool_ else x
