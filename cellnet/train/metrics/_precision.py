"""Precision and Recall."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from cellnet._checks import check_bool
from cellnet.train.metrics import _classes as classes
from cellnet.train.metrics._confusion import bits, ratio
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class _HitRate(Metric):
    """Hits / what could have been one: by class, or with "multilabel" by sample."""

    def __init__(self, eval_type: str = "classification") -> None:
        super().__init__()
        self._type = classes.check_eval_type(type(self).__name__, eval_type)
        self.clear()

    def clear(self) -> None:
        self._num_classes = 0
        self._hits: Any = None
        self._possible: Any = None

    @abstractmethod
    def _candidates(self, y_pred: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Those bits that could be hits."""

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and labels of a batch."""
        owner = type(self).__name__
        outputs, labels = self._convert_inputs(inputs, "outputs", "labels")
        y_pred, y = bits(owner, self._type, outputs, labels)
        self._num_classes = classes.check_num_classes(
            owner, self._num_classes, y_pred.shape[1]
        )
        axis = 1 if self._type == "multilabel" else 0
        hits = (y_pred & y).sum(axis=axis)
        possible = self._candidates(y_pred, y).sum(axis=axis)
        if self._hits is None:
            self._hits, self._possible = hits, possible
        elif self._type == "multilabel":
            self._hits = np.concatenate([self._hits, hits])
            self._possible = np.concatenate([self._possible, possible])
        else:
            self._hits, self._possible = self._hits + hits, self._possible + possible

    def eval(self, average: bool = False) -> Any:
        """The rates, float64 of shape (C,), or (samples,) with "multilabel".

        Args:
            average: their mean instead, a float.

        Raises:
            TypeError: ``average`` is no bool.
            RuntimeError: there were no samples.
        """
        check_bool(type(self).__name__, "average", average)
        if self._hits is None:
            raise no_samples(self)
        rates = ratio(self._hits, self._possible)
        return float(rates.mean()) if average else rates


class Precision(_HitRate):
    r"""true positives / (true positives + false positives), 0 where that is 0 / 0.

    Args:
        eval_type: "classification", by class, or "multilabel", by sample.

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

    def _candidates(self, y_pred: np.ndarray, y: np.ndarray) -> np.ndarray:
        del y
        return y_pred


class Recall(_HitRate):
    r"""true positives / (true positives + false negatives), 0 where that is 0 / 0.

    Args, Inputs, Raises: as Precision's.

    Example:
        >>> metric = Recall()
        >>> metric([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6]], [1, 0, 0])
        array([0.5, 1. ])

    Source: mindspore.train.Recall.
    """

    def _candidates(self, y_pred: np.ndarray, y: np.ndarray) -> np.ndarray:
        del y_pred
        return y
