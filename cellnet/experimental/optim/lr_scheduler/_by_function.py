"""Rates by functions of the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from cellnet.experimental.optim.lr_scheduler._base import LRScheduler
from cellnet.experimental.optim.optimizer import Optimizer
from cellnet.tensor import Tensor

Factor = Callable[[Any], Any]


class _ByFunction(LRScheduler):
    """Schedulers with a function of ``last_epoch`` for each group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Factor | list[Factor] | tuple[Factor, ...],
        last_epoch: int = -1,
    ) -> None:
        count = len(getattr(optimizer, "param_groups", ()))
        if not isinstance(lr_lambda, list | tuple):
            lr_lambda = [lr_lambda] * count
        if len(lr_lambda) != count:
            raise ValueError(
                f"{type(self).__name__}: got {len(lr_lambda)} functions for {count} "
                "groups of parameters"
            )
        self.lr_lambdas = list(lr_lambda)
        super().__init__(optimizer, last_epoch)


class LambdaLR(_ByFunction):
    """The first rate times ``lr_lambda(last_epoch)``.

    Args:
        optimizer, last_epoch: as LRScheduler.
        lr_lambda: a function of the number of steps, or a list of one for each group.

    Raises:
        ValueError: another number of functions than of groups.

    References: mindspore.experimental.optim.lr_scheduler.LambdaLR.
    """

    def get_lr(self) -> list[Any]:
        """The rate of each group at ``last_epoch``."""
        here = self.last_epoch.value()
        return [
            base * factor(here)
            for factor, base in zip(self.lr_lambdas, self.base_lrs, strict=True)
        ]


class MultiplicativeLR(_ByFunction):
    """The present rate times ``lr_lambda(last_epoch)`` at each step but the first.

    Args, Raises: as LambdaLR.

    References: mindspore.experimental.optim.lr_scheduler.MultiplicativeLR.
    """

    def get_lr(self) -> list[Any]:
        """The rate of each group at ``last_epoch``."""
        here, epoch = self.last_epoch.value(), self._epoch()
        rates = []
        for factor, rate in zip(self.lr_lambdas, self._last_lr, strict=True):
            later = (rate * factor(here))._value
            rates.append(Tensor._wrap(jnp.where(epoch > 0, later, rate._value)))
        return rates
