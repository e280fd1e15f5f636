"""ExponentialMovingAverage: weights averaged over the updates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax.numpy as jnp

from cellnet import dtype as mstype
from cellnet._checks import check_number
from cellnet.nn.cell import Cell
from cellnet.nn.optim._apply import widened
from cellnet.nn.wrap._around import AroundOptimizer
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class ExponentialMovingAverage(AroundOptimizer):
    """An optimizer that keeps an average of the weights, often better than the last.

    After each update ``average = decay * average + (1 - decay) * weight``; the first
    one begins with the weights it has made.  The averages are Parameters named
    ``ema.<name>``: sunk loops carry them on the device, checkpoints have them.  They
    are float32 where weights have 16 bits, in which they would stand still.

    Args:
        optimizer: makes the updates.
        decay: in [0, 1); 0.999 is about the last 1000 updates.

    Inputs, Outputs: as the optimizer.

    Raises:
        TypeError: no optimizer; decay is no number.
        ValueError: decay outside [0, 1).

    Example:
        >>> from cellnet import nn
        >>> w = Parameter(Tensor([1.0]), name="w")
        >>> optimizer = ExponentialMovingAverage(nn.SGD([w], 1.0), 0.5)
        >>> for _ in range(2):
        ...     done = optimizer((Tensor([1.0]),))
        >>> with optimizer.averaged():
        ...     float(w)
        -0.5
        >>> float(w)
        -1.0

    References: Polyak and Juditsky, SIAM J. Control Optim. 30(4), 1992.
    """

    def __init__(self, optimizer: Cell, decay: float = 0.999) -> None:
        super().__init__(optimizer)
        owner = "ExponentialMovingAverage"
        self.decay = float(check_number(owner, "decay", decay, minimum=0.0))
        if self.decay >= 1:
            raise ValueError(f"{owner}: decay must be in [0, 1), got {decay}")
        self.averages = self.parameters.clone(prefix="ema")
        for average in self.averages:
            average.requires_grad = False
            average.assign_value(widened(average._value))
        self.num_updates = Parameter(
            Tensor(0, mstype.int32), name="ema_updates", requires_grad=False
        )

    def construct(self, gradients: tuple[Tensor, ...]) -> Any:
        """Update, then average."""
        done = self.optimizer(gradients)
        decay = jnp.where(self.num_updates._value == 0, 0.0, self.decay)
        for average, weight in zip(self.averages, self.parameters, strict=True):
            old = average._value
            new = weight._value.astype(old.dtype)
            average._value = (decay * old + (1 - decay) * new).astype(old.dtype)
        self.num_updates._value = self.num_updates._value + 1
        return done

    def swap(self) -> None:
        """Exchange the weights and their averages."""
        for average, weight in zip(self.averages, self.parameters, strict=True):
            kept = weight.value()
            weight.set_data(average.value())
            average.set_data(kept)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside the ``with`` block the network has the averages for weights."""
        kept = [average.value() for average in self.averages]
        self.swap()
        try:
            yield
        finally:
            self.swap()
            # weights of 16 bits have rounded them
            for average, value in zip(self.averages, kept, strict=True):
                average.set_data(value)
