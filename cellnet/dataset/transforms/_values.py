"""Fill, Mask, PadEnd, Slice, Concatenate, Duplicate, Unique: any column's values."""

from __future__ import annotations

from enum import IntEnum
from types import EllipsisType
from typing import Any

import numpy as np

from .._checks import INT32_MAX, check_int
from ._base import Transform
from ._type_cast import numpy_dtype


class Relational(IntEnum):
    """A comparison of Mask."""

    EQ = 0
    NE = 1
    GT = 2
    GE = 3
    LT = 4
    LE = 5


COMPARE = {
    Relational.EQ: np.equal,
    Relational.NE: np.not_equal,
    Relational.GT: np.greater,
    Relational.GE: np.greater_equal,
    Relational.LT: np.less,
    Relational.LE: np.less_equal,
}
Scalar = str | float | bool | int | bytes


def _scalar(owner: str, name: str, value: Any) -> Scalar:
    if not isinstance(value, str | float | bool | int | bytes):
        raise TypeError(f"{owner}: {name} must be a number or text, got {value!r}.")
    return value


def _kinds_match(owner: str, array: np.ndarray, value: Any) -> None:
    if (array.dtype.kind in "US") != isinstance(value, str | bytes):
        raise TypeError(f"{owner}: {value!r} does not go with dtype {array.dtype}.")


class Fill(Transform):
    """Every element replaced by one value.

    Args: fill_value: number, bool or text.
    Inputs: any shape and dtype of the value's kind.  Outputs: the same.
    Raises: TypeError: the setting or the input is not as said.
    Example: >>> Fill(3)(np.array([1, 2])).tolist()
        [3, 3]
    References: mindspore.dataset.transforms.Fill.
    """

    def __init__(self, fill_value: Scalar) -> None:
        self.fill_value = _scalar("Fill", "fill_value", fill_value)

    def __call__(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        _kinds_match("Fill", array, self.fill_value)
        if array.dtype.kind in "US":
            return np.full(array.shape, self.fill_value)
        return np.full(array.shape, np.asarray(self.fill_value).astype(array.dtype))


class Mask(Transform):
    """Each element compared with a constant.

    Args: operator: a Relational. constant: number, bool or text.
        dtype: of the output.
    Inputs: any shape.  Outputs: the same shape; dtype.
    Raises: TypeError: a setting or the input is not as said.
    Example: >>> Mask(Relational.GT, 1)(np.array([1, 2])).tolist()
        [False, True]
    References: mindspore.dataset.transforms.Mask.
    """

    def __init__(
        self, operator: Relational, constant: Scalar, dtype: Any = np.bool_
    ) -> None:
        if not isinstance(operator, Relational):
            raise TypeError(f"Mask: operator must be a Relational, got {operator!r}.")
        self.operator = operator
        self.constant = _scalar("Mask", "constant", constant)
        self.dtype = numpy_dtype("Mask", dtype)

    def __call__(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        _kinds_match("Mask", array, self.constant)
        # The constant takes the column's dtype first, as in MindSpore.
        constant = np.asarray(self.constant)
        if array.dtype.kind not in "US":
            constant = constant.astype(array.dtype)
        return COMPARE[self.operator](array, constant).astype(self.dtype)


class PadEnd(Transform):
    """Pad or cut each axis at its end to a given length.

    Args: pad_shape: a length, or None to keep it, for each axis.
        pad_value: number or text; default 0, or "".
    Inputs: any array of that many axes.  Outputs: pad_shape; the same dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> PadEnd([3])(np.array([1, 2])).tolist()
        [1, 2, 0]
    References: mindspore.dataset.transforms.PadEnd.
    """

    def __init__(
        self,
        pad_shape: list[int | None] | tuple[int | None, ...],
        pad_value: Any = None,
    ) -> None:
        if not isinstance(pad_shape, list | tuple):
            raise TypeError(f"PadEnd: pad_shape must be a list, got {pad_shape!r}.")
        self.pad_shape = tuple(
            None if side is None else check_int("PadEnd", "pad_shape", side, 0)
            for side in pad_shape
        )
        self.pad_value = pad_value
        if pad_value is not None:
            _scalar("PadEnd", "pad_value", pad_value)

    def __call__(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        if array.ndim != len(self.pad_shape):
            raise ValueError(
                f"PadEnd: pad_shape {list(self.pad_shape)} has not as many axes as the "
                f"shape {array.shape}."
            )
        text = array.dtype.kind in "US"
        fill = self.pad_value
        if fill is None:
            fill = "" if text else 0
        _kinds_match("PadEnd", array, fill)
        wanted = [
            have if side is None else side
            for side, have in zip(self.pad_shape, array.shape, strict=True)
        ]
        dtype = np.result_type(array.dtype, np.asarray(fill)) if text else array.dtype
        padded = np.full(wanted, fill, dtype)
        kept = tuple(slice(0, side) for side in np.minimum(wanted, array.shape))
        padded[kept] = array[kept]
        return padded


class Slice(Transform):
    """A part of each axis.

    Args: slices: for each axis an int, a list of ints, a slice, None (all of it) or
            Ellipsis (all of the axes not named).
    Inputs: any array.  Outputs: the part, with as many axes; the same dtype.
    Raises: TypeError: a setting is none of these. IndexError: beyond the end.
    Example: >>> Slice(slice(1, 3))(np.array([1, 2, 3])).tolist()
        [2, 3]
    References: mindspore.dataset.transforms.Slice.
    """

    def __init__(self, *slices: Any) -> None:
        for each in slices:
            listed = isinstance(each, list) and all(isinstance(i, int) for i in each)
            known = int | slice | EllipsisType | None
            if isinstance(each, bool) or not (listed or isinstance(each, known)):
                raise TypeError(
                    f"Slice: expected int, list of ints, slice, None or Ellipsis, got "
                    f"{each!r}."
                )
        self.slices = slices

    def __call__(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        places = list(self.slices)
        if Ellipsis in places:
            at = places.index(Ellipsis)
            rest = [None] * (array.ndim - len(places) + 1)
            places = places[:at] + rest + places[at + 1 :]
        for axis, place in enumerate(places):
            if isinstance(place, slice):
                array = array[(slice(None),) * axis + (place,)]
            elif place is not None:
                array = np.take(array, np.atleast_1d(place), axis)
        return array


class Concatenate(Transform):
    """Put arrays before and behind the column's.

    Args: axis: 0. prepend, append: arrays, or None.
    Inputs: (N,).  Outputs: (P + N + A,); the same dtype.
    Raises: TypeError, ValueError: a setting or the input is not as said.
    Example: >>> Concatenate(append=np.array([9]))(np.array([1, 2])).tolist()
        [1, 2, 9]
    References: mindspore.dataset.transforms.Concatenate.
    """

    def __init__(self, axis: int = 0, prepend: Any = None, append: Any = None) -> None:
        self.axis = check_int("Concatenate", "axis", axis, -1, INT32_MAX)
        if axis not in (0, -1):
            raise ValueError(f"Concatenate: axis must be 0 or -1, got {axis}.")
        for name, array in (("prepend", prepend), ("append", append)):
            if array is not None and not isinstance(array, np.ndarray):
                raise TypeError(f"Concatenate: {name} must be an array, got {array!r}.")
        self.prepend = prepend
        self.append = append

    def __call__(self, value: Any) -> np.ndarray:
        array = np.asarray(value)
        if array.ndim != 1:
            raise ValueError(f"Concatenate: expected (N,), got shape {array.shape}.")
        parts = [p for p in (self.prepend, array, self.append) if p is not None]
        joined = np.concatenate(parts)
        return joined if array.dtype.kind in "US" else joined.astype(array.dtype)


class Duplicate(Transform):
    """The column twice: y = (x, x); needs two output columns.

    Inputs: any array.  Outputs: two of them.
    Example: >>> [int(x) for x in Duplicate()(np.array(1))]
        [1, 1]
    References: mindspore.dataset.transforms.Duplicate.
    """

    def __call__(self, value: Any) -> tuple[Any, Any]:
        return value, value


class Unique(Transform):
    """The different values in order of appearance, where each is, how many there are.

    Inputs: any array of numbers; read flat.
    Outputs: values (K,), same dtype; places (N,), int32; counts (K,), int32.
    Example: >>> [x.tolist() for x in Unique()(np.array([7, 5, 7]))]
        [[7, 5], [0, 1, 0], [2, 1]]
    References: mindspore.dataset.transforms.Unique.
    """

    def __call__(self, value: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        flat = np.asarray(value).reshape(-1)
        values, first, places, counts = np.unique(
            flat, return_index=True, return_inverse=True, return_counts=True
        )
        order = np.argsort(first)
        rank = np.argsort(order)
        return (
            values[order],
            rank[places].astype(np.int32),
            counts[order].astype(np.int32),
        )
