"""Rates that come again and again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_choice, check_int, check_number
from cellnet.experimental.optim.lr_scheduler._base import LRScheduler
from cellnet.experimental.optim.optimizer import Optimizer
from cellnet.ops._op import raw
from cellnet.tensor import Tensor


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from the first rate to ``eta_min``, begun anew each time.

    The first takes ``T_0`` steps, each further one ``T_mult`` times as many.

    Args:
        optimizer, last_epoch: as LRScheduler.
        T_0: an int > 0.
        T_mult: an int > 0.
        eta_min: the least rate, a number.

    Raises:
        ValueError: T_0 or T_mult is no int > 0, as in MindSpore.

    References: mindspore.experimental.optim.lr_scheduler.CosineAnnealingWarmRestarts;
        Loshchilov and Hutter, ICLR 2017.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0,
        last_epoch: int = -1,
    ) -> None:
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"CosineAnnealingWarmRestarts: {name} must be an int > 0, got "
                    f"{value!r}"
                )
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        epoch = self._epoch()
        if self.T_mult == 1:
            length: Any = self.T_0
            done = epoch % self.T_0
        else:
            ratio = epoch / self.T_0 * (self.T_mult - 1) + 1
            # a hair more, as the logarithm may fall short of a whole number
            turn = jnp.floor(jnp.log(ratio) / math.log(self.T_mult) + 1e-5)
            length = self.T_0 * self.T_mult**turn
            done = epoch - self.T_0 * (self.T_mult**turn - 1) / (self.T_mult - 1)
        height = (1 + jnp.cos(math.pi * done / length)) / 2
        return [
            Tensor._wrap(self.eta_min + (base._value - self.eta_min) * height)
            for base in self.base_lrs
        ]


class CyclicLR(LRScheduler):
    """Up from ``base_lr`` to ``max_lr`` and down again, over and over.

    Args:
        optimizer, last_epoch: as LRScheduler.
        base_lr: the least rate, a number or a list of one for each group.
        max_lr: the greatest rate, likewise.
        step_size_up: steps on the way up, an int > 0.
        step_size_down: steps on the way down; as many as up unless given.
        mode: "triangular"; "triangular2", each cycle half as high; "exp_range", the
            height being ``gamma^step``.
        gamma: see there.
        scale_fn: a function for the height, in the place of mode.
        scale_mode: "cycle" if that takes the number of the cycle, from 1, "iterations"
            if that of the step.

    Raises:
        TypeError: an argument of a wrong type.
        ValueError: an argument out of range, or another number of rates than groups.

    References: mindspore.experimental.optim.lr_scheduler.CyclicLR; Smith, WACV 2017.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[Any], Any] | None = None,
        scale_mode: str = "cycle",
        last_epoch: int = -1,
    ) -> None:
        owner = "CyclicLR"
        self._low = self._per_group("base_lr", base_lr, optimizer)
        self._high = self._per_group("max_lr", max_lr, optimizer)
        up = check_int(owner, "step_size_up", step_size_up, minimum=1)
        down = up
        if step_size_down is not None:
            down = check_int(owner, "step_size_down", step_size_down, minimum=1)
        self.total_size, self.step_ratio = float(up + down), up / (up + down)
        modes = ("triangular", "triangular2", "exp_range")
        self.mode = check_choice(owner, "mode", mode, modes)
        self.gamma = check_number(owner, "gamma", gamma)
        check_choice(owner, "scale_mode", scale_mode, ("cycle", "iterations"))
        self.scale_fn = scale_fn
        self.by_cycle = scale_mode == "cycle" if scale_fn else mode != "exp_range"
        for group, rate in zip(optimizer.param_groups, self._low, strict=True):
            if last_epoch == -1:
                group["lr"] = rate
        super().__init__(optimizer, last_epoch)

    @staticmethod
    def _per_group(name: str, value: Any, optimizer: Optimizer) -> list[float]:
        count = len(optimizer.param_groups)
        values = list(value) if isinstance(value, list | tuple) else [value] * count
        if len(values) != count:
            raise ValueError(f"CyclicLR: got {len(values)} {name} for {count} groups")
        return [check_number("CyclicLR", name, item) for item in values]

    def get_lr(self) -> list[Tensor]:
        """The rate of each group at ``last_epoch``."""
        epoch = self._epoch()
        cycle = jnp.floor(1 + epoch / self.total_size)
        place = 1 + epoch / self.total_size - cycle
        height = jnp.where(
            place <= self.step_ratio,
            place / self.step_ratio,
            (1 - place) / (1 - self.step_ratio),
        )
        height = height * self._scale(cycle if self.by_cycle else epoch)
        return [
            Tensor._wrap(low + (high - low) * height)
            for low, high in zip(self._low, self._high, strict=True)
        ]

    def _scale(self, count: Any) -> Any:
        if self.scale_fn is not None:
            return raw(self.scale_fn(Tensor._wrap(count)))
        if self.mode == "triangular2":
            return 0.5 ** (count - 1)
        return self.gamma**count if self.mode == "exp_range" else 1.0
