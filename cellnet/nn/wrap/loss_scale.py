"""Training steps that scale the loss, and skip updates whose gradients overflow."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet.graph.state import commit_where
from cellnet.nn.cell import Cell
from cellnet.nn.wrap.cell_wrapper import TrainOneStepCell, loss_and_grads
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class DynamicLossScaleUpdateCell(Cell):
    """Halves the scale at an overflow, raises it after a clean run of steps.

    scale = max(scale / factor, 1) at an overflow, scale * factor after
    ``scale_window`` steps without one (mindspore.nn.DynamicLossScaleUpdateCell).

    Args:
        loss_scale_value: the first scale, > 0.
        scale_factor: > 1.
        scale_window: steps, >= 1.

    Inputs: the scale Parameter and whether an overflow happened, a Tensor.

    Outputs: the overflow flag.

    Raises:
        ValueError: a value out of range.
    """

    def __init__(
        self, loss_scale_value: float, scale_factor: int, scale_window: int
    ) -> None:
        super().__init__()
        for name, value in (
            ("loss_scale_value", loss_scale_value),
            ("scale_factor", scale_factor),
            ("scale_window", scale_window),
        ):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{name} must be a number, got {type(value).__name__}")
            if value <= 0:
                raise ValueError(f"{name} must be positive, got {value}")
        self.scale_factor = scale_factor
        self.scale_window = scale_window
        self.loss_scale_value = loss_scale_value
        self.cur_iter = Parameter(Tensor(1, mstype.int32), name="current_iterator_step")
        self.last_overflow_iter = Parameter(
            Tensor(0, mstype.int32), name="last_overflow_iterator_step"
        )

    def get_loss_scale(self) -> float:
        """The first scale."""
        return self.loss_scale_value

    def construct(self, loss_scale: Parameter, overflow: Tensor) -> Tensor:
        flag = _as_flag(overflow)
        scale, step = loss_scale._value, self.cur_iter._value
        last = jnp.where(flag, step, self.last_overflow_iter._value)
        due = (step - last) >= self.scale_window
        lowered = jnp.maximum(scale / self.scale_factor, 1.0)
        raised = jnp.where(due, scale * self.scale_factor, scale)
        loss_scale._value = jnp.where(flag, lowered, raised).astype(scale.dtype)
        self.last_overflow_iter._value = jnp.where(due & ~flag, step, last)
        self.cur_iter._value = step + 1
        return overflow


class FixedLossScaleUpdateCell(Cell):
    """Keeps the scale (mindspore.nn.FixedLossScaleUpdateCell).

    Args:
        loss_scale_value: the scale, > 0.
    """

    def __init__(self, loss_scale_value: float) -> None:
        super().__init__()
        self.loss_scale_value = loss_scale_value

    def get_loss_scale(self) -> float:
        """The scale."""
        return self.loss_scale_value

    def construct(self, loss_scale: Parameter, overflow: Tensor) -> Tensor:
        del loss_scale
        return overflow


def _as_flag(overflow: Any) -> Any:
    value = overflow._value if isinstance(overflow, Tensor) else jnp.asarray(overflow)
    return value.reshape(()).astype(bool)


class TrainOneStepWithLossScaleCell(TrainOneStepCell):
    """A training step with a scaled loss (mindspore.nn.TrainOneStepWithLossScaleCell).

    The loss is multiplied by the scale before differentiation and the gradients are
    divided by it; a step whose gradients are not all finite updates no weight and no
    state of the optimizer (moving averages follow the forward pass all the same).

    Args:
        network: Cell that returns the loss.
        optimizer: the optimizer.
        scale_sense: a Cell such as DynamicLossScaleUpdateCell, or a Tensor of shape ()
            or (1,) with a fixed scale.

    Inputs: what the network takes.

    Outputs: (loss, overflow flag, scale).

    Raises:
        TypeError: ``scale_sense`` is neither.
        ValueError: a Tensor of another shape.
    """

    def __init__(self, network: Cell, optimizer: Cell, scale_sense: Any) -> None:
        super().__init__(network, optimizer, sens=None)
        self.loss_scaling_manager = None
        if isinstance(scale_sense, Cell):
            self.loss_scaling_manager = scale_sense
            first = float(scale_sense.get_loss_scale())
            self.scale_sense = Parameter(Tensor(first), name="scale_sense")
        elif isinstance(scale_sense, Tensor):
            if scale_sense.shape not in ((), (1,)):
                raise ValueError(
                    "TrainOneStepWithLossScaleCell: scale_sense must have shape () or "
                    f"(1,), got {scale_sense.shape}"
                )
            self.scale_sense = Parameter(scale_sense, name="scale_sense")
        else:
            raise TypeError(
                "TrainOneStepWithLossScaleCell: scale_sense must be a Cell or a "
                f"Tensor, got {type(scale_sense).__name__}"
            )

    def construct(self, *inputs: Any) -> tuple[Any, Tensor, Tensor]:
        scale = self.scale_sense.value()
        status, scale = self.start_overflow_check(None, scale)
        factor = Tensor._wrap(scale._value.reshape(()))
        loss, grads = loss_and_grads(self.network, inputs, self.weights, factor)
        # in the scale's float32: 1 / 2**25 is 0 in float16
        unscale = 1.0 / factor._value
        grads = tuple(
            Tensor._wrap((g._value * unscale).astype(g._value.dtype)) for g in grads
        )
        grads = self.grad_reducer(grads)
        cond = self.get_overflow_status(status, grads)
        overflow = self.process_loss_scale(cond)
        commit_where(~_as_flag(overflow), lambda: self.optimizer(grads))
        return loss, cond, scale

    def set_sense_scale(self, sens: Any) -> None:
        """Set the scale from now on.

        Args:
            sens: a number or a Tensor of the present scale's shape.

        Raises:
            TypeError: something else.
        """
        if not isinstance(sens, Tensor | int | float) or isinstance(sens, bool):
            raise TypeError(
                f"set_sense_scale: expected a number or Tensor, got "
                f"{type(sens).__name__}"
            )
        self.scale_sense.set_data(sens)

    def start_overflow_check(
        self, pre_cond: Any, compute_input: Any
    ) -> tuple[Any, Any]:
        """Nothing to prepare: overflow is read off the gradients."""
        return pre_cond, compute_input

    def get_overflow_status(self, status: Any, compute_output: Any) -> Tensor:
        """Whether some value in ``compute_output`` is infinite or NaN."""
        del status
        finite = jnp.asarray(True)
        for gradient in compute_output:
            finite &= jnp.isfinite(gradient._value).all()
        return Tensor._wrap(~finite)

    def process_loss_scale(self, overflow: Tensor) -> Tensor:
        """Let the manager update the scale; returns the flag."""
        if self.loss_scaling_manager is not None:
            return self.loss_scaling_manager(self.scale_sense, overflow)
        return overflow
