"""Dice: the overlap of two segmentations."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_positive
from cellnet.train.metrics._device import (
    add_count,
    add_sum,
    read_count,
    read_sum,
    zero_count,
    zero_sum,
)
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class Dice(Metric):
    r"""sum over batches of 2 <p, y> / (<p, p> + <y, y> + smooth), over the samples.

    As in MindSpore one coefficient is made of a whole batch and the sum of them is
    divided by the number of samples: only batches of one sample give the usual mean.

    Args:
        smooth: a float > 0, which keeps an empty batch from dividing by 0.

    Inputs of ``update``: outputs p and labels y of one shape (N, ...), numbers.

    Raises:
        TypeError: smooth is no float; inputs that are no Tensors, lists or arrays.
        ValueError: smooth <= 0; another number of inputs; shapes that differ.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> outputs = [[0.2, 0.5], [0.3, 0.1], [0.9, 0.6]]
        >>> round(Dice()(outputs, [[0, 1], [1, 0], [0, 1]]), 6)
        0.204678

    Source: mindspore.train.Dice.
    """

    def __init__(self, smooth: float = 1e-5) -> None:
        super().__init__()
        self.smooth = check_positive("Dice", "smooth", smooth)
        self.clear()

    def clear(self) -> None:
        self._sum = 0.0
        self._count = 0

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and labels of a batch."""
        y_pred, y = self._convert_inputs(inputs, "outputs", "labels")
        self._sum += float(self._coefficient(y_pred.astype(float), y.astype(float)))
        self._count += len(y)

    def eval(self) -> float:
        """The coefficient."""
        if not self._count:
            raise no_samples(self)
        return self._sum / self._count

    def _coefficient(self, y_pred: Any, y: Any) -> Any:
        if y_pred.shape != y.shape or y.ndim == 0:
            raise ValueError(
                "Dice: outputs and labels must have one shape (N, ...), got "
                f"{y_pred.shape} and {y.shape}"
            )
        both = (y_pred**2).sum() + (y**2).sum()
        return 2 * (y_pred * y).sum() / (both + self.smooth)

    # -- on the device ------------------------------------------------------------
    def initial(self, *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        del outputs
        return {"sum": zero_sum(), "count": zero_count()}

    def accumulate(self, state: dict[str, Any], *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        y_pred, y = (jnp.asarray(a, jnp.float32) for a in outputs)
        return {
            "sum": add_sum(state["sum"], self._coefficient(y_pred, y)),
            "count": add_count(state["count"], np.shape(y)[0]),
        }

    def result(self, state: dict[str, Any]) -> float:
        """See DeviceMetric."""
        self._sum = read_sum(state["sum"])
        self._count = read_count(state["count"])
        return self.eval()
