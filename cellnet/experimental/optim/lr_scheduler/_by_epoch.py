"""Rates as functions of how often ``step`` was called.

Each multiplies the present rate, so that changes from elsewhere stay; the number of
steps is a Parameter, so that ``step`` may be part of a compiled program.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_int, check_number, check_type
from cellnet.experimental.optim.lr_scheduler._base import LRScheduler
from cellnet.experimental.optim.optimizer import Optimizer
from cellnet.tensor import Tensor


class StepLR(LRScheduler):
    """The rate times ``gamma`` at each ``step_size``-th step.

    Args:
        optimizer, last_epoch: as LRScheduler.
        step_size: an int > 0.
        gamma: a number.

    Raises:
        TypeError: an argument of a wrong type.
        ValueError: step_size < 1.

    References: mindspore.experimental.optim.lr_scheduler.StepLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        step_size: int,
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.step_size = check_int("StepLR", "step_size", step_size, minimum=1)
        self.gamma = check_number("StepLR", "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        epoch = self._epoch()
        due = (epoch > 0) & (epoch % self.step_size == 0)
        return self._scaled(jnp.where(due, self.gamma, 1.0))


class MultiStepLR(LRScheduler):
    """The rate times ``gamma`` at each milestone.

    Args:
        optimizer, last_epoch: as LRScheduler.
        milestones: a list of ints.
        gamma: a float.

    Raises:
        TypeError: an argument of a wrong type.

    References: mindspore.experimental.optim.lr_scheduler.MultiStepLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: list[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        check_type("MultiStepLR", "milestones", milestones, list)
        for milestone in milestones:
            check_int("MultiStepLR", "milestones", milestone)
        self.milestones = tuple(milestones)
        self.gamma = check_type("MultiStepLR", "gamma", gamma, float)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        times = sum((self._epoch() == m).astype(jnp.float32) for m in self.milestones)
        return self._scaled(self.gamma**times)


class ExponentialLR(LRScheduler):
    """The rate times ``gamma`` at each step.

    Args:
        optimizer, last_epoch: as LRScheduler.
        gamma: a number.

    Raises:
        TypeError: an argument of a wrong type.

    References: mindspore.experimental.optim.lr_scheduler.ExponentialLR.
    """

    def __init__(
        self, optimizer: Optimizer, gamma: float, last_epoch: int = -1
    ) -> None:
        self.gamma = check_number("ExponentialLR", "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        return self._scaled(jnp.where(self._epoch() > 0, self.gamma, 1.0))


class ConstantLR(LRScheduler):
    """The rate times ``factor`` until step ``total_iters``.

    Args:
        optimizer, last_epoch: as LRScheduler.
        factor: a number in [0, 1].
        total_iters: an int.

    Raises:
        TypeError: an argument of a wrong type.
        ValueError: factor out of range.

    References: mindspore.experimental.optim.lr_scheduler.ConstantLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.factor = check_number(
            "ConstantLR", "factor", factor, minimum=0.0, maximum=1.0
        )
        self.total_iters = check_int("ConstantLR", "total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        epoch = self._epoch()
        back = jnp.where(epoch == self.total_iters, 1.0 / self.factor, 1.0)
        return self._scaled(jnp.where(epoch == 0, self.factor, back))


class LinearLR(LRScheduler):
    """The first rate times what goes from ``start_factor`` to ``end_factor``.

    Args:
        optimizer, last_epoch: as LRScheduler.
        start_factor: a number in (0, 1].
        end_factor: a number in [0, 1].
        total_iters: how many steps the way takes, an int.

    Raises:
        TypeError: an argument of a wrong type.
        ValueError: a factor out of range.

    References: mindspore.experimental.optim.lr_scheduler.LinearLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        check_number("LinearLR", "start_factor", start_factor)
        if not 0 < start_factor <= 1:
            raise ValueError(
                f"LinearLR: start_factor must be in (0, 1], got {start_factor}"
            )
        check_number("LinearLR", "end_factor", end_factor, minimum=0.0, maximum=1.0)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = check_int("LinearLR", "total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        epoch, total = self._epoch(), self.total_iters
        rise = self.end_factor - self.start_factor
        change = 1.0 + rise / (total * self.start_factor + (epoch - 1) * rise)
        going = jnp.where(epoch > total, 1.0, change)
        return self._scaled(jnp.where(epoch == 0, self.start_factor, going))


class PolynomialLR(LRScheduler):
    """The first rate times ``(1 - step / total_iters)^power``, then 0.

    Args:
        optimizer, last_epoch: as LRScheduler.
        total_iters: how many steps the way takes, an int.
        power: a number.

    Raises:
        TypeError: an argument of a wrong type.

    References: mindspore.experimental.optim.lr_scheduler.PolynomialLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_iters = check_int("PolynomialLR", "total_iters", total_iters)
        self.power = check_number("PolynomialLR", "power", power)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        epoch, total = self._epoch(), self.total_iters
        left = jnp.clip(1.0 - epoch / total, 0.0, 1.0)
        before = jnp.where(epoch > total, 1.0, 1.0 - (epoch - 1.0) / total)
        factor = jnp.where(epoch > total, 1.0, (left / before) ** self.power)
        return self._scaled(jnp.where(epoch == 0, 1.0, factor))


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the first rate to ``eta_min`` in ``T_max`` steps, and back.

    Args:
        optimizer, last_epoch: as LRScheduler.
        T_max: an int.
        eta_min: the least rate, a number.

    Raises:
        TypeError: an argument of a wrong type.

    References: mindspore.experimental.optim.lr_scheduler.CosineAnnealingLR; Loshchilov
        and Hutter, ICLR 2017.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.T_max = check_int("CosineAnnealingLR", "T_max", T_max, minimum=1)
        self.eta_min = check_number("CosineAnnealingLR", "eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        return [
            Tensor._wrap(self._next(rate._value, base._value))
            for rate, base in zip(self._last_lr, self.base_lrs, strict=True)
        ]

    def _next(self, rate: Any, base: Any) -> Any:
        epoch, period, least = self._epoch(), self.T_max, self.eta_min

        def height(step: Any) -> Any:
            return 1.0 + jnp.cos(math.pi * step / period)

        turned = (epoch - 1 - period) % (2 * period) == 0
        rise = (base - least) * (1 - math.cos(math.pi / period)) / 2
        below = jnp.where(turned, 1.0, height(epoch - 1))
        going = height(epoch) / below * (rate - least) + least
        return jnp.where(epoch == 0, rate, jnp.where(turned, rate + rise, going))
