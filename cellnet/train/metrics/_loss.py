"""Loss: the mean loss of batches."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet.train.metrics._device import (
    add_count,
    add_sum,
    read_count,
    read_sum,
    zero_count,
    zero_sum,
)
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class Loss(Metric):
    r"""(1 / batches) * sum of the batches' losses.

    A smaller last batch counts as much as the others, as in MindSpore.

    Inputs of ``update``: a loss of shape () or (N,), the mean of which is taken.

    Raises:
        TypeError: an input that is no Tensor, list or array.
        ValueError: more than one input, or one of more axes.
        RuntimeError: ``eval`` without batches.

    Example:
        >>> metric = Loss()
        >>> metric.update([1.0])
        >>> metric.update([2.0, 4.0])
        >>> metric.eval()
        2.0

    Source: mindspore.train.Loss.
    """

    takes_loss = True  # a Model hands it the loss, not outputs and labels

    def __init__(self) -> None:
        super().__init__()
        self.clear()

    def clear(self) -> None:
        self._sum, self._batches = 0.0, 0

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the loss of a batch."""
        (loss,) = self._convert_inputs(inputs, "loss")
        self._check(loss)
        self._sum += float(loss.mean(dtype=np.float64))
        self._batches += 1

    def eval(self) -> float:
        """The mean."""
        if not self._batches:
            raise no_samples(self)
        return self._sum / self._batches

    def _check(self, loss: Any) -> None:
        if loss.ndim > 1:
            raise ValueError(
                f"Loss: the loss must have shape () or (N,), got {loss.shape}; reduce "
                "it first"
            )

    # -- on the device ------------------------------------------------------------
    def initial(self, *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        del outputs
        return {"sum": zero_sum(), "batches": zero_count()}

    def accumulate(self, state: dict[str, Any], *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        (loss,) = outputs
        self._check(loss)
        return {
            "sum": add_sum(state["sum"], loss.astype(jnp.float32).mean()),
            "batches": add_count(state["batches"], 1),
        }

    def result(self, state: dict[str, Any]) -> float:
        """See DeviceMetric."""
        self._sum = read_sum(state["sum"])
        self._batches = read_count(state["batches"])
        return self.eval()
