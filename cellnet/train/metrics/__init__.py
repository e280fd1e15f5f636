"""Metrics: what an evaluation says about outputs and labels."""

from cellnet.train.metrics._accuracy import Accuracy
from cellnet.train.metrics._bleu import BleuScore
from cellnet.train.metrics._confusion_matrix import (
    ConfusionMatrix,
    ConfusionMatrixMetric,
)
from cellnet.train.metrics._cosine_similarity import CosineSimilarity
from cellnet.train.metrics._device import DeviceMetric
from cellnet.train.metrics._dice import Dice
from cellnet.train.metrics._error import MAE, MSE
from cellnet.train.metrics._fbeta import F1, Fbeta
from cellnet.train.metrics._loss import Loss
from cellnet.train.metrics._metric import Metric, rearrange_inputs
from cellnet.train.metrics._occlusion import OcclusionSensitivity
from cellnet.train.metrics._perplexity import Perplexity
from cellnet.train.metrics._precision import Precision, Recall
from cellnet.train.metrics._registry import get_metric_fn, get_metrics, names
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

__all__ = [
    "MAE",
    "MSE",
    "ROC",
    "Accuracy",
    "BleuScore",
    "ConfusionMatrix",
    "ConfusionMatrixMetric",
    "CosineSimilarity",
    "DeviceMetric",
    "Dice",
    "F1",
    "Fbeta",
    "HausdorffDistance",
    "Loss",
    "MeanSurfaceDistance",
    "Metric",
    "OcclusionSensitivity",
    "Perplexity",
    "Precision",
    "Recall",
    "RootMeanSquareDistance",
    "Top1CategoricalAccuracy",
    "Top5CategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "auc",
    "get_metric_fn",
    "get_metrics",
    "names",
    "rearrange_inputs",
]
