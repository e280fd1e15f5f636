"""Fbeta and F1: precision and recall in one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellnet._checks import check_bool, check_positive
from cellnet.train.metrics import _classes as classes
from cellnet.train.metrics._confusion import bits, ratio
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class Fbeta(Metric):
    r"""(1 + b^2) tp / ((1 + b^2) tp + b^2 fn + fp) for each class, 0 where it is 0 / 0.

    Args:
        beta: weight of recall against precision, > 0.

    Inputs of ``update``: outputs of shape (N, C, ...); labels of shape (N, ...), class
    numbers, or of shape (N, C, ...), one-hot.

    Raises:
        TypeError: ``beta`` is no number; inputs that are no Tensors, lists or arrays.
        ValueError: ``beta`` <= 0; shapes that do not fit, a label that is no class,
            another number of classes than before.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> Fbeta(2.0)([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6]], [1, 0, 0]).round(4)
        array([0.5556, 0.8333])

    Source: mindspore.train.Fbeta.
    """

    def __init__(self, beta: float) -> None:
        super().__init__()
        self.beta = check_positive(type(self).__name__, "beta", beta)
        self.clear()

    def clear(self) -> None:
        self._num_classes = 0
        self._counts: Any = 0  # (3, C): hits, outputs and labels of each class

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and labels of a batch."""
        owner = type(self).__name__
        outputs, labels = self._convert_inputs(inputs, "outputs", "labels")
        y_pred, y = bits(owner, "classification", outputs, labels)
        self._num_classes = classes.check_num_classes(
            owner, self._num_classes, y_pred.shape[1]
        )
        self._counts = self._counts + np.stack([y_pred & y, y_pred, y]).sum(axis=1)

    def eval(self, average: bool = False) -> Any:
        """The scores, float64 of shape (C,).

        Args:
            average: their mean instead, a float.

        Raises:
            TypeError: ``average`` is no bool.
            RuntimeError: there were no samples.
        """
        check_bool(type(self).__name__, "average", average)
        if not self._num_classes:
            raise no_samples(self)
        hits, chosen, labels = self._counts
        square = self.beta**2
        # b^2 (tp + fn) + (tp + fp), by the counts of labels and outputs
        scores = ratio((1 + square) * hits, square * labels + chosen)
        return float(scores.mean()) if average else scores


class F1(Fbeta):
    """``Fbeta`` with beta = 1 (mindspore.train.F1).

    Example:
        >>> F1()([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6]], [1, 0, 0]).round(4)
        array([0.6667, 0.6667])
    """

    def __init__(self) -> None:
        super().__init__(1.0)
