"""Hits and misses, by class or by sample."""

from __future__ import annotations

import numpy as np

from cellnet.train.metrics import _classes as classes


def bits(
    owner: str, eval_type: str, y_pred: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and labels as bools of shape (samples, C).

    Args:
        owner: name of the metric.
        eval_type: "classification", where a sample's largest output is its only 1, or
            "multilabel".
        y_pred: outputs of shape (N, C, ...).
        y: class numbers of shape (N, ...), or 0s and 1s of shape (N, C, ...).

    Raises:
        ValueError: shapes or values that do not fit.
    """
    one_hot = classes.check_shapes(owner, eval_type, y_pred, y)
    count = y_pred.shape[1]
    if one_hot and not classes.binary(y):
        raise classes.not_binary(owner)
    if eval_type == "multilabel":
        if not classes.binary(y_pred):
            raise classes.not_binary(owner)
        return _rows(y_pred).astype(bool), _rows(y).astype(bool)
    labels = y.argmax(axis=1) if one_hot else y
    if labels.size and not (labels.min() >= 0 and labels.max() < count):
        raise ValueError(
            f"{owner}: labels must be in [0, {count}), as the outputs have {count} "
            f"classes, got {labels.min()} to {labels.max()}"
        )
    numbers = np.arange(count)
    chosen = y_pred.argmax(axis=1).reshape(-1, 1) == numbers
    return chosen, labels.reshape(-1, 1) == numbers


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where ``whole`` is 0."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


def _rows(values: np.ndarray) -> np.ndarray:
    """(N, C, ...) as (samples, C)."""
    return np.moveaxis(values, 1, -1).reshape(-1, values.shape[1])
