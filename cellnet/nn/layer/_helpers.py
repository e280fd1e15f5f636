"""Small Cells of MindSpore's older releases: ClipByNorm, L1Regularizer, ..."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import ops
from cellnet._checks import check_axes, check_int, check_positive, check_type
from cellnet.nn._inputs import check_float, check_tensors
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.tensor import Tensor


class ClipByNorm(Cell):
    """x, scaled down to a norm of at most clip_norm (mindspore.nn.ClipByNorm).

    Args:
        axis: axes of the norm, an int or a tuple of ints; None for all.

    Inputs: x, a float type; clip_norm, a Tensor that broadcasts with the norm.
    Outputs: the shape of x, float32.

    Raises:
        TypeError: axis or an input of a wrong type.
        ValueError: an axis out of range.

    Example:
        >>> from cellnet import Tensor, nn
        >>> nn.ClipByNorm()(Tensor([3.0, 4.0]), Tensor(1.0)).asnumpy().round(2).tolist()
        [0.6000000238418579, 0.800000011920929]
    """

    def __init__(self, axis: int | tuple[int, ...] | None = None) -> None:
        super().__init__()
        if axis is not None:
            check_type("ClipByNorm", "axis", axis, int, tuple)
        self.axis = axis

    def construct(self, x: Tensor, clip_norm: Tensor) -> Tensor:
        """Divide what is too long."""
        check_float("ClipByNorm", x=x)
        check_tensors("ClipByNorm", clip_norm=clip_norm)
        return _clipped(x, clip_norm, self.axis)


class L1Regularizer(Cell):
    """scale sum |w| (mindspore.nn.L1Regularizer).

    Args:
        scale: a finite number > 0.

    Inputs: weights, a float type.
    Outputs: shape (), the same dtype.

    Raises:
        TypeError: scale is no number, or the weights no float Tensor.
        ValueError: scale is not above 0, or infinite.
    """

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = check_positive("L1Regularizer", "scale", scale)
        if self.scale == float("inf"):
            raise ValueError("L1Regularizer: scale must be finite")

    def construct(self, weights: Tensor) -> Tensor:
        """Add the absolute values."""
        check_float("L1Regularizer", weights=weights)
        return ops.reduce_sum(ops.abs(weights)) * self.scale


class TimeDistributed(Cell):
    """A layer at each point of time (mindspore.nn.TimeDistributed).

    Args:
        layer: Cell or function of one Tensor.
        time_axis: the axis of time of the input, and of the output.
        reshape_with_axis: kept; all points of time are one batch if it is given.

    Inputs: x, with the axis.
    Outputs: what the layer gives for each point, stacked along the axis.

    Raises:
        TypeError: layer cannot be called, or an axis is no int.
        ValueError: an axis out of range.
    """

    def __init__(
        self, layer: Any, time_axis: int, reshape_with_axis: int | None = None
    ) -> None:
        super().__init__()
        if not callable(layer):
            raise TypeError(
                f"TimeDistributed: layer must be a Cell, got {type(layer).__name__}"
            )
        self.layer = layer
        self.time_axis = check_int("TimeDistributed", "time_axis", time_axis)
        if reshape_with_axis is not None:
            check_int("TimeDistributed", "reshape_with_axis", reshape_with_axis)
        self.reshape_with_axis = reshape_with_axis

    def construct(self, inputs: Tensor) -> Tensor:
        """Call the layer for each point."""
        check_tensors("TimeDistributed", inputs=inputs)
        if not -inputs.ndim <= self.time_axis < inputs.ndim:
            raise ValueError(
                f"TimeDistributed: axis {self.time_axis} is out of range for "
                f"{inputs.shape}"
            )
        points = ops.unstack(inputs, self.time_axis)
        return ops.stack([self.layer(point) for point in points], self.time_axis)


@op
def _clipped(x: Any, clip_norm: Any, axis: Any) -> Any:
    wide = x.astype(jnp.float32)
    axes = check_axes("ClipByNorm", axis, x.ndim)
    norm = jnp.sqrt(jnp.square(wide).sum(axes, keepdims=True))
    return wide * clip_norm / jnp.maximum(norm, clip_norm)
