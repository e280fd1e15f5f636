"""GradientAccumulation: one update for the gradients of several steps."""

from __future__ import annotations

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet._checks import check_int
from cellnet.graph.state import commit_if
from cellnet.nn.cell import Cell
from cellnet.nn.optim._apply import check_gradients
from cellnet.nn.wrap._around import AroundOptimizer
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor


class GradientAccumulation(AroundOptimizer):
    """An optimizer that updates every ``steps`` steps, by the mean of their gradients.

    Where the loss is a mean over the batch, ``steps`` batches of N give the update of
    one batch of ``steps * N``, in the memory of N.  What has been gathered is held in
    float32 Parameters: sunk loops carry it on the device, checkpoints have it, and an
    epoch that ends between two updates loses nothing.  Learning rate schedules count
    updates.

    Args:
        optimizer: makes the updates.
        steps: gradients to gather for one, >= 1.

    Inputs:
        gradients: a tuple of Tensors, one for each Parameter, of its shape.

    Outputs:
        True for each Parameter.

    Raises:
        TypeError: no optimizer; ``steps`` is no int.
        ValueError: ``steps`` < 1; a gradient of another shape.
        RuntimeError: another number of gradients.

    Example:
        >>> from cellnet import nn
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> optimizer = GradientAccumulation(nn.SGD([w], 1.0), 2)
        >>> for gradient in (0.25, 0.75):
        ...     done = optimizer((Tensor([gradient]),))
        >>> float(w)
        0.5

    Differs: mindspore.boost.GradientAccumulation also takes and returns the loss.
    """

    def __init__(self, optimizer: Cell, steps: int) -> None:
        super().__init__(optimizer)
        self.steps = check_int("GradientAccumulation", "steps", steps, minimum=1)
        self.gathered = ParameterTuple(
            Parameter(
                Tensor(jnp.zeros(p.shape, jnp.float32)),
                name=f"grad_accumulation.{p.name}",
                requires_grad=False,
            )
            for p in self.parameters
        )
        self.num_gathered = Parameter(
            Tensor(0, mstype.int32), name="accumulation_step", requires_grad=False
        )

    def construct(self, gradients: tuple[Tensor, ...]) -> tuple[bool, ...]:
        """Gather, and update when there are enough."""
        arrays = check_gradients(self, gradients, self.parameters)
        sums = [
            kept._value + array.astype(jnp.float32)
            for kept, array in zip(self.gathered, arrays, strict=True)
        ]
        count = self.num_gathered._value + 1
        for kept, value in zip(self.gathered, sums, strict=True):
            kept._value = value
        self.num_gathered._value = count

        def update() -> None:
            self.optimizer(
                tuple(
                    Tensor._wrap((value / self.steps).astype(array.dtype))
                    for value, array in zip(sums, arrays, strict=True)
                )
            )
            for kept in (*self.gathered, self.num_gathered):
                kept._value = jnp.zeros_like(kept._value)

        commit_if(count >= self.steps, update)
        return (True,) * len(self.parameters)
