"""Fbeta and F1: precision and recall in one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellnet._checks import check_positive
from cellnet.train.metrics._hits import HitMetric, ratio


class Fbeta(HitMetric):
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

    def _scores(self, hits: np.ndarray, said: np.ndarray, true: np.ndarray) -> Any:
        square = self.beta**2
        # b^2 (tp + fn) + (tp + fp), by the counts of labels and outputs
        return ratio((1 + square) * hits, square * true + said)


class F1(Fbeta):
    """``Fbeta`` with beta = 1 (mindspore.train.F1).

    Example:
        >>> F1()([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6]], [1, 0, 0]).round(4)
        array([0.6667, 0.6667])
    """

    def __init__(self) -> None:
        super().__init__(1.0)
