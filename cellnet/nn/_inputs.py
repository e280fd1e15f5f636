"""Checks of what ``construct`` is given; shapes and dtypes are known while tracing."""

from __future__ import annotations

from typing import Any

import jax

from cellnet import dtype as mstype
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.ops._precision import by_operation
from cellnet.tensor import Tensor


def check_tensors(owner: str, **values: Any) -> None:
    """Refuse anything but Tensors.

    Raises:
        TypeError: one is something else.
    """
    for name, value in values.items():
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{owner}: {name} must be a Tensor, got {type(value).__name__}; "
                f"make it one with Tensor({name})"
            )


def check_float(owner: str, **values: Any) -> None:
    """Refuse anything but Tensors of a float type.

    Raises:
        TypeError: one is something else.
    """
    check_tensors(owner, **values)
    for name, value in values.items():
        if value.dtype not in mstype.float_type:
            raise TypeError(
                f"{owner}: {name} is {value.dtype}, expected a float type; cast it "
                f"with {name}.astype(float32)"
            )


def check_same_shape(owner: str, **pair: Tensor) -> None:
    """Refuse two Tensors of different shapes.

    Raises:
        ValueError: the shapes differ.
    """
    (first, a), (second, b) = pair.items()
    if a.shape != b.shape:
        raise ValueError(
            f"{owner}: {second} {b.shape} must have the shape of {first} {a.shape}"
        )


def check_dtype(cell: Cell, x: Tensor, weight: Tensor) -> None:
    """Refuse an input of another dtype than the weight, unless ``to_float`` is on.

    Raises:
        TypeError: the dtypes differ.
    """
    check_float(cell.cls_name, input=x)
    if by_operation():
        return  # the operation casts both
    if x.dtype is not weight.dtype and cell._to_float is None:
        raise TypeError(
            f"{cell.cls_name}: input is {x.dtype} but the weight is {weight.dtype}; "
            f"cast the input, or let the Cell compute in {x.dtype} with "
            "cell.to_float(...)"
        )


def like(x: Tensor, *parameters: Tensor | None) -> list[Any]:
    """The Parameters in the dtype of x, which ``to_float`` may have changed.

    Under rules of mixed precision they stay as they are: the operation casts them.
    """
    if by_operation():
        return list(parameters)
    return [
        p if p is None or p.dtype is x.dtype else _cast(p, x.dtype) for p in parameters
    ]


@op
def _cast(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


def is_traced(value: Tensor) -> bool:
    """True when ``value`` has no numbers yet."""
    return isinstance(value._value, jax.core.Tracer)
