"""Perplexity: how well probabilities foretell labels."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_type
from cellnet.train.metrics._device import (
    add_count,
    add_sum,
    read_count,
    read_sum,
    zero_count,
    zero_sum,
)
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs

_SMALLEST = 1e-10  # what a probability of 0 counts as


class Perplexity(Metric):
    """exp(-mean log p(label)) (mindspore.train.Perplexity).

    Args:
        ignore_label: a label that does not count, or None.

    Inputs of ``update``: probabilities (..., C) and labels (...), class numbers.

    Raises:
        TypeError: ``ignore_label`` is no int; inputs that are no Tensors or arrays.
        ValueError: another number of inputs; a label that is no class.
        RuntimeError: shapes that do not fit; ``eval`` without samples.

    Example:
        >>> Perplexity()([[0.2, 0.5], [0.3, 0.1], [0.9, 0.6]], [1, 0, 1])
        2.231443166940565
    """

    def __init__(self, ignore_label: int | None = None) -> None:
        super().__init__()
        self.ignore_label = check_type(
            "Perplexity", "ignore_label", ignore_label, int, type(None)
        )
        self.clear()

    def clear(self) -> None:
        self._sum = 0.0
        self._count = 0

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the probabilities and labels of a batch."""
        y_pred, y = self._convert_inputs(inputs, "probabilities", "labels")
        logs, kept, valid = self._logs(y_pred, y, np)
        if not valid:
            raise _no_class()
        self._sum -= float(logs.sum(where=kept))
        self._count += int(kept.sum())

    def eval(self) -> float:
        """The perplexity, >= 1."""
        if not self._count:
            raise no_samples(self)
        return math.exp(self._sum / self._count)

    def _logs(self, y_pred: Any, y: Any, xp: Any) -> tuple[Any, Any, Any]:
        """log p(label) of each sample, whether it counts, and whether all are classes.

        Args:
            y_pred, y: probabilities and labels.
            xp: numpy or jax.numpy, whose arrays they are.
        """
        if y_pred.shape[:-1] != y.shape:
            raise RuntimeError(
                f"Perplexity: probabilities {y_pred.shape} need labels of shape "
                f"{y_pred.shape[:-1]}, got {y.shape}"
            )
        labels = y.reshape(-1).astype(int)
        rows = y_pred.reshape(len(labels), -1)
        kept = xp.full(labels.shape, True)
        if self.ignore_label is not None:
            kept = labels != self.ignore_label
        known = (labels >= 0) & (labels < rows.shape[1])
        chosen = rows[np.arange(len(labels)), xp.where(known, labels, 0)]
        # an ignored label need not be a class
        return xp.log(xp.maximum(chosen, _SMALLEST)), kept, (known | ~kept).all()

    # -- on the device ------------------------------------------------------------
    def initial(self, *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        del outputs
        return {"sum": zero_sum(), "count": zero_count(), "valid": jnp.asarray(True)}

    def accumulate(self, state: dict[str, Any], *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        y_pred, y = outputs
        logs, kept, valid = self._logs(y_pred, y, jnp)
        return {
            "sum": add_sum(state["sum"], -logs.sum(where=kept)),
            "count": add_count(state["count"], kept.sum()),
            "valid": state["valid"] & valid,
        }

    def result(self, state: dict[str, Any]) -> float:
        """See DeviceMetric."""
        if not np.asarray(state["valid"]):
            raise _no_class()
        self._sum = read_sum(state["sum"])
        self._count = read_count(state["count"])
        return self.eval()


def _no_class() -> ValueError:
    return ValueError(
        "Perplexity: labels must be class numbers below the number of probabilities; "
        "ignore_label excepts one"
    )
