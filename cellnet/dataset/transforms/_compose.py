"""Compose: several operations as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .._made import Made
from ._base import Transform

Operation = Callable[..., Any]


class Compose(Made):
    """Apply operations one after the other: y = f_n(... f_2(f_1(x))).

    Args: transforms: list of callables, not empty.
    Inputs: what the first takes.  Outputs: what the last gives.
    Raises: TypeError: an element is not callable. ValueError: the list is empty.
    Example: >>> Compose([abs, float])(-2)
        2.0
    References: mindspore.dataset.transforms.Compose.
    """

    def __init__(self, transforms: Sequence[Operation]) -> None:
        if not isinstance(transforms, list | tuple):
            raise TypeError(f"Compose: transforms must be a list, got {transforms!r}.")
        if not transforms:
            raise ValueError("Compose: transforms must not be empty.")
        for place, operation in enumerate(transforms):
            if not callable(operation):
                raise TypeError(
                    f"Compose: transforms[{place}] must be callable, got {operation!r}."
                )
        self.transforms = list(transforms)

    def __call__(self, *values: Any) -> Any:
        for operation in self.transforms:
            result = operation(*values)
            values = result if isinstance(result, tuple) else (result,)
        return values[0] if len(values) == 1 else values


def flatten(owner: str, operations: Sequence[Any]) -> tuple[Operation, ...]:
    """The operations in order, checked, each Compose replaced by what it holds."""
    flat: list[Operation] = []
    for operation in operations:
        if isinstance(operation, type) and issubclass(operation, Transform):
            raise ValueError(
                f"{owner}: operations must be objects, got the class "
                f"{operation.__name__}. Write {operation.__name__}(...)."
            )
        if not callable(operation):
            raise ValueError(
                f"{owner}: operations must be callable, got {operation!r} of type "
                f"{type(operation).__name__}."
            )
        if isinstance(operation, Compose):
            flat.extend(flatten(owner, operation.transforms))
        else:
            flat.append(operation)
    return tuple(flat)
