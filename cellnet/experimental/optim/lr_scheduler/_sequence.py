"""SequentialLR: one scheduler after another."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from cellnet.experimental.optim.lr_scheduler._base import LRScheduler
from cellnet.experimental.optim.optimizer import Optimizer
from cellnet.tensor import Tensor


class SequentialLR:
    """One scheduler up to each milestone, then the next, which begins at 0.

    Args:
        optimizer: the optimizer of all schedulers.
        schedulers: a list of LRSchedulers.
        milestones: steps at which the next one takes over, one less than schedulers.
        last_epoch: as LRScheduler.

    Raises:
        ValueError: schedulers of another optimizer, or another number of milestones.

    References: mindspore.experimental.optim.lr_scheduler.SequentialLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
        last_epoch: int = -1,
    ) -> None:
        for index, scheduler in enumerate(schedulers):
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"SequentialLR: schedulers[{index}] is of another optimizer"
                )
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: expected {len(schedulers) - 1} milestones for "
                f"{len(schedulers)} schedulers, got {len(milestones)}"
            )
        self.optimizer = optimizer
        self._schedulers = list(schedulers)
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:  # each scheduler has stepped already
            group["lr"] = group["initial_lr"]
        for scheduler in schedulers:
            scheduler.last_epoch._value = scheduler.last_epoch._value - 1
        self._schedulers[0].step()

    def step(self) -> None:
        """Go on by one."""
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        scheduler: Any = self._schedulers[index]
        if index and self._milestones[index - 1] == self.last_epoch:
            for group in self.optimizer.param_groups:
                group["lr"] = group["initial_lr"]
            scheduler.step(0)
        else:
            scheduler.step()

    def get_last_lr(self) -> list[Tensor]:
        """The present rate of each group."""
        return [group["lr"].value() for group in self.optimizer.param_groups]
