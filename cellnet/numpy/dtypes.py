"""Data types and constants of ``mindspore.numpy``."""

from __future__ import annotations

from cellnet.dtype import (
    bool_,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)

int_ = int32
uint = uint32
float_ = float32

inf = PINF = float("inf")
NINF = float("-inf")
nan = float("nan")
pi = 3.141592653589793

numeric_types = [
    *("int_", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64"),
    *("float_", "float16", "float32", "float64", "bool_"),
]

__all__ = [
    "NINF",
    "PINF",
    "bool_",
    "float16",
    "float32",
    "float64",
    "float_",
    "inf",
    "int16",
    "int32",
    "int64",
    "int8",
    "int_",
    "nan",
    "numeric_types",
    "pi",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
]
