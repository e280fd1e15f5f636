"""Checks of outputs and labels of a classification, by shape and by value."""

from __future__ import annotations

from typing import Any

EVAL_TYPES = ("classification", "multilabel")


def check_eval_type(owner: str, eval_type: Any) -> str:
    """One of ``EVAL_TYPES``.

    Raises:
        TypeError: something else.
    """
    if eval_type not in EVAL_TYPES:
        raise TypeError(
            f"{owner}: eval_type must be one of {EVAL_TYPES}, got {eval_type!r}"
        )
    return eval_type


def check_shapes(owner: str, eval_type: str, y_pred: Any, y: Any) -> bool:
    """Whether ``y`` holds 0s and 1s in the shape of ``y_pred``; else class numbers.

    Args:
        owner: name of the metric.
        eval_type: "classification" or "multilabel".
        y_pred: array of shape (N, C, ...).
        y: array of shape (N, ...), class numbers; or of the shape of ``y_pred``.

    Raises:
        ValueError: the shapes do not fit.
    """
    if y_pred.ndim > 1 and y.shape == y_pred.shape:
        return True
    if eval_type == "multilabel":
        raise ValueError(
            f"{owner}: outputs and labels must both have one shape (N, C, ...), got "
            f"{y_pred.shape} and {y.shape}"
        )
    if y_pred.ndim < 2 or y.shape != (y_pred.shape[0], *y_pred.shape[2:]):
        raise ValueError(
            f"{owner}: outputs of shape (N, C, ...) need labels of shape (N, ...), or "
            f"one-hot of the same shape; got {y_pred.shape} and {y.shape}"
        )
    return False


def check_num_classes(owner: str, before: int, now: int) -> int:
    """``now``, if it is what it was ``before`` or that was 0.

    Raises:
        ValueError: it has changed.
    """
    if before and now != before:
        raise ValueError(
            f"{owner}: got outputs of {now} classes after outputs of {before}; call "
            "clear() before another network is evaluated"
        )
    return now


def binary(values: Any) -> Any:
    """Whether all of ``values``, an array of NumPy or JAX, are 0 or 1."""
    return ((values == 0) | (values == 1)).all()


def not_binary(owner: str) -> ValueError:
    """The error for values that should be 0 or 1."""
    return ValueError(
        f"{owner}: one-hot or multilabel values must all be 0 or 1; threshold outputs, "
        "or pass class numbers of shape (N, ...) as labels"
    )
