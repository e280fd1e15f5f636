"""MAE and MSE: how far outputs are from targets."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

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


class _MeanError(Metric):
    """The sum of errors over all elements, divided by the number of samples."""

    def __init__(self) -> None:
        super().__init__()
        self.clear()

    def clear(self) -> None:
        self._sum, self._samples = 0.0, 0

    @abstractmethod
    def _error(self, difference: Any) -> Any:
        """The errors of an array of differences."""

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and targets of a batch."""
        y_pred, y = self._convert_inputs(inputs, "outputs", "targets")
        # elements in single precision, their sum in double
        self._sum += float(self._errors(y_pred, y).sum(dtype=np.float64))
        self._samples += len(y)

    def eval(self) -> float:
        """The error per sample."""
        if not self._samples:
            raise no_samples(self)
        return self._sum / self._samples

    def _errors(self, y_pred: Any, y: Any) -> Any:
        if y_pred.size != y.size or y_pred.shape[:1] != y.shape[:1] or not y.ndim:
            raise ValueError(
                f"{type(self).__name__}: outputs and targets must have one shape "
                f"(N, ...), got {y_pred.shape} and {y.shape}"
            )
        return self._error(y.reshape(y_pred.shape) - y_pred)

    # -- on the device ------------------------------------------------------------
    def initial(self, *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        del outputs
        return {"sum": zero_sum(), "samples": zero_count()}

    def accumulate(self, state: dict[str, Any], *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        y_pred, y = outputs
        return {
            "sum": add_sum(state["sum"], self._errors(y_pred, y).sum()),
            "samples": add_count(state["samples"], len(y)),
        }

    def result(self, state: dict[str, Any]) -> float:
        """See DeviceMetric."""
        self._sum = read_sum(state["sum"])
        self._samples = read_count(state["samples"])
        return self.eval()


class MAE(_MeanError):
    r"""Sum of \|y - y_pred\| over all elements / samples (mean absolute error).

    Inputs of ``update``: outputs and targets of one shape (N, ...).  With several
    elements in a sample their errors add up, as in MindSpore.

    Raises:
        TypeError: inputs that are no Tensors, lists or arrays.
        ValueError: shapes that do not fit.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> MAE()([1.0, 2.0, 3.0], [1.0, 2.5, 4.0])
        0.5

    Source: mindspore.train.MAE.
    """

    def _error(self, difference: Any) -> Any:
        return abs(difference)


class MSE(_MeanError):
    r"""Sum of (y - y_pred)^2 over all elements / samples (mean squared error).

    Inputs of ``update``: outputs and targets of one shape (N, ...).  With several
    elements in a sample their errors add up, as in MindSpore.

    Raises:
        TypeError: inputs that are no Tensors, lists or arrays.
        ValueError: shapes that do not fit.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> MSE()([1.0, 2.0], [1.0, 0.0])
        2.0

    Source: mindspore.train.MSE.
    """

    def _error(self, difference: Any) -> Any:
        return difference * difference
