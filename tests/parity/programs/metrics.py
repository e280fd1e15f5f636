"""Metrics over two batches of random data.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import mindspore as ms
import numpy as np
from mindspore import nn, train

WORDS = [list("abcdef"), list("xyzwv")]
REFERENCES = [[list("abcdf"), list("bcdeghi")], [list("xyzwqv")]]
NORMS = ("euclidean", "chessboard", "taxicab")


def batches(metric, *columns, parts=2):
    """The metric over the columns, given in parts."""
    metric.clear()
    for rows in zip(*(np.array_split(c, parts) for c in columns)):
        metric.update(*map(ms.Tensor, rows))
    return np.array(metric.eval(), float)


def classification(inputs):
    scores, labels, bits = inputs["scores"], inputs["labels"], inputs["bits"]
    shares = inputs["shares"]
    found = {
        "accuracy": batches(train.Accuracy(), scores, labels),
        "multilabel accuracy": batches(train.Accuracy("multilabel"), bits, bits[::-1]),
        "precision": batches(train.Precision(), scores, labels),
        "recall": batches(train.Recall(), scores, labels),
        "multilabel precision": batches(
            train.Precision("multilabel"), bits, bits[::-1]
        ),
        "F1": batches(train.F1(), scores, labels),
        "Fbeta": batches(train.Fbeta(2.0), scores, labels),
        "top 1": batches(train.Top1CategoricalAccuracy(), scores, labels),
        "top 5": batches(train.Top5CategoricalAccuracy(), scores, labels),
        "top 3": batches(train.TopKCategoricalAccuracy(3), scores, labels),
        "confusion": batches(train.ConfusionMatrix(6), scores, labels),
        "perplexity": batches(train.Perplexity(), shares, labels),
        "ignoring": batches(train.Perplexity(2), shares, labels),
        "mae": batches(train.MAE(), scores, shares),
        "mse": batches(train.MSE(), scores, shares),
        "dice": batches(train.Dice(), shares, bits),
        "loss": batches(train.Loss(), scores[:, 0], parts=len(scores)),
    }
    roc = train.ROC(pos_label=1)
    roc.clear()
    roc.update(shares[:, 0], bits[:, 0])
    rates = roc.eval()
    for name, values in zip(("fpr", "tpr", "thresholds"), rates):
        found[f"roc {name}"] = np.array(values, float)
    found["auc"] = np.array(train.auc(np.array(rates[0]), np.array(rates[1])))
    return found


def similarity(inputs):
    said, true = inputs["said"], inputs["true"]
    found = {}
    for norm in NORMS:
        for name, metric in {
            "hausdorff": train.HausdorffDistance(norm),
            "directed": train.HausdorffDistance(norm, directed=True),
            "percentile": train.HausdorffDistance(norm, percentile=90.0, crop=False),
            "mean": train.MeanSurfaceDistance(distance_metric=norm),
            "symmetric mean": train.MeanSurfaceDistance(True, norm),
            "root": train.RootMeanSquareDistance(distance_metric=norm),
            "symmetric root": train.RootMeanSquareDistance(True, norm),
        }.items():
            found[f"{name}, {norm}"] = once(metric, said, true, 1)
    for size in (1, 2, 3, 4):
        for smooth in (False, True):
            metric = train.BleuScore(size, smooth)
            found[f"bleu {size} {smooth}"] = once(metric, WORDS, REFERENCES)
    rows = inputs["rows"]
    found["cosine"] = once(train.CosineSimilarity(), rows)
    found["dots"] = once(train.CosineSimilarity("dot", "mean", False), rows)
    found["sums"] = once(train.CosineSimilarity("cosine", "sum", True), rows)
    weight = ms.Tensor(rows.astype(np.float32))
    net = nn.Dense(rows.shape[1], rows.shape[0], weight, "zeros")
    image = rows[:1].astype(np.float32) + 0.5
    occluded = train.OcclusionSensitivity()
    found["occlusion"] = once(occluded, net, image, np.array(1))
    boxed = train.OcclusionSensitivity(0.5, 1, 2, [1, 2])
    found["occlusion in a box"] = once(boxed, net, image, np.array(0))
    return found


def once(metric, *inputs):
    metric.clear()
    metric.update(*inputs)
    return np.array(metric.eval(), float)
