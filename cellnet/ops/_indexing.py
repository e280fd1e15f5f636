"""Tensor indexing: ``x[index]`` and ``x[index] = value``.

NumPy's rules, as in MindSpore, with indices out of range refused wherever they are
known before the program runs; JAX would clamp or fill.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from cellnet._frame import current
from cellnet.ops._arrays import array
from cellnet.ops._op import raw
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor, as_array, touched


def getitem(self: Tensor, index: Any) -> Tensor:
    """The part of a Tensor at ``index``.

    Args:
        self: the Tensor.
        index: ints, slices, None, Ellipsis, bools, Int or Bool Tensors, lists of ints
            or bools, NumPy arrays, or a tuple of these.

    Raises:
        IndexError: out of range, too many indices, or no index at all.
        TypeError: a Tensor with 0 axes.
    """
    x = self._value
    part = x[_checked(index, x)]
    if part is x and isinstance(self, Parameter):
        part = jnp.array(part, copy=True)
    return Tensor._wrap(part)


def setitem(self: Tensor, index: Any, value: Any) -> None:
    """Write ``value``, cast to the Tensor's dtype, into the part at ``index``.

    Every other handle on the same Tensor object sees it; parts taken before do not.

    Raises:
        IndexError: as for reading.
        TypeError: a value that is no number, Tensor or sequence of numbers.
        ValueError: a value whose shape does not fit.
    """
    x = self._value
    where = _checked(index, x)
    if isinstance(value, np.ndarray):
        value = as_array(value)
    value = array("Tensor.__setitem__", raw(value)).astype(x.dtype)
    if _is_mask(where) and value.ndim == 0:
        # a mask may be traced; a choice needs no knowledge of how many are true
        mask = where.reshape(where.shape + (1,) * (x.ndim - where.ndim))
        self._value = jnp.where(mask, value, x)
    else:
        try:
            self._value = x.at[where].set(value)
        except (TypeError, ValueError) as error:
            if isinstance(error, jax.errors.JAXTypeError):
                raise  # a traced index, not a wrong one
            raise ValueError(
                f"Tensor.__setitem__: a value of shape {value.shape} does not fit "
                f"{index!r} of a Tensor of shape {x.shape}"
            ) from error
    if current() is None:
        touched()


def _is_mask(where: Any) -> bool:
    return isinstance(where, jax.Array) and where.dtype == np.bool_


def _checked(index: Any, x: Any) -> Any:
    """``index`` in JAX's terms, its constant parts within range."""
    if isinstance(index, list) and any(isinstance(item, _NO_NUMBERS) for item in index):
        index = tuple(index)  # as NumPy did before 1.23
    if isinstance(index, int) and not isinstance(index, bool):  # the common case
        _check_int(index, x, 0)
        return index
    if isinstance(index, slice) or index is Ellipsis or index is None:
        return _part(index)
    items = index if isinstance(index, tuple) else (index,)
    parts = [_part(item) for item in items]
    _check_range(parts, x)
    return tuple(parts) if isinstance(index, tuple) else parts[0]


# in a list these make it a tuple of indices
_NO_NUMBERS = (list, tuple, slice, type(None), type(Ellipsis))


def _part(item: Any) -> Any:
    if isinstance(item, slice):
        return slice(_bound(item.start), _bound(item.stop), _bound(item.step))
    if isinstance(item, bool | np.bool_):
        if not item:
            raise IndexError("False as an index would take nothing; only True is one")
        return None  # a new axis
    if item is None or item is Ellipsis or isinstance(item, int):
        return item
    if isinstance(item, Tensor):
        return _index_array(item._value)
    if isinstance(item, np.integer):
        return int(item)
    if isinstance(item, list | tuple):
        # empty lists are float arrays to NumPy
        found = as_array(item) if len(item) else np.zeros(0, np.int32)
        if found.dtype.kind not in "biu":
            raise TypeError(f"a list used as index must hold ints or bools, got {item}")
        return _index_array(np.asarray(found) if _is_known(found) else found)
    if isinstance(item, np.ndarray | jax.Array):
        return _index_array(item)
    raise IndexError(
        "a Tensor is indexed by ints, slices, None, Ellipsis, bools, Tensors, lists "
        f"and tuples, got {type(item).__name__} ({item!r})"
    )


def _index_array(item: Any) -> Any:
    if item.dtype.kind not in "biu":
        raise IndexError(
            f"a Tensor used as index must hold ints or bools: {item.dtype}"
        )
    if item.dtype.kind in "iu" and isinstance(item, jax.Array) and _is_known(item):
        # waits for the index, or a wrong one would be clamped without a word
        return np.asarray(item)
    return item


def _bound(value: Any) -> Any:
    if isinstance(value, Tensor | np.integer):
        return int(value)
    if value is None or isinstance(value, int):
        return value
    raise IndexError(f"bounds of a slice must be ints, got {type(value).__name__}")


def _is_known(value: Any) -> bool:
    return not isinstance(value, Tracer)


def _check_int(item: int, x: Any, axis: int) -> None:
    if not x.ndim:
        raise TypeError("a Tensor with 0 axes cannot be indexed by a number")
    if not -x.shape[axis] <= item < x.shape[axis]:
        raise IndexError(
            f"index {item} is out of range for axis {axis} of shape {tuple(x.shape)}"
        )


def _check_range(parts: list[Any], x: Any) -> None:
    """Refuse ints out of range; traced ones cannot be known."""
    used = [_axes_used(part) for part in parts]
    total = sum(used)
    if total > x.ndim:
        raise IndexError(f"too many indices ({total}) for a Tensor of shape {x.shape}")
    axis = 0
    for part, count in zip(parts, used, strict=True):
        if part is Ellipsis:
            axis += x.ndim - total
            continue
        if isinstance(part, int):
            _check_int(part, x, axis)
        elif isinstance(part, np.ndarray) and part.dtype.kind in "iu" and part.size:
            _check_int(int(part.min()), x, axis)
            _check_int(int(part.max()), x, axis)
        axis += count


def _axes_used(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    if isinstance(part, np.ndarray | jax.Array) and part.dtype == np.bool_:
        return part.ndim
    return 1
