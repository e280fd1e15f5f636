"""Callbacks that change the learning rate: ReduceLROnPlateau, LearningRateScheduler.

The rate is a Parameter of the optimizer, so that a change compiles nothing and counts
from the next step on, sunk or not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cellnet._checks import check_bool, check_int, check_number, check_type
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._monitored import Monitored
from cellnet.train.callback._run_context import RunContext

_REMEMBERED = ("wait", "cooldown_counter", "best")


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by ``factor`` when a value gets no better.

    Args:
        monitor: "loss", of training; "eval_loss" or the name of a metric in
            ``Model.fit``.
        factor: in (0, 1).
        patience: epochs without a better value before the rate is reduced, >= 0.
        verbose: print when it is.
        mode: "min", "max", or "auto": by the name of the value.
        min_delta: better by more than this counts as better.
        cooldown: epochs after a reduction that do not count, >= 0.
        min_lr: the rate goes no lower.

    Raises:
        TypeError: an argument of another type.
        ValueError: an argument out of range, a value that is no number, or an
            optimizer whose rate is no single Parameter (a list, a schedule, groups).

    Example:
        model.fit(50, train_data, valid_data, callbacks=ReduceLROnPlateau("acc"))

    Source: mindspore.train.ReduceLROnPlateau.
    """

    def __init__(
        self,
        monitor: str = "eval_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: bool = False,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0,
    ) -> None:
        super().__init__()
        owner = "ReduceLROnPlateau"
        self._watched = Monitored(owner, monitor, mode, min_delta)
        self.monitor, self.mode = monitor, mode
        self.min_delta = self._watched.min_delta
        self.factor = check_type(owner, "factor", factor, float)
        if not 0 < factor < 1:
            raise ValueError(f"{owner}: factor must be in (0, 1), got {factor}")
        self.patience = check_int(owner, "patience", patience, minimum=0)
        self.verbose = check_bool(owner, "verbose", verbose)
        self.cooldown = check_int(owner, "cooldown", cooldown, minimum=0)
        self.min_lr = check_number(owner, "min_lr", min_lr)
        self._reset()

    def _reset(self) -> None:
        self.wait = self.cooldown_counter = 0
        self.best = self._watched.worst

    def on_train_begin(self, run_context: RunContext) -> None:
        """Forget an earlier training; refuse a rate that cannot be set."""
        rate_of(run_context.original_args(), "ReduceLROnPlateau")
        self._reset()

    def state_dict(self) -> dict[str, Any]:
        """The best value, and how long it has waited; the rate is a Parameter."""
        return {name: getattr(self, name) for name in _REMEMBERED}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Wait on from there."""
        for name in _REMEMBERED:
            setattr(self, name, state_dict[name])

    def on_train_epoch_end(self, run_context: RunContext) -> None:
        """Look at the value; reduce the rate when it is time."""
        params = run_context.original_args()
        rate = rate_of(params, "ReduceLROnPlateau")
        value = self._watched.read(params)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._watched.is_better(value, self.best):
            self.best = value
            self.wait = 0
            return
        if self.cooldown_counter > 0:
            return
        self.wait += 1
        old = rate.asnumpy()
        if self.wait < self.patience or old <= self.min_lr:
            return
        new = max(old * np.float32(self.factor), np.float32(self.min_lr))
        rate.set_data(float(new))
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose:
            print(
                f"Epoch {params['cur_epoch_num']:05d}: ReduceLROnPlateau reducing "
                f"learning rate to {str(new)}.",  # the float32's own digits
                flush=True,
            )


class LearningRateScheduler(Callback):
    """Sets the learning rate by a function after each step, or each sink of steps.

    Args:
        learning_rate_function: function of (learning rate, steps made so far) that
            gives the next rate.

    Raises:
        TypeError: no function; or it gives no number.
        ValueError: an optimizer whose rate is no single Parameter.

    Example:
        >>> callback = LearningRateScheduler(lambda rate, step: rate * 0.99)

    Source: mindspore.train.LearningRateScheduler.
    """

    def __init__(self, learning_rate_function: Callable[[float, int], float]) -> None:
        super().__init__()
        if not callable(learning_rate_function):
            raise TypeError(
                "LearningRateScheduler: learning_rate_function must be a function, got "
                f"{type(learning_rate_function).__name__}"
            )
        self.learning_rate_function = learning_rate_function

    def on_train_begin(self, run_context: RunContext) -> None:
        """Refuse a rate that cannot be set."""
        rate_of(run_context.original_args(), "LearningRateScheduler")

    def step_end(self, run_context: RunContext) -> None:
        """Ask the function."""
        params = run_context.original_args()
        owner = "LearningRateScheduler"
        rate = rate_of(params, owner)
        # the shortest decimal of the float32, so that 0.1 is 0.1
        old = float(str(rate.asnumpy()))
        new = self.learning_rate_function(old, params["cur_step_num"])
        if isinstance(new, Tensor):
            new = float(new.asnumpy())
        rate.set_data(float(check_number(owner, "the rate given", new)))

    def on_eval_step_end(self, run_context: RunContext) -> None:
        """Nothing: evaluation has no rate."""


def rate_of(params: Any, owner: str) -> Parameter:
    """The Parameter that holds the learning rate of a training.

    Raises:
        ValueError: there is no optimizer, or its rate is a list, a schedule or several.
    """
    optimizer = params.get("optimizer")
    if optimizer is None:
        optimizer = getattr(params.get("train_network"), "optimizer", None)
    rate = getattr(optimizer, "learning_rate", None)
    if not isinstance(rate, Parameter):
        found = "none" if rate is None else type(rate).__name__
        raise ValueError(
            f"{owner}: the optimizer's learning rate must be one number, without "
            f"groups; {type(optimizer).__name__} has {found}. Give the optimizer a "
            "number, or leave the rate to its schedule"
        )
    return rate
