"""ConfusionMatrix, and measures made of one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_bool, check_choice, check_int, check_type
from cellnet.train.metrics._device import add_count, read_count, zero_count
from cellnet.train.metrics._metric import Metric, no_samples, rearrange_inputs


class ConfusionMatrix(Metric):
    """How often class i was taken for class j (mindspore.train.ConfusionMatrix).

    Args:
        num_classes: > 0.
        normalize: "no_norm" for counts; "target" over each row, "prediction" over each
            column, "all" over the matrix.
        threshold: scores of two classes above or at it are class 1, a float.

    Inputs of ``update``: scores (N, C, ...), of which the largest counts, or class
        numbers or scores of class 1 (N, ...); labels (N, ...), class numbers.

    Raises:
        TypeError: an argument of another type.
        ValueError: one out of range, shapes that do not fit.
        RuntimeError: ``eval`` without samples.

    Example:
        >>> ConfusionMatrix(2)([1, 0, 1, 0], [1, 0, 0, 1]).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """

    def __init__(
        self, num_classes: int, normalize: str = "no_norm", threshold: float = 0.5
    ) -> None:
        super().__init__()
        owner = "ConfusionMatrix"
        self.num_classes = check_int(owner, "num_classes", num_classes, minimum=1)
        choices = ("no_norm", "target", "prediction", "all", None)
        self.normalize = check_choice(owner, "normalize", normalize, choices)
        self.threshold = check_type(owner, "threshold", threshold, float)
        self.clear()

    def clear(self) -> None:
        self._matrix = np.zeros((self.num_classes, self.num_classes))
        self._updated = False

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and labels of a batch."""
        said, true = self._numbers(*self._convert_inputs(inputs, "outputs", "labels"))
        for name, numbers in (("labels", true), ("outputs", said)):
            if not self._are_classes(numbers):
                raise ValueError(
                    f"ConfusionMatrix: {name} must be in [0, {self.num_classes}), got "
                    f"{numbers.min()} to {numbers.max()}"
                )
        np.add.at(self._matrix, (true, said), 1)
        self._updated = True

    def eval(self) -> np.ndarray:
        """The matrix (C, C): rows are labels, columns what was said."""
        if not self._updated:
            raise no_samples(self)
        return self._normalized()

    def _numbers(self, y_pred: Any, y: Any) -> tuple[Any, Any]:
        """What was said and what is true, class numbers (samples,)."""
        if y_pred.ndim == y.ndim + 1:
            y_pred = y_pred.argmax(axis=1)
        elif y_pred.shape == y.shape and y_pred.dtype.kind == "f":
            y_pred = y_pred >= self.threshold
        if y_pred.shape != y.shape:
            raise ValueError(
                f"ConfusionMatrix: outputs {y_pred.shape} and labels {y.shape} do not "
                "fit"
            )
        return y_pred.reshape(-1).astype(int), y.reshape(-1).astype(int)

    def _are_classes(self, numbers: Any) -> Any:
        return ((numbers >= 0) & (numbers < self.num_classes)).all()

    # -- on the device ------------------------------------------------------------
    def initial(self, *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        del outputs
        counts = zero_count((self.num_classes, self.num_classes))
        return {"counts": counts, "valid": jnp.asarray(True)}

    def accumulate(self, state: dict[str, Any], *outputs: Any) -> dict[str, Any]:
        """See DeviceMetric."""
        said, true = self._numbers(*outputs)
        more = jnp.zeros((self.num_classes,) * 2, jnp.int32).at[true, said].add(1)
        valid = self._are_classes(said) & self._are_classes(true)
        return {
            "counts": add_count(state["counts"], more),
            "valid": state["valid"] & valid,
        }

    def result(self, state: dict[str, Any]) -> np.ndarray:
        """See DeviceMetric."""
        if not np.asarray(state["valid"]):
            raise ValueError(
                "ConfusionMatrix: labels and outputs must be in "
                f"[0, {self.num_classes}); some are not"
            )
        self._matrix = read_count(state["counts"]).astype(float)
        self._updated = bool(self._matrix.any())
        return self.eval()

    def _normalized(self) -> np.ndarray:
        axis = {"target": (1,), "prediction": (0,), "all": (0, 1)}.get(
            self.normalize or ""
        )
        if axis is None:
            return self._matrix.copy()
        return _ratio(self._matrix, self._matrix.sum(axis, keepdims=True), 0.0)


def _ratio(part: Any, whole: Any, otherwise: float = math.nan) -> Any:
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    blank = np.full(part.shape, otherwise)
    return np.divide(part, whole, out=blank, where=whole != 0)


class _Counts:
    """True and false positives and negatives, arrays of one shape."""

    def __init__(self, tp: Any, fp: Any, tn: Any, fn: Any) -> None:
        self.tp, self.fp, self.tn, self.fn = tp, fp, tn, fn

    @property
    def tpr(self) -> Any:
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def tnr(self) -> Any:
        return _ratio(self.tn, self.tn + self.fp)

    @property
    def ppv(self) -> Any:
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def npv(self) -> Any:
        return _ratio(self.tn, self.tn + self.fn)


def _prevalence_threshold(c: _Counts) -> Any:
    return _ratio(np.sqrt(c.tpr * (1 - c.tnr)) + c.tnr - 1, c.tpr + c.tnr - 1)


def _correlation(c: _Counts) -> Any:
    root = np.sqrt((c.tp + c.fp) * (c.tp + c.fn) * (c.tn + c.fp) * (c.tn + c.fn))
    return _ratio(c.tp * c.tn - c.fp * c.fn, root)


# name, short names -> formula
_MEASURES: dict[tuple[str, ...], Callable[[_Counts], Any]] = {
    ("sensitivity", "recall", "hit_rate", "true_positive_rate", "tpr"): lambda c: c.tpr,
    ("specificity", "selectivity", "true_negative_rate", "tnr"): lambda c: c.tnr,
    ("precision", "positive_predictive_value", "ppv"): lambda c: c.ppv,
    ("negative_predictive_value", "npv"): lambda c: c.npv,
    ("miss_rate", "false_negative_rate", "fnr"): lambda c: 1 - c.tpr,
    ("fall_out", "false_positive_rate", "fpr"): lambda c: 1 - c.tnr,
    ("false_discovery_rate", "fdr"): lambda c: 1 - c.ppv,
    ("false_omission_rate", "for"): lambda c: 1 - c.npv,
    ("prevalence_threshold", "pt"): _prevalence_threshold,
    ("threat_score", "critical_success_index", "ts", "csi"): (
        lambda c: _ratio(c.tp, c.tp + c.fn + c.fp)
    ),
    ("accuracy", "acc"): lambda c: _ratio(c.tp + c.tn, c.tp + c.fn + c.tn + c.fp),
    ("balanced_accuracy", "ba"): lambda c: (c.tpr + c.tnr) / 2,
    ("f1_score", "f1"): lambda c: _ratio(2 * c.tp, 2 * c.tp + c.fn + c.fp),
    ("matthews_correlation_coefficient", "mcc"): _correlation,
    ("fowlkes_mallows_index", "fm"): lambda c: np.sqrt(c.ppv * c.tpr),
    ("informedness", "bookmaker_informedness", "bm"): lambda c: c.tpr + c.tnr - 1,
    ("markedness", "deltap", "mk"): lambda c: c.ppv + c.npv - 1,
}
_BY_NAME = {name: fn for names, fn in _MEASURES.items() for name in names}
_DECREASES = (
    *("none", "mean", "sum", "mean_batch", "sum_batch", "mean_channel"),
    "sum_channel",
)


class ConfusionMatrixMetric(Metric):
    """A measure made of true and false positives and negatives.

    Args:
        skip_channel: False leaves out the first channel, if there are several: what
            MindSpore does, against its own description.
        metric_name: "sensitivity", "specificity", "precision", "accuracy", "f1 score",
            "matthews correlation coefficient" and others, or their short forms.
        calculation_method: True measures each sample and channel and then reduces;
            False counts over the batch first.
        decrease: how to reduce: "none", "mean", "sum", or one of the last two over
            "_batch" or "_channel" alone.  What is 0 / 0 does not count.

    Inputs of ``update``: outputs and labels (N, C, ...) of 0s and 1s.

    Raises:
        TypeError: an argument of another type.
        ValueError: another ``decrease``, shapes that do not fit.
        NotImplementedError: an unknown measure.
        RuntimeError: ``eval`` without samples.

    Source: mindspore.train.ConfusionMatrixMetric.
    """

    def __init__(
        self,
        skip_channel: bool = True,
        metric_name: str = "sensitivity",
        calculation_method: bool = False,
        decrease: str = "mean",
    ) -> None:
        super().__init__()
        owner = "ConfusionMatrixMetric"
        self.skip_channel = check_bool(owner, "skip_channel", skip_channel)
        self.calculation_method = check_bool(
            owner, "calculation_method", calculation_method
        )
        self.decrease = check_choice(owner, "decrease", decrease, _DECREASES)
        check_type(owner, "metric_name", metric_name, str)
        self.metric_name = metric_name
        measure = _BY_NAME.get(metric_name.strip().lower().replace(" ", "_"))
        if measure is None:
            raise NotImplementedError(
                f"{owner}: metric_name {metric_name!r} is not known; there are "
                f"{', '.join(names[0] for names in _MEASURES)}"
            )
        self._measure = measure
        self.clear()

    def clear(self) -> None:
        self._results: list[np.ndarray] = []
        self._weights: list[Any] = []
        self._total = np.zeros(4)
        self._counted = False

    @rearrange_inputs
    def update(self, *inputs: Any) -> None:
        """Take in the outputs and labels of a batch."""
        y_pred, y = self._convert_inputs(inputs, "outputs", "labels")
        if y_pred.shape != y.shape or y.ndim < 2:
            raise ValueError(
                "ConfusionMatrixMetric: outputs and labels must both be (N, C, ...), "
                f"got {y_pred.shape} and {y.shape}"
            )
        if not self.skip_channel and y.shape[1] > 1:
            y_pred, y = y_pred[:, 1:], y[:, 1:]
        counts = _count(y_pred, y)
        # one value per channel is no sample to be measured by itself
        alone = self.calculation_method and math.prod(y.shape[2:]) > 1
        if not alone:
            self._total += [n.sum() for n in vars(counts).values()]
            self._counted = True
            return
        result, weight = _reduce(self._measure(counts), self.decrease)
        self._results.append(result)
        self._weights.append(weight)

    def eval(self) -> Any:
        """The measure of all counts (1,), or the mean of the batches by their samples.

        The mean is an array, or a float for "mean" and "sum".
        """
        if self._counted:
            return np.reshape(self._measure(_Counts(*self._total)), (1,))
        if not self._results:
            raise no_samples(self)
        value = np.average(self._results, axis=0, weights=self._weights)
        return float(value) if value.ndim == 0 else value


def _count(y_pred: np.ndarray, y: np.ndarray) -> _Counts:
    """Counts (N, C)."""
    said = y_pred.reshape(*y_pred.shape[:2], -1)
    true = y.reshape(said.shape)

    def count(a: int, b: int) -> np.ndarray:
        return ((said == a) & (true == b)).sum(-1).astype(float)

    return _Counts(count(1, 1), count(1, 0), count(0, 0), count(0, 1))


def _reduce(values: np.ndarray, how: str) -> tuple[np.ndarray, int]:
    """(N, C) reduced, where nan does not count, and how many values that are."""
    kind, _, over = how.partition("_")
    known = ~np.isnan(values)
    values = np.nan_to_num(values)
    if kind == "none":
        return values, 1
    for axis in {"batch": (0,), "channel": (1,)}.get(over, (1, 0)):
        total, number = values.sum(axis), known.sum(axis)
        values = total if kind == "sum" else _ratio(total, number, 0.0)
        known = number if kind == "sum" else number > 0
        weight = known.sum() if over else number
    return values, int(weight)
