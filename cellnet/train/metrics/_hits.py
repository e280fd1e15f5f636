"""Hits and misses of each class or sample: the base of Precision, Recall and Fbeta."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool
from cellnet.train.metrics import _classes as classes
from cellnet.train.metrics._device import add_count, read_count, zero_count
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class HitMetric(Metric):
    """Base: a score of each class made of its hits, outputs and labels.

    With "multilabel" it is a score of each sample instead; so many numbers are only
    gathered on the host.
    """

    def __init__(self, eval_type: str = "classification") -> None:
        super().__init__()
        self._type = classes.check_eval_type(type(self).__name__, eval_type)
        self.clear()

    @abstractmethod
    def _scores(self, hits: np.ndarray, said: np.ndarray, true: np.ndarray) -> Any:
        """The scores by how often a class was said rightly, was said, and was true."""

    def clear(self) -> None:
        self._num_classes = 0
        self._counts: Any = None  # (3, C) or (3, samples), as _scores takes them

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and labels of a batch."""
        owner = type(self).__name__
        y_pred, y = self._convert_inputs(inputs, "outputs", "labels")
        by_sample = self._type == "multilabel"
        said, true = (_by_sample if by_sample else _by_class)(owner, y_pred, y)
        self._num_classes = classes.check_num_classes(
            owner, self._num_classes, y_pred.shape[1]
        )
        counts = _count(said, true, np, axis=2 if by_sample else 1)
        if self._counts is None:
            self._counts = counts
        elif by_sample:
            self._counts = np.concatenate([self._counts, counts], axis=1)
        else:
            self._counts = self._counts + counts

    def eval(self, average: bool = False) -> Any:
        """The scores, float64 of shape (C,), or (samples,) with "multilabel".

        Args:
            average: their mean instead, a float.

        Raises:
            TypeError: ``average`` is no bool.
            RuntimeError: there were no samples.
        """
        check_bool(type(self).__name__, "average", average)
        if self._counts is None:
            raise no_samples(self)
        scores = self._scores(*self._counts)
        return float(scores.mean()) if average else scores

    # -- on the device ------------------------------------------------------------
    @property
    def gathers_on_device(self) -> bool:
        """See Metric: not with "multilabel"."""
        return self._type == "classification"

    def initial(self, *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        y_pred, y = outputs
        classes.check_shapes(type(self).__name__, self._type, y_pred, y)
        valid = jnp.asarray(True)
        return {
            "counts": zero_count((3, y_pred.shape[1])),
            "binary": valid,
            "known": valid,
        }

    def accumulate(self, state: dict[str, Any], *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        owner = type(self).__name__
        y_pred, y = outputs
        said, true, binary, known = _by_class_unchecked(owner, y_pred, y, jnp)
        classes.check_num_classes(owner, state["counts"].shape[-1], y_pred.shape[1])
        return {
            "counts": add_count(state["counts"], _count(said, true, jnp, axis=1)),
            "binary": state["binary"] & binary,
            "known": state["known"] & known,
        }

    def result(self, state: dict[str, Any]) -> Any:
        """See DeviceMetric."""
        counts = read_count(state["counts"])
        if not state["binary"]:
            raise classes.not_binary(type(self).__name__)
        if not state["known"]:
            raise _no_class(type(self).__name__, counts.shape[1], "some others")
        self._num_classes = counts.shape[1]
        self._counts = counts if counts.any() else None
        return self.eval()


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where ``whole`` is 0."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


def _by_class(
    owner: str, y_pred: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What was said and what is true, bools (samples, C), one of a row True.

    Args:
        owner: name of the metric.
        y_pred: outputs of shape (N, C, ...), of which a sample's largest counts.
        y: class numbers of shape (N, ...), or 0s and 1s of shape (N, C, ...).

    Raises:
        ValueError: shapes or values that do not fit.
    """
    said, true, binary, known = _by_class_unchecked(owner, y_pred, y, np)
    if not binary:
        raise classes.not_binary(owner)
    if not known:
        raise _no_class(owner, y_pred.shape[1], f"{y.min()} to {y.max()}")
    return said, true


def _by_class_unchecked(
    owner: str, y_pred: Any, y: Any, xp: Any
) -> tuple[Any, Any, Any, Any]:
    """The same, and whether one-hot labels are all binary and labels all classes.

    Args:
        xp: numpy or jax.numpy, whose arrays they are.

    Raises:
        ValueError: shapes that do not fit.
    """
    one_hot = classes.check_shapes(owner, "classification", y_pred, y)
    labels = xp.argmax(y, axis=1) if one_hot else y
    if labels.dtype.kind in "bu":  # signed and unsigned have no common 32-bit type
        labels = labels.astype(int)
    numbers = xp.arange(y_pred.shape[1])
    known = ((labels >= 0) & (labels < len(numbers))).all()
    said = xp.argmax(y_pred, axis=1).reshape(-1, 1) == numbers
    binary = classes.binary(y) if one_hot else True
    return said, labels.reshape(-1, 1) == numbers, binary, known


def _by_sample(
    owner: str, y_pred: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and labels (N, C, ...) of 0s and 1s as bools (samples, C).

    Raises:
        ValueError: shapes or values that do not fit.
    """
    classes.check_shapes(owner, "multilabel", y_pred, y)
    if not (classes.binary(y) and classes.binary(y_pred)):
        raise classes.not_binary(owner)
    rows = (np.moveaxis(a, 1, -1).reshape(-1, a.shape[1]) for a in (y_pred, y))
    said, true = (a.astype(bool) for a in rows)
    return said, true


def _count(said: Any, true: Any, xp: Any, *, axis: int) -> Any:
    """Hits, what was said and what is true (3, ...), summed over (3, samples, C)."""
    return xp.stack([said & true, said, true]).sum(axis=axis)


def _no_class(owner: str, count: int, found: str) -> ValueError:
    return ValueError(
        f"{owner}: labels must be in [0, {count}), as the outputs have {count} "
        f"classes, got {found}"
    )
