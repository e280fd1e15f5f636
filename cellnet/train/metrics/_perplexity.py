"""Perplexity: how well probabilities foretell labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cellnet._checks import check_type
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs

_SMALLEST = 1e-10  # what a probability of 0 counts as


class Perplexity(Metric):
    """exp(-mean log p(label)) (mindspore.train.Perplexity).

    Args:
        ignore_label: a label that does not count, or None.

    Inputs of ``update``: probabilities (..., C) and labels (...), class numbers.

    Raises:
        TypeError: ``ignore_label`` is no int; inputs that are no Tensors or arrays.
        ValueError: another number of inputs.
        RuntimeError: shapes that do not fit; ``eval`` without samples.

    Example:
        >>> Perplexity()([[0.2, 0.5], [0.3, 0.1], [0.9, 0.6]], [1, 0, 1])
        2.231443166940565
    """

    def __init__(self, ignore_label: int | None = None) -> None:
        super().__init__()
        self.ignore_label = check_type(
            "Perplexity", "ignore_label", ignore_label, int, type(None)
        )
        self.clear()

    def clear(self) -> None:
        self._sum = 0.0
        self._count = 0

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the probabilities and labels of a batch."""
        y_pred, y = self._convert_inputs(inputs, "probabilities", "labels")
        if y_pred.shape[:-1] != y.shape:
            raise RuntimeError(
                f"Perplexity: probabilities {y_pred.shape} need labels of shape "
                f"{y_pred.shape[:-1]}, got {y.shape}"
            )
        labels = y.reshape(-1).astype(np.int64)
        rows = y_pred.reshape(len(labels), -1)
        if self.ignore_label is not None:
            kept = labels != self.ignore_label
            labels, rows = labels[kept], rows[kept]
        chosen = rows[np.arange(len(labels)), labels]
        self._sum -= float(np.log(np.maximum(chosen, _SMALLEST)).sum())
        self._count += len(labels)

    def eval(self) -> float:
        """The perplexity, >= 1."""
        if not self._count:
            raise no_samples(self)
        return math.exp(self._sum / self._count)
