"""Top-k accuracy: the share of samples whose label is among the k largest outputs."""

from __future__ import annotations

from typing import Any

from cellnet._checks import check_int
from cellnet.train.metrics._device import add_count, read_count, zero_count
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class TopKCategoricalAccuracy(Metric):
    """Samples whose label is among the k largest outputs / samples.

    Args:
        k: how many outputs, >= 1.

    Inputs of ``update``: outputs of shape (N, C); labels of shape (N,) or (N, 1), class
    numbers, or of shape (N, C), one-hot.

    Raises:
        TypeError: ``k`` is no int; inputs that are no Tensors, lists or arrays.
        ValueError: ``k`` below 1 or above C; shapes that do not fit.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> TopKCategoricalAccuracy(2)([[0.1, 0.6, 0.3], [0.5, 0.4, 0.1]], [2, 2])
        0.5

    Source: mindspore.train.TopKCategoricalAccuracy.
    """

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = check_int(type(self).__name__, "k", k, minimum=1)
        self.clear()

    def clear(self) -> None:
        self._correct = self._total = 0

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and labels of a batch."""
        y_pred, y = self._convert_inputs(inputs, "outputs", "labels")
        hits = self._hits(y_pred, y)
        self._correct += int(hits.sum())
        self._total += hits.size

    def eval(self) -> float:
        """The accuracy, in [0, 1]."""
        if not self._total:
            raise no_samples(self)
        return self._correct / self._total

    def _hits(self, y_pred: Any, y: Any) -> Any:
        """Whether each sample's label is among the largest; NumPy's or JAX's arrays."""
        if y_pred.ndim != 2 or y_pred.shape[1] < self.k:
            raise ValueError(
                f"{type(self).__name__}: outputs must have shape (N, C) with C >= k = "
                f"{self.k}, got {y_pred.shape}"
            )
        if y.shape == y_pred.shape and y.shape[1] > 1:
            y = y.argmax(axis=1)
        if y.size != len(y_pred):
            raise ValueError(
                f"{type(self).__name__}: outputs of shape {y_pred.shape} need "
                f"{len(y_pred)} labels, got shape {y.shape}"
            )
        # stable: of equal outputs the first classes count as larger
        largest = (-y_pred).argsort(axis=1, stable=True)[:, : self.k]
        if y.dtype.kind == "u":  # signed and unsigned have no common 32-bit type
            y = y.astype(largest.dtype)
        return (largest == y.reshape(-1, 1)).any(axis=1)

    # -- on the device ------------------------------------------------------------
    def initial(self, *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        del outputs
        return {"correct": zero_count(), "total": zero_count()}

    def accumulate(self, state: dict[str, Any], *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        hits = self._hits(*outputs)
        return {
            "correct": add_count(state["correct"], hits.sum()),
            "total": add_count(state["total"], hits.size),
        }

    def result(self, state: dict[str, Any]) -> float:
        """See DeviceMetric."""
        self._correct = read_count(state["correct"])
        self._total = read_count(state["total"])
        return self.eval()


class Top1CategoricalAccuracy(TopKCategoricalAccuracy):
    """``TopKCategoricalAccuracy`` with k = 1 (mindspore.train).

    Example:
        >>> Top1CategoricalAccuracy()([[0.1, 0.6], [0.5, 0.4]], [1, 1])
        0.5
    """

    def __init__(self) -> None:
        super().__init__(1)


class Top5CategoricalAccuracy(TopKCategoricalAccuracy):
    """``TopKCategoricalAccuracy`` with k = 5 (mindspore.train).

    Example:
        >>> Top5CategoricalAccuracy()([[0, 1, 2, 3, 4, 5]], [0])
        0.0
    """

    def __init__(self) -> None:
        super().__init__(5)
