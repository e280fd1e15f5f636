"""ReduceLROnPlateau: smaller rates once a metric no longer improves."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cellnet._checks import check_choice, check_int, check_number, check_type
from cellnet.experimental.optim.optimizer import Optimizer
from cellnet.ops._op import raw
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class ReduceLROnPlateau:
    """The rate times ``factor`` after ``patience`` steps without a better metric.

    Args:
        optimizer: an optimizer with ``param_groups``.
        mode: whether the metric is better "min" or "max".
        factor: a float < 1.
        patience: an int >= 0.
        threshold: by how much it must be better, a float.
        threshold_mode: "rel" for a share of the best metric, "abs" for the metric
            itself.
        cooldown: steps after a change that do not count, an int >= 0.
        min_lr: least rate, a number or a list of one for each group.
        eps: the least change that is made, a float.

    Raises:
        TypeError: another optimizer, or an argument of a wrong type.
        ValueError: an argument out of range, or another number of rates than groups.

    References: mindspore.experimental.optim.lr_scheduler.ReduceLROnPlateau.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] | tuple[float, ...] = 0,
        eps: float = 1e-8,
    ) -> None:
        owner = "ReduceLROnPlateau"
        check_type(owner, "optimizer", optimizer, Optimizer)
        self.optimizer = optimizer
        self.mode = check_choice(owner, "mode", mode, ("min", "max"))
        self.factor = check_type(owner, "factor", factor, float)
        if factor >= 1.0:
            raise ValueError(f"{owner}: factor must be < 1, got {factor}")
        self.patience = check_int(owner, "patience", patience, minimum=0)
        self.threshold = check_number(owner, "threshold", threshold)
        self.threshold_mode = check_choice(
            owner, "threshold_mode", threshold_mode, ("rel", "abs")
        )
        self.cooldown = check_int(owner, "cooldown", cooldown, minimum=0)
        self.eps = check_number(owner, "eps", eps)
        groups = optimizer.param_groups
        rates = min_lr if isinstance(min_lr, list | tuple) else [min_lr] * len(groups)
        if len(rates) != len(groups):
            raise ValueError(
                f"{owner}: got {len(rates)} min_lr for {len(groups)} groups"
            )
        self.min_lrs = [check_number(owner, "min_lr", rate) for rate in rates]
        worst = float("inf" if mode == "min" else "-inf")
        self.best = Parameter(worst, name="best")
        self.num_bad_epochs = Parameter(0, name="num_bad_epochs")
        self.cooldown_counter = Parameter(0, name="cooldown_counter")
        self.last_epoch = Parameter(0, name="last_epoch_ReduceLROnPlateau")
        self._last_lr = [group["lr"] for group in groups]

    def get_last_lr(self) -> list[Tensor]:
        """The present rate of each group."""
        return [rate.value() for rate in self._last_lr]

    def step(self, metrics: Any) -> bool:
        """Take a metric into account, a number or Tensor; True, as in MindSpore."""
        value = jnp.asarray(raw(metrics), jnp.float32).reshape(())
        better = self._is_better(value, self.best._value)
        bad = jnp.where(better, 0, self.num_bad_epochs._value + 1)
        resting = self.cooldown_counter._value
        bad = jnp.where(resting > 0, 0, bad)
        resting = jnp.maximum(resting - 1, 0)
        due = bad > self.patience
        self.best._value = jnp.where(better, value, self.best._value)
        self.num_bad_epochs._value = jnp.where(due, 0, bad)
        self.cooldown_counter._value = jnp.where(due, self.cooldown, resting)
        self.last_epoch._value = self.last_epoch._value + 1
        for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            rate = group["lr"]._value
            lower = jnp.maximum(rate * self.factor, least)
            change = due & (rate - lower > self.eps)
            group["lr"] = Tensor._wrap(jnp.where(change, lower, rate))
        return True

    def _is_better(self, value: Any, best: Any) -> Any:
        sign = 1.0 if self.mode == "min" else -1.0
        if self.threshold_mode == "rel":
            # of the metric's own sign, so that a best of 0 is not beaten by itself
            return sign * value < sign * best * (1.0 - sign * self.threshold)
        return sign * value < sign * best - self.threshold
