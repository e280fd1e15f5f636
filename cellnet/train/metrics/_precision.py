"""Precision and Recall."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellnet.train.metrics._hits import HitMetric, ratio


class Precision(HitMetric):
    r"""true positives / (true positives + false positives), 0 where that is 0 / 0.

    Args:
        eval_type: "classification", by class, or "multilabel", by sample, which an
            evaluation gathers on the host.

    Inputs of ``update``: outputs of shape (N, C, ...); labels of shape (N, ...), class
    numbers, or of shape (N, C, ...), one-hot.  "multilabel" takes 0s and 1s of shape
    (N, C, ...) for both.

    Raises:
        TypeError: another ``eval_type``; inputs that are no Tensors, lists or arrays.
        ValueError: shapes that do not fit, values other than 0 and 1, a label that is
            no class, another number of classes than before.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> metric = Precision()
        >>> metric([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6]], [1, 0, 0])
        array([1. , 0.5])

    Source: mindspore.train.Precision.
    """

    def _scores(self, hits: np.ndarray, said: np.ndarray, true: np.ndarray) -> Any:
        del true
        return ratio(hits, said)


class Recall(HitMetric):
    r"""true positives / (true positives + false negatives), 0 where that is 0 / 0.

    Args, Inputs, Raises: as Precision's.

    Example:
        >>> metric = Recall()
        >>> metric([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6]], [1, 0, 0])
        array([0.5, 1. ])

    Source: mindspore.train.Recall.
    """

    def _scores(self, hits: np.ndarray, said: np.ndarray, true: np.ndarray) -> Any:
        del said
        return ratio(hits, true)
