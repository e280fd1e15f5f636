"""What EarlyStopping and ReduceLROnPlateau watch: a value of each epoch."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np

from cellnet._checks import check_number, check_type
from cellnet.tensor import Tensor
from cellnet.train.callback._loss import read_loss

logger = logging.getLogger("cellnet")

# of these less is better, as MindSpore has it
_LESS_IS_BETTER = (
    *("hausdorff_distance", "mae", "mse", "loss", "perplexity", "eval_loss"),
    *("mean_surface_distance", "root_mean_square_distance"),
)


class Monitored:
    """The value to watch and which way it is to go.

    Args:
        owner: the callback's name, for messages.
        monitor: "loss", "eval_loss" or the name of a metric.
        mode: "min", "max" or "auto", which goes by the name.
        min_delta: how much better counts as better; its sign does not count.

    Raises:
        TypeError: an argument of another type.
        ValueError: another mode.
    """

    def __init__(self, owner: str, monitor: str, mode: str, min_delta: float) -> None:
        self._owner = owner
        self.monitor = check_type(owner, "monitor", monitor, str)
        if mode not in ("auto", "min", "max"):
            raise ValueError(
                f"{owner}: mode must be 'auto', 'min' or 'max', got {mode!r}"
            )
        self.min_delta = abs(check_number(owner, "min_delta", min_delta))
        of_training = monitor.removeprefix("train_")
        self._less = mode == "min" or (
            mode == "auto" and of_training in _LESS_IS_BETTER
        )

    @property
    def worst(self) -> float:
        """What every value is better than."""
        return math.inf if self._less else -math.inf

    def is_better(self, value: float, than: float) -> bool:
        """Whether ``value`` is better by more than ``min_delta``."""
        if self._less:
            return value < than - self.min_delta
        return value > than + self.min_delta

    def read(self, params: Any) -> float | None:
        """This epoch's value, None with a warning if there is none.

        Raises:
            ValueError: it is no single number.
        """
        results = params.get("eval_results") or params.get("metrics") or {}
        name = self.monitor
        if name == "loss":
            value = read_loss(params.get("net_outputs"))
        elif name == "eval_loss":
            value = results.get("eval_loss", results.get("loss"))
        else:
            value = results.get(name)
        if value is None:
            logger.warning(
                "%s: %r is not there to be monitored; there are %s",
                self._owner,
                name,
                sorted({"loss", *results}),
            )
            return None
        array = np.asarray(value.asnumpy() if isinstance(value, Tensor) else value)
        if array.size != 1:
            raise ValueError(
                f"{self._owner}: {name!r} must be a single number, got shape "
                f"{array.shape}"
            )
        return float(array.reshape(()))
