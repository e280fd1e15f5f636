"""Accuracy: the share of samples that are right."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet.train.metrics import _classes as classes
from cellnet.train.metrics._device import add_count, read_count, zero_count
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class Accuracy(Metric):
    r"""correct / samples.

    A sample is correct if its largest output is at its label, or with "multilabel" if
    all its C values equal the labels.

    Args:
        eval_type: "classification" or "multilabel".

    Inputs of ``update``: outputs of shape (N, C, ...); labels of shape (N, ...), class
    numbers, or of shape (N, C, ...), one-hot.  "multilabel" takes 0s and 1s of shape
    (N, C, ...) for both.  Further axes are further samples.

    Raises:
        TypeError: another ``eval_type``; inputs that are no Tensors, lists or arrays.
        ValueError: shapes that do not fit, one-hot values other than 0 and 1, another
            number of classes than before.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> metric = Accuracy()
        >>> metric([[0.2, 0.5], [0.3, 0.1], [0.9, 0.6]], [1, 0, 1])
        0.6666666666666666

    Source: mindspore.train.Accuracy.
    """

    def __init__(self, eval_type: str = "classification") -> None:
        super().__init__()
        self._type = classes.check_eval_type("Accuracy", eval_type)
        self.clear()

    def clear(self) -> None:
        self._correct = self._total = self._num_classes = 0

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and labels of a batch."""
        y_pred, y = self._convert_inputs(inputs, "outputs", "labels")
        right, valid = self._right(y_pred, y, np)
        self._num_classes = classes.check_num_classes(
            "Accuracy", self._num_classes, y_pred.shape[1]
        )
        if not valid:
            raise classes.not_binary("Accuracy")
        self._correct += int(right.sum())
        self._total += right.size

    def eval(self) -> float:
        """The accuracy, in [0, 1]."""
        if not self._total:
            raise no_samples(self)
        return self._correct / self._total

    def _right(self, y_pred: Any, y: Any, xp: Any) -> tuple[Any, Any]:
        """(right or not for each sample, whether all values are allowed).

        Args:
            y_pred, y: outputs and labels.
            xp: numpy or jax.numpy, whose arrays they are.
        """
        as_bits = classes.check_shapes("Accuracy", self._type, y_pred, y)
        valid = classes.binary(y) if as_bits else True
        if self._type == "multilabel":
            return (y_pred == y).all(axis=1), valid & classes.binary(y_pred)
        chosen = xp.argmax(y_pred, axis=1)
        labels = xp.argmax(y, axis=1) if as_bits else y
        if labels.dtype.kind == "u":  # signed and unsigned have no common 32-bit type
            labels = labels.astype(chosen.dtype)
        return chosen == labels, valid

    # -- on the device ------------------------------------------------------------
    def initial(self, *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        del outputs
        return {
            "correct": zero_count(),
            "total": zero_count(),
            "valid": jnp.asarray(True),
        }

    def accumulate(self, state: dict[str, Any], *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        y_pred, y = outputs
        right, valid = self._right(y_pred, y, jnp)
        return {
            "correct": add_count(state["correct"], right.sum()),
            "total": add_count(state["total"], right.size),
            "valid": state["valid"] & valid,
        }

    def result(self, state: dict[str, Any]) -> float:
        """See DeviceMetric."""
        if not state["valid"]:
            raise classes.not_binary("Accuracy")
        self._correct = read_count(state["correct"])
        self._total = read_count(state["total"])
        return self.eval()
