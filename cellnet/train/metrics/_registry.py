"""Metrics by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cellnet.train.metrics._accuracy import Accuracy
from cellnet.train.metrics._bleu import BleuScore
from cellnet.train.metrics._confusion_matrix import (
    ConfusionMatrix,
    ConfusionMatrixMetric,
)
from cellnet.train.metrics._cosine_similarity import CosineSimilarity
from cellnet.train.metrics._dice import Dice
from cellnet.train.metrics._error import MAE, MSE
from cellnet.train.metrics._fbeta import F1
from cellnet.train.metrics._loss import Loss
from cellnet.train.metrics._metric import Metric
from cellnet.train.metrics._occlusion import OcclusionSensitivity
from cellnet.train.metrics._perplexity import Perplexity
from cellnet.train.metrics._precision import Precision, Recall
from cellnet.train.metrics._roc import ROC, auc
from cellnet.train.metrics._surface import (
    HausdorffDistance,
    MeanSurfaceDistance,
    RootMeanSquareDistance,
)
from cellnet.train.metrics._topk import (
    Top1CategoricalAccuracy,
    Top5CategoricalAccuracy,
    TopKCategoricalAccuracy,
)

_BY_NAME: dict[str, Callable[..., Any]] = {
    "F1": F1,
    "acc": Accuracy,
    "accuracy": Accuracy,
    "auc": auc,  # a function, among the names as in MindSpore
    "bleu_score": BleuScore,
    "confusion_matrix": ConfusionMatrix,
    "confusion_matrix_metric": ConfusionMatrixMetric,
    "cosine_similarity": CosineSimilarity,
    "dice": Dice,
    "hausdorff_distance": HausdorffDistance,
    "loss": Loss,
    "mae": MAE,
    "mean_surface_distance": MeanSurfaceDistance,
    "mse": MSE,
    "occlusion_sensitivity": OcclusionSensitivity,
    "perplexity": Perplexity,
    "precision": Precision,
    "recall": Recall,
    "roc": ROC,
    "root_mean_square_distance": RootMeanSquareDistance,
    "top_1_accuracy": Top1CategoricalAccuracy,
    "top_5_accuracy": Top5CategoricalAccuracy,
    "topk": TopKCategoricalAccuracy,
}


def names() -> list[str]:
    """The names that ``get_metric_fn`` and a Model know (mindspore.train.names)."""
    return sorted(_BY_NAME)


def get_metric_fn(name: str, *args: Any, **kwargs: Any) -> Metric:
    """A metric by its name (mindspore.train.get_metric_fn).

    Args:
        name: one of ``names()``.
        *args, **kwargs: for its constructor.

    Raises:
        KeyError: an unknown name.

    Example:
        >>> get_metric_fn("precision", eval_type="multilabel").eval.__name__
        'eval'
    """
    if not isinstance(name, str) or name not in _BY_NAME:
        raise KeyError(f"no metric is named {name!r}; there are {', '.join(names())}")
    return _BY_NAME[name](*args, **kwargs)


def get_metrics(metrics: Any) -> dict[str, Metric] | None:
    """What ``Model(metrics=...)`` takes as name -> Metric.

    Args:
        metrics: a set of names, a dict of name -> Metric, or None.

    Raises:
        TypeError: something else.
        KeyError: an unknown name.
    """
    if metrics is None:
        return None
    if isinstance(metrics, dict):
        for name, metric in metrics.items():
            if not (isinstance(name, str) and isinstance(metric, Metric)):
                raise TypeError(
                    "metrics: a dict must have str -> Metric, got "
                    f"{name!r} -> {type(metric).__name__}"
                )
        return metrics
    if isinstance(metrics, set | frozenset):
        # sorted, so that results print in the same order in every process
        return {name: get_metric_fn(name) for name in sorted(metrics, key=str)}
    raise TypeError(
        "metrics: expected a set of names such as {'acc', 'loss'}, a dict of name -> "
        f"Metric or None, got {metrics!r}"
    )
