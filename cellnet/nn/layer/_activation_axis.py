"""Activations along an axis: softmax and its kin, and the gated linear unit."""

from __future__ import annotations

from typing import Any

from cellnet import ops
from cellnet._checks import check_axis, check_int
from cellnet.nn._inputs import check_float
from cellnet.nn.cell import Cell
from cellnet.nn.layer import _activation_maths as maths
from cellnet.tensor import Tensor


def _check_softmax_axis(owner: str, axis: Any) -> Any:
    axes = axis if isinstance(axis, tuple) else (axis,)
    if not all(isinstance(a, int) and not isinstance(a, bool) for a in axes):
        raise TypeError(
            f"{owner}: axis must be an int or a tuple of ints, got {axis!r}"
        )
    return axis


class Softmax(Cell):
    """exp(x_i) / sum_j exp(x_j) along an axis (mindspore.nn.Softmax).

    Args:
        axis: the axis, or a tuple of one or more.

    Inputs: x, at least one axis, a float type.
    Outputs: the same shape and dtype; sums to 1 along the axis.

    Raises:
        TypeError: axis is neither an int nor a tuple of ints.
        ValueError: axis out of range for x.
    """

    def __init__(self, axis: int | tuple[int, ...] = -1) -> None:
        super().__init__()
        self.axis = _check_softmax_axis("Softmax", axis)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.softmax(x, self.axis)


class Softmin(Cell):
    """softmax(-x) along an axis (mindspore.nn.Softmin).

    Args, Inputs, Outputs, Raises: as Softmax.
    """

    def __init__(self, axis: int | tuple[int, ...] = -1) -> None:
        super().__init__()
        self.axis = _check_softmax_axis("Softmin", axis)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.softmax(ops.neg(x), self.axis)


class Softmax2d(Cell):
    """Softmax over the channels at each place of an image (mindspore.nn.Softmax2d).

    Inputs: x (N, C, H, W) or (C, H, W), a float type.
    Outputs: the same shape and dtype.

    Raises:
        ValueError: x of another rank.
    """

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        check_float("Softmax2d", x=x)
        if x.ndim not in (3, 4):
            raise ValueError(
                f"Softmax2d: got input {x.shape}, expected (N, C, H, W) or (C, H, W)"
            )
        return ops.softmax(x, -3)


class LogSoftmax(Cell):
    """log(softmax(x)) along an axis (mindspore.nn.LogSoftmax).

    Args:
        axis: the axis.

    Inputs: x, at least one axis, a float type.
    Outputs: the same shape and dtype.

    Raises:
        TypeError: axis is no int.
        ValueError: axis out of range for x.
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = check_int("LogSoftmax", "axis", axis)

    def construct(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return ops.log_softmax(x, self.axis)


class GLU(Cell):
    """a sigmoid(b) for the halves a, b of x along an axis (mindspore.nn.GLU).

    Args:
        axis: the axis that is halved.

    Inputs: x, of even length along the axis, a float type.
    Outputs: half as long along the axis, the same dtype.

    Raises:
        TypeError: axis is no int.
        ValueError: axis out of range for x, or an odd length.

    References: Dauphin et al., arXiv 1612.08083.
    """

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = check_int("GLU", "axis", axis)

    def construct(self, x: Tensor) -> Tensor:
        """Gate the first half by the second."""
        check_float("GLU", x=x)
        axis = check_axis("GLU", self.axis, x.ndim)
        if x.shape[axis] % 2:
            raise ValueError(
                f"GLU: the length along axis {self.axis} must be even, got {x.shape}"
            )
        return maths.glu(x, axis)
