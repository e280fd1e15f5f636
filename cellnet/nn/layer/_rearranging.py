"""Cells that move elements about: Roll, Unflatten, Unfold."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet import ops
from cellnet._checks import check_axis, check_choice, check_int, check_type
from cellnet.nn._inputs import check_tensors
from cellnet.nn.cell import Cell
from cellnet.nn.layer._geometry import Pads
from cellnet.ops._op import op
from cellnet.ops._windows import same_padding
from cellnet.tensor import Tensor


class Roll(Cell):
    """Elements moved along axes, the last coming first again (mindspore.nn.Roll).

    Args:
        shift: by how many places, an int or a tuple or list of one for each axis.
        axis: the axis, or a tuple or list of them.

    Inputs: x, with these axes, any dtype.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: an argument is neither an int nor a tuple or list of ints.
        ValueError: shift and axis of different lengths, or an axis out of range.
    """

    def __init__(self, shift: Any, axis: Any) -> None:
        super().__init__()
        self.shift = self._ints("shift", shift)
        self.axis = self._ints("axis", axis)
        if len(self.shift) != len(self.axis):
            raise ValueError(
                f"Roll: shift and axis must be of one length, got {shift} and {axis}"
            )

    @staticmethod
    def _ints(name: str, value: Any) -> tuple[int, ...]:
        check_type("Roll", name, value, int, tuple, list)
        items = (value,) if isinstance(value, int) else value
        return tuple(check_int("Roll", name, item) for item in items)

    def construct(self, x: Tensor) -> Tensor:
        """Move."""
        return ops.roll(x, self.shift, self.axis)


class Unflatten(Cell):
    """One axis made into several (mindspore.nn.Unflatten).

    Args:
        axis: the axis.
        unflattened_size: the lengths of the new axes, a tuple or list of ints.

    Inputs: x, any dtype.
    Outputs: the same elements, more axes.

    Raises:
        TypeError: an argument of a wrong type.
        ValueError: an axis out of range, or lengths whose product is not that of the
            axis.

    Example:
        >>> import numpy as np
        >>> from cellnet import Tensor, nn
        >>> nn.Unflatten(1, (2, 5))(Tensor(np.zeros((2, 10, 5)))).shape
        (2, 2, 5, 5)
    """

    def __init__(self, axis: int, unflattened_size: Any) -> None:
        super().__init__()
        self.axis = check_int("Unflatten", "axis", axis)
        check_type("Unflatten", "unflattened_size", unflattened_size, tuple, list)
        self.unflattened_size = tuple(
            check_int("Unflatten", "unflattened_size", size)
            for size in unflattened_size
        )

    def construct(self, x: Tensor) -> Tensor:
        """Reshape."""
        check_tensors("Unflatten", x=x)
        axis = check_axis("Unflatten", self.axis, x.ndim)
        if np.prod(self.unflattened_size) != x.shape[axis]:
            raise ValueError(
                f"Unflatten: {self.unflattened_size} does not hold the {x.shape[axis]} "
                f"elements of axis {self.axis} of {x.shape}"
            )
        shape = (*x.shape[:axis], *self.unflattened_size, *x.shape[axis + 1 :])
        return ops.reshape(x, shape)


class Unfold(Cell):
    """The elements of each window, as channels (mindspore.nn.Unfold).

    Args:
        ksizes: size of the window, [1, rows, columns, 1].
        strides: step of the window, [1, rows, columns, 1].
        rates: distance of the window's elements, [1, rows, columns, 1].
        padding: "same" or "valid", capitals or not.

    Inputs: x (N, C, H, W), a number type.
    Outputs: (N, rows columns C, H', W'), the same dtype; a window's place comes before
        the channel.

    Raises:
        TypeError: an argument that is no tuple or list, or entries that are no ints.
        ValueError: an argument of another form, another padding, or x of another rank.
    """

    def __init__(
        self, ksizes: Any, strides: Any, rates: Any, padding: str = "valid"
    ) -> None:
        super().__init__()
        self.ksizes = self._two("ksizes", ksizes)
        self.strides = self._two("strides", strides)
        self.rates = self._two("rates", rates)
        check_type("Unfold", "padding", padding, str)
        self.padding = check_choice(
            "Unfold", "padding", padding.lower(), ("valid", "same")
        )

    @staticmethod
    def _two(name: str, value: Any) -> tuple[int, int]:
        check_type("Unfold", name, value, tuple, list)
        if len(value) != 4 or value[0] != 1 or value[3] != 1:
            raise ValueError(
                f"Unfold: {name} must be [1, rows, columns, 1], got {value}"
            )
        rows, columns = (check_int("Unfold", name, v, minimum=1) for v in value[1:3])
        return rows, columns

    def construct(self, x: Tensor) -> Tensor:
        """Gather the windows."""
        check_tensors("Unfold", x=x)
        if x.ndim != 4:
            raise ValueError(f"Unfold: got input {x.shape}, expected (N, C, H, W)")
        pads: Pads = ((0, 0), (0, 0))
        if self.padding == "same":
            pads = same_padding(x.shape[2:], self.ksizes, self.strides, self.rates)
        return _windows(x, self.ksizes, self.strides, self.rates, pads)


@op
def _windows(x: Any, window: Any, stride: Any, rate: Any, pads: Any) -> Any:
    x = jnp.pad(x, ((0, 0), (0, 0), *pads))
    counts = [
        (n - (k - 1) * r - 1) // s + 1
        for n, k, s, r in zip(x.shape[2:], window, stride, rate, strict=True)
    ]
    parts = [
        x[
            :,
            :,
            i * rate[0] : i * rate[0] + (counts[0] - 1) * stride[0] + 1 : stride[0],
            j * rate[1] : j * rate[1] + (counts[1] - 1) * stride[1] + 1 : stride[1],
        ]
        for i in range(window[0])
        for j in range(window[1])
    ]
    return jnp.concatenate(parts, 1)
