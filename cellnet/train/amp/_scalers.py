"""Loss scalers: for training steps written by hand (mindspore.amp)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet._checks import check_int
from cellnet.graph.guards import Watched
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class LossScaler(Watched):
    """Base class: scales a loss, and takes the scale out of its gradients."""

    scale_value: Parameter

    def scale(self, inputs: Any) -> Any:
        """``inputs`` times the scale: a Tensor, or a tuple or list of them."""
        return _times(inputs, self.scale_value._value)

    def unscale(self, inputs: Any) -> Any:
        """``inputs`` over the scale: a Tensor, or a tuple or list of them."""
        return _times(inputs, 1.0 / self.scale_value._value)

    def adjust(self, grads_finite: Tensor) -> bool:
        """Take in whether the gradients are finite."""
        raise NotImplementedError(f"{type(self).__name__}.adjust")

    def get_parameters(self) -> list[Parameter]:
        """The scale, and what a subclass keeps besides."""
        return [value for value in vars(self).values() if isinstance(value, Parameter)]


class StaticLossScaler(LossScaler):
    """The same scale for ever (mindspore.amp.StaticLossScaler).

    Args:
        scale_value: the scale, a number > 0.

    Raises:
        TypeError: no number.
        ValueError: not positive.

    Example:
        >>> from cellnet import Tensor
        >>> scaler = StaticLossScaler(1024)
        >>> float(scaler.unscale(scaler.scale(Tensor(3.0))))
        3.0
    """

    def __init__(self, scale_value: float) -> None:
        self.scale_value = _scale_parameter("StaticLossScaler", scale_value)

    def adjust(self, grads_finite: Tensor) -> bool:
        """Change nothing; False."""
        del grads_finite
        return False


class DynamicLossScaler(LossScaler):
    """Lower at an overflow, higher after a run without (mindspore.amp).

    scale = max(scale / scale_factor, 1) at an overflow; scale * scale_factor when
    ``scale_window`` steps went without.  Scale and counter are Parameters: inside a
    compiled or sunk step they change on the device.

    Args:
        scale_value: the first scale, a number > 0.
        scale_factor: an int > 0.
        scale_window: steps, an int > 0.

    Raises:
        TypeError: an argument of another type.
        ValueError: one out of range.

    Example:
        >>> from cellnet import Tensor
        >>> scaler = DynamicLossScaler(1024, 2, 50)
        >>> scaler.adjust(Tensor(False))
        True
        >>> float(scaler.scale_value.asnumpy())
        512.0
    """

    def __init__(
        self, scale_value: float, scale_factor: int, scale_window: int
    ) -> None:
        owner = "DynamicLossScaler"
        self.scale_value = _scale_parameter(owner, scale_value)
        self.scale_factor = check_int(owner, "scale_factor", scale_factor, minimum=1)
        self.scale_window = check_int(owner, "scale_window", scale_window, minimum=1)
        self.counter = Parameter(
            Tensor(0, mstype.int32), name="counter", requires_grad=True
        )

    def adjust(self, grads_finite: Tensor) -> bool:
        """Change the scale by whether the gradients are finite; True.

        Args:
            grads_finite: a bool Tensor ().
        """
        finite = jnp.asarray(
            grads_finite._value if isinstance(grads_finite, Tensor) else grads_finite
        ).reshape(())
        scale, clean = self.scale_value._value, self.counter._value + 1
        due = clean >= self.scale_window
        raised = jnp.where(due, scale * self.scale_factor, scale)
        # a scale that has become infinite would stay so
        raised = jnp.where(jnp.isfinite(raised), raised, scale)
        lowered = jnp.maximum(scale / self.scale_factor, 1.0)
        self.scale_value._value = jnp.where(finite, raised, lowered).astype(scale.dtype)
        self.counter._value = jnp.where(finite & ~due, clean, 0).astype(jnp.int32)
        return True


def parameters_of_scalers(network: Cell) -> list[Parameter]:
    """Those of the scalers that Cells of ``network`` have as attributes.

    A scaler is no Cell, so that they are not among the network's own.
    """
    scalers = {
        id(value): value
        for _, cell in network.cells_and_names()
        for value in vars(cell).values()
        if isinstance(value, LossScaler)
    }
    return [p for scaler in scalers.values() for p in scaler.get_parameters()]


def _scale_parameter(owner: str, value: Any) -> Parameter:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(
            f"{owner}: scale_value must be a number, got {type(value).__name__} "
            f"({value!r})"
        )
    if value <= 0:
        raise ValueError(f"{owner}: scale_value must be positive, got {value}")
    return Parameter(Tensor(float(value), mstype.float32), name="scale_value")


def _times(inputs: Any, factor: Any) -> Any:
    """Each Tensor times ``factor``, in its own type."""
    if isinstance(inputs, tuple | list):
        scaled = [_times(value, factor) for value in inputs]
        return scaled if isinstance(inputs, list) else tuple(scaled)
    value = inputs._value
    # the product is made in float32: 2**24 is infinite in float16
    return Tensor._wrap((value * factor).astype(value.dtype))
