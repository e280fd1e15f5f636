"""ROC curves and the area under a curve."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellnet._checks import check_bool, check_type
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs

Curve = tuple[np.ndarray, np.ndarray, np.ndarray]


class ROC(Metric):
    """True against false positives at all thresholds (mindspore.train.ROC).

    Args:
        class_num: number of classes, of which each is held against the rest; None for
            two classes.
        pos_label: the label that counts as positive; None for 1.

    Inputs of ``update``: scores and labels: (N,) and (N,), or of one shape; with
        ``class_num`` scores (N, C, ...) and class numbers (N, ...).

    Raises:
        TypeError: an argument of another type.
        ValueError: shapes that do not fit; ``eval`` without positive or without
            negative samples.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> metric = ROC()
        >>> metric.update(np.array([0.3, 0.6, 0.1]), np.array([0, 1, 0]))
        >>> metric.eval()[1].tolist()
        [0.0, 1.0, 1.0, 1.0]

    Differs: samples of all batches count; in MindSpore those of the last one.
    """

    def __init__(
        self, class_num: int | None = None, pos_label: int | None = None
    ) -> None:
        super().__init__()
        none = type(None)
        self.class_num = check_type("ROC", "class_num", class_num, int, none)
        self.pos_label = check_type("ROC", "pos_label", pos_label, int, none)
        self.clear()

    def clear(self) -> None:
        self._scores: list[np.ndarray] = []
        self._labels: list[np.ndarray] = []

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the scores and labels of a batch."""
        y_pred, y = self._convert_inputs(inputs, "scores", "labels")
        if y_pred.shape == y.shape:
            if self.class_num not in (None, 1):
                raise ValueError(
                    f"ROC: class_num is {self.class_num}, but scores and labels have "
                    f"one shape, {y.shape}"
                )
            self._scores.append(y_pred.reshape(-1))
        elif y_pred.ndim > 1 and y.shape == (y_pred.shape[0], *y_pred.shape[2:]):
            if y_pred.shape[1] != self.class_num:
                raise ValueError(
                    f"ROC: scores have {y_pred.shape[1]} classes, class_num is "
                    f"{self.class_num}"
                )
            rows = np.moveaxis(y_pred, 1, -1).reshape(-1, y_pred.shape[1])
            self._scores.append(rows)
        else:
            raise ValueError(
                f"ROC: scores {y_pred.shape} and labels {y.shape} do not fit"
            )
        self._labels.append(y.reshape(-1))

    def eval(self) -> Any:
        """(false positive rates, true positive rates, thresholds).

        Each is an array, or with ``class_num`` a list of one for each class.
        """
        if not self._labels:
            raise no_samples(self)
        scores, labels = np.concatenate(self._scores), np.concatenate(self._labels)
        if scores.ndim == 1:
            positive = 1 if self.pos_label is None else self.pos_label
            return _curve(scores, labels == positive)
        curves = [_curve(scores[:, c], labels == c) for c in range(scores.shape[1])]
        return tuple(list(part) for part in zip(*curves, strict=True))


def _curve(scores: np.ndarray, positive: np.ndarray) -> Curve:
    for kind, there in (("positive", positive), ("negative", ~positive)):
        if not there.any():
            raise ValueError(
                f"ROC: there are no {kind} samples, so there is no {kind} rate"
            )
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], positive[order]
    # a threshold at each last one of equal scores, and one above all
    ends = np.append(np.flatnonzero(np.diff(scores)), scores.size - 1)
    true = np.cumsum(hits)[ends]
    false = 1 + ends - true
    thresholds = np.append(scores[ends[0]] + 1, scores[ends])
    return np.append(0, false / false[-1]), np.append(0, true / true[-1]), thresholds


def auc(x: Any, y: Any, reorder: bool = False) -> float:
    """The area under a curve by the trapezoidal rule (mindspore.train.auc).

    Args:
        x: places, an array (n,), rising or falling, n >= 2.
        y: values there, an array (n,).
        reorder: sort by x before.

    Raises:
        TypeError: no arrays.
        ValueError: arrays of other shapes; x that neither rises nor falls.

    Example:
        >>> auc(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 1.0]))
        0.75
    """
    if not isinstance(x, np.ndarray) or not isinstance(y, np.ndarray):
        raise TypeError(
            f"auc: x and y must be arrays, got {type(x).__name__} and "
            f"{type(y).__name__}; of several curves take one at a time"
        )
    check_bool("auc", "reorder", reorder)
    if x.ndim != 1 or x.shape != y.shape or x.size < 2:
        raise ValueError(
            f"auc: x and y must be (n,) with n >= 2, got {x.shape} and {y.shape}"
        )
    if reorder:
        order = np.lexsort((y, x))
        x, y = x[order], y[order]
    steps = np.diff(x)
    sign = 1.0
    if (steps < 0).any():
        if (steps > 0).any():
            raise ValueError("auc: x must rise or fall; use reorder=True")
        sign = -1.0
    return float(sign * np.trapezoid(y, x))
