"""merge_sliced_parameter: what several devices hold of a Parameter, as one."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

_OWNER = "merge_sliced_parameter"


def merge_sliced_parameter(
    sliced_parameters: list[Parameter], strategy: dict[str, Any] | None = None
) -> Parameter:
    """Join slices along their first axis.

    Args:
        sliced_parameters: Parameters of one name and one shape but for the first axis,
            by the rank of the device that had them.
        strategy: None or empty. How slices lie otherwise is in a file of MindSpore's,
            which cannot be read here.

    Returns:
        A Parameter of their name.

    Raises:
        TypeError: no list of Parameters; strategy is no dict.
        ValueError: no slices, slices that do not belong together, or a strategy.

    Example:
        >>> halves = [Parameter(Tensor([v, v]), name="w") for v in (1.0, 2.0)]
        >>> merge_sliced_parameter(halves).asnumpy().tolist()
        [1.0, 1.0, 2.0, 2.0]

    Source: mindspore.merge_sliced_parameter.
    """
    if not isinstance(sliced_parameters, list):
        raise TypeError(
            f"{_OWNER}: sliced_parameters must be a list, got "
            f"{type(sliced_parameters).__name__}"
        )
    if not sliced_parameters:
        raise ValueError(f"{_OWNER}: sliced_parameters must not be empty")
    if strategy is not None and not isinstance(strategy, dict):
        raise TypeError(
            f"{_OWNER}: strategy must be a dict, got {type(strategy).__name__}"
        )
    if strategy:
        raise ValueError(
            f"{_OWNER}: a strategy cannot be followed; slices are joined along their "
            "first axis, or merged by MindSpore"
        )
    for index, part in enumerate(sliced_parameters):
        _check_slice(index, part, sliced_parameters[0])
    first = sliced_parameters[0]
    whole = jnp.concatenate([part._value for part in sliced_parameters])
    return Parameter(
        Tensor._wrap(whole), name=first.name, requires_grad=first.requires_grad
    )


def _check_slice(index: int, part: Any, first: Any) -> None:
    if not isinstance(part, Parameter):
        raise TypeError(
            f"{_OWNER}: element {index} of sliced_parameters must be a Parameter, got "
            f"{type(part).__name__}"
        )
    like = (first.name, first.dtype, first.ndim, first.shape[1:])
    if (part.name, part.dtype, part.ndim, part.shape[1:]) != like or not part.ndim:
        raise ValueError(
            f"{_OWNER}: element {index} is {part.name} {part.shape} {part.dtype}, the "
            f"first is {first.name} {first.shape} {first.dtype}; only the first of "
            "their axes may differ in length"
        )
