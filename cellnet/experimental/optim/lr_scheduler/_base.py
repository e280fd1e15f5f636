"""The base of schedulers that are stepped by hand, mostly once an epoch."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet.experimental.optim.optimizer import Optimizer
from cellnet.ops._op import raw
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class LRScheduler:
    """Base of schedulers (mindspore.experimental.optim.lr_scheduler.LRScheduler).

    A subclass defines ``get_lr``; making it and each ``step`` call it and set the rates
    of the optimizer.  It may use ``last_epoch``, how often ``step`` was called;
    ``base_lrs``, the first rate of each group; and ``_last_lr``, the present ones.

    Args:
        optimizer: an optimizer with ``param_groups``.
        last_epoch: -1 for a new training; else the number of steps done before, with
            ``initial_lr`` in each group.

    Raises:
        TypeError: another optimizer.
        KeyError: a group without ``initial_lr`` though last_epoch is not -1.
        ValueError: last_epoch is no int >= -1.

    Example:
        >>> from cellnet import Parameter, Tensor
        >>> from cellnet.experimental import optim
        >>> class Halved(optim.lr_scheduler.LRScheduler):
        ...     def get_lr(self):
        ...         return [lr * 0.5 for lr in self._last_lr]
        >>> rule = optim.SGD([Parameter(Tensor([1.0]), name="w")], lr=0.5)
        >>> float(Halved(rule).get_last_lr()[0])
        0.25
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        owner = type(self).__name__
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{owner}: optimizer must be one of experimental.optim, got "
                f"{type(optimizer).__name__}"
            )
        if isinstance(last_epoch, bool) or not isinstance(last_epoch, int):
            raise ValueError(f"{owner}: last_epoch must be an int, got {last_epoch!r}")
        if last_epoch < -1:
            raise ValueError(f"{owner}: last_epoch must be >= -1, got {last_epoch}")
        for index, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"].value())
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{owner}: param_groups[{index}] has no 'initial_lr', which "
                    f"last_epoch={last_epoch} needs"
                )
        self.optimizer = optimizer
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.groups_num = len(self.base_lrs)
        self.last_epoch = Parameter(float(last_epoch), name=f"last_epoch_{owner}")
        self._last_lr = [group["lr"] for group in optimizer.param_groups]
        self.step()

    def get_lr(self) -> list[Any]:
        """The rate of each group at ``last_epoch``; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} must define get_lr()")

    def get_last_lr(self) -> list[Tensor]:
        """The present rate of each group."""
        return [rate.value() for rate in self._last_lr]

    def step(self, epoch: int | None = None) -> bool:
        """Go on by one, or to ``epoch``, and set the rates; True, as in MindSpore."""
        here = self.last_epoch
        if epoch is None:
            here._value = here._value + 1
        else:
            here._value = jnp.asarray(raw(epoch), jnp.float32).reshape(())
        self._set(self.get_lr())
        return True

    def _set(self, rates: list[Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate

    def _epoch(self) -> Any:
        """``last_epoch`` as an array."""
        return self.last_epoch._value

    def _scaled(self, factor: Any) -> list[Tensor]:
        """The present rates, times an array."""
        return [Tensor._wrap(rate._value * factor) for rate in self._last_lr]
