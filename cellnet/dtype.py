"""MindSpore's data types, each a thin name on a NumPy dtype.

A type prints as MindSpore prints it (``Float32``), compares by identity, and is taken
wherever NumPy or JAX take a dtype.
"""

from __future__ import annotations

from typing import Any

import jax
import ml_dtypes
import numpy as np


class Type:
    """A MindSpore data type.

    Args:
        name: the name that MindSpore prints, such as ``"Float32"``.
        np_dtype: the NumPy dtype that stores it; None for types without storage.

    Example:
        >>> float32
        mindspore.float32
    """

    __slots__ = ("__weakref__", "dtype", "name")

    def __init__(self, name: str, np_dtype: Any = None) -> None:
        self.name = name
        # ``dtype`` is the attribute by which np.dtype(...) accepts a foreign object
        self.dtype = None if np_dtype is None else np.dtype(np_dtype)

    @property
    def np_dtype(self) -> np.dtype | None:
        """The NumPy dtype of this type."""
        return self.dtype

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Any, ...]:
        return (_by_name, (self.name,))

    def __deepcopy__(self, memo: dict) -> Type:
        del memo
        return self


bool_ = Type("Bool", np.bool_)
int8 = byte = Type("Int8", np.int8)
int16 = short = Type("Int16", np.int16)
int32 = intc = Type("Int32", np.int32)
int64 = intp = Type("Int64", np.int64)
uint8 = ubyte = Type("UInt8", np.uint8)
uint16 = ushort = Type("UInt16", np.uint16)
uint32 = uintc = Type("UInt32", np.uint32)
uint64 = uintp = Type("UInt64", np.uint64)
float8_e4m3fn = Type("Float8E4M3FN", ml_dtypes.float8_e4m3fn)
float8_e5m2 = Type("Float8E5M2", ml_dtypes.float8_e5m2)
float16 = half = Type("Float16", np.float16)
bfloat16 = Type("BFloat16", ml_dtypes.bfloat16)
float32 = single = Type("Float32", np.float32)
float64 = double = Type("Float64", np.float64)
complex64 = Type("Complex64", np.complex64)
complex128 = Type("Complex128", np.complex128)
string = Type("String", np.str_)
type_none = Type("None")
tensor_type = Type("Tensor")
number = Type("Number")
int_ = Type(
    "Int", np.int32
)  # of any width to issubclass_, of 32 bits where one is made
float_ = Type("Float", np.float32)

_STORED = (
    *(bool_, int8, int16, int32, int64, uint8, uint16, uint32, uint64),
    *(float8_e4m3fn, float8_e5m2),
    *(float16, bfloat16, float32, float64, complex64, complex128),
)
_KINDS = (string, type_none, tensor_type, number, int_, float_)
_FROM_NUMPY = {t.dtype: t for t in _STORED}
_FROM_NAME = {t.name: t for t in (*_STORED, *_KINDS)}
_FROM_PYTHON = {bool: bool_, int: int64, float: float32, complex: complex128}

int_type = (int8, int16, int32, int64)
uint_type = (uint8, uint16, uint32, uint64)
float_type = (float16, float32, float64, bfloat16, float8_e4m3fn, float8_e5m2)
complex_type = (complex64, complex128)
number_type = (*int_type, *uint_type, *float_type, *complex_type)
_MEMBERS = {number: number_type, int_: int_type, float_: float_type}


def _by_name(name: str) -> Type:
    return _FROM_NAME[name]


def from_numpy(np_dtype: Any) -> Type:
    """The Type that stores values of ``np_dtype``.

    Raises:
        TypeError: no MindSpore type has this dtype.
    """
    try:
        return _FROM_NUMPY[np.dtype(np_dtype)]
    except KeyError:
        raise TypeError(
            f"dtype {np.dtype(np_dtype)} has no counterpart among cellnet's types; "
            f"use one of {', '.join(t.name for t in _STORED)}"
        ) from None


def to_numpy(dtype: Any) -> np.dtype:
    """The NumPy dtype meant by a Type, a Python type, a NumPy dtype or its name.

    64-bit types come back as 32-bit ones while ``jax_enable_x64`` is off, as in JAX.

    Raises:
        TypeError: ``dtype`` names no type that an array can have.
    """
    if isinstance(dtype, Type):
        result = dtype.dtype
    elif dtype in _FROM_PYTHON:
        result = _FROM_PYTHON[dtype].dtype
    else:
        try:
            result = np.dtype(dtype)
        except TypeError:
            result = None
    if result is None or (result not in _FROM_NUMPY):
        raise TypeError(f"expected a data type such as cellnet.float32, got {dtype!r}")
    return jax.dtypes.canonicalize_dtype(result)


def dtype_to_nptype(type_: Any) -> Any:
    """MindSpore's ``dtype_to_nptype``: the NumPy scalar type of a Type."""
    if type_ is bfloat16:
        return ml_dtypes.bfloat16
    return to_exact_numpy(type_).type


def to_exact_numpy(type_: Any) -> np.dtype:
    """The NumPy dtype of a Type, 64-bit kept whatever JAX can hold."""
    if isinstance(type_, Type) and type_.dtype is not None:
        return type_.dtype
    return np.dtype(_FROM_PYTHON[type_].dtype if type_ in _FROM_PYTHON else type_)


def dtype_to_pytype(type_: Type) -> type:
    """MindSpore's ``dtype_to_pytype``: the Python scalar type of a Type."""
    kind = to_exact_numpy(type_).kind
    if type_ is bfloat16:
        return float
    return {"b": bool, "i": int, "u": int, "f": float, "c": complex, "U": str}[kind]


def pytype_to_dtype(obj: Any) -> Type:
    """MindSpore's ``pytype_to_dtype``: the Type of a Python or NumPy type.

    Raises:
        NotImplementedError: the type has no counterpart.
    """
    if isinstance(obj, Type):
        return obj
    if obj in _FROM_PYTHON:
        return _FROM_PYTHON[obj]
    if obj is str:
        return string
    try:
        return from_numpy(obj)
    except TypeError:
        raise NotImplementedError(
            f"pytype_to_dtype: {obj!r} has no counterpart among cellnet's types"
        ) from None


def get_py_obj_dtype(obj: Any) -> Type:
    """MindSpore's ``get_py_obj_dtype``: the Type of a Python value."""
    own = getattr(obj, "dtype", None)
    if isinstance(own, Type):
        return own
    if isinstance(obj, type):
        return pytype_to_dtype(obj)
    return pytype_to_dtype(type(obj))


def issubclass_(type_: Any, kinds: Any) -> bool:
    """True when ``type_`` is one of ``kinds`` (a Type or a tuple of them)."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    if any(type_ in members for kind, members in _MEMBERS.items() if kind in kinds):
        return True
    return any(type_ is kind for kind in kinds)
