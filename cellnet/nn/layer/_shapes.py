"""Flatten, Identity, OneHot."""

from __future__ import annotations

from typing import Any

from cellnet import dtype as mstype
from cellnet import ops
from cellnet._checks import check_int, check_number
from cellnet.nn._inputs import check_tensors
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor


class Flatten(Cell):
    """Join neighbouring axes into one (mindspore.nn.Flatten).

    Args:
        start_dim: first axis to join.
        end_dim: last axis to join.

    Inputs: x, any dtype, with axes ``start_dim`` and ``end_dim``.
    Outputs: the same elements, the same dtype.

    Raises:
        TypeError: start_dim or end_dim is no int.
        ValueError: x has no such axis, or start_dim comes after end_dim.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.Flatten()(Tensor(np.zeros((2, 3, 4)))).shape
        (2, 12)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = check_int("Flatten", "start_dim", start_dim)
        self.end_dim = check_int("Flatten", "end_dim", end_dim)

    def construct(self, x: Tensor) -> Tensor:
        """Reshape."""
        check_tensors("Flatten", input=x)
        rank = max(x.ndim, 1)
        for axis in (self.start_dim, self.end_dim):
            if not -rank <= axis < rank:
                raise ValueError(
                    f"Flatten: axis {axis} is out of range for an input of shape "
                    f"{x.shape}"
                )
        return ops.flatten(x, start_dim=self.start_dim, end_dim=self.end_dim)


class Identity(Cell):
    """The input itself (mindspore.nn.Identity).

    Args:
        *args: ignored.
        **kwargs: ignored.

    Inputs: x, anything.
    Outputs: x.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs
        super().__init__()

    def construct(self, x: Any) -> Any:
        """Give x back."""
        return x


class OneHot(Cell):
    """A new axis with ``on_value`` at the index, ``off_value`` elsewhere.

    An index outside [0, depth) gives ``off_value`` everywhere (mindspore.nn.OneHot).

    Args:
        axis: where the new axis goes.
        depth: its length, >= 0.
        on_value: value at the index.
        off_value: value elsewhere.
        dtype: type of the result.

    Inputs: indices, any shape, an integer type.
    Outputs: one axis more than the indices, ``dtype``.

    Raises:
        TypeError: the indices are no integers, or depth is no int.
        ValueError: depth < 0.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.OneHot(depth=3)(Tensor([1])).asnumpy().tolist()
        [[0.0, 1.0, 0.0]]
    """

    def __init__(
        self,
        axis: int = -1,
        depth: int = 1,
        on_value: float = 1.0,
        off_value: float = 0.0,
        dtype: Any = mstype.float32,
    ) -> None:
        super().__init__()
        self.axis = check_int("OneHot", "axis", axis, minimum=-1)
        self.depth = check_int("OneHot", "depth", depth, minimum=0)
        self.on_value = check_number("OneHot", "on_value", on_value)
        self.off_value = check_number("OneHot", "off_value", off_value)
        self.dtype = dtype

    def construct(self, indices: Tensor) -> Tensor:
        """Compare the indices with 0 ... depth - 1."""
        check_tensors("OneHot", indices=indices)
        on, off = (Tensor(v, self.dtype) for v in (self.on_value, self.off_value))
        return ops.one_hot(indices, self.depth, on, off, self.axis)
