"""Perplexity, ROC, auc and confusion matrices, by formulas and by figures that
MindSpore 2.10 gave."""

import math

import numpy as np
import pytest

from cellnet import Tensor
from cellnet.train.metrics import (
    ROC,
    ConfusionMatrix,
    ConfusionMatrixMetric,
    Perplexity,
    auc,
)

_random = np.random.default_rng(0)
P = _random.random((3, 2, 4))
P /= P.sum(-1, keepdims=True)
LABELS = _random.integers(0, 4, (3, 2))


def test_perplexity():
    logs = [-math.log(P[i, j, LABELS[i, j]]) for i in range(3) for j in range(2)]
    metric = Perplexity()
    metric.update(Tensor(P[:2]), Tensor(LABELS[:2]))
    metric.update(P[2:], LABELS[2:])
    assert metric.eval() == pytest.approx(math.exp(np.mean(logs)))
    ignored = int(LABELS[0, 0])
    kept = np.array(logs)[LABELS.reshape(-1) != ignored]
    assert Perplexity(ignored)(P, LABELS) == pytest.approx(math.exp(kept.mean()))


def test_roc_of_two_classes():
    metric = ROC()
    metric.update(np.array([0.28, 0.55]), np.array([0, 1]))
    metric.update(np.array([0.15, 0.55]), np.array([0, 1]))
    found = metric.eval()
    expected = ([0, 0, 0.5, 1], [0, 1, 1, 1], [1.55, 0.55, 0.28, 0.15])
    for part, values in zip(found, expected, strict=True):
        np.testing.assert_allclose(part, values)
    assert auc(*found[:2]) == 1.0


def test_roc_of_several_classes():
    scores = np.array(
        [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.5, 0.2, 0.3], [0.3, 0.3, 0.4]]
    )
    fpr, tpr, thresholds = ROC(class_num=3)(scores, np.array([0, 1, 2, 0]))
    for c in range(3):
        positive = np.array([0, 1, 2, 0]) == c
        for i, threshold in enumerate(thresholds[c]):
            chosen = scores[:, c] >= threshold
            assert fpr[c][i] == (chosen & ~positive).sum() / (~positive).sum()
            assert tpr[c][i] == (chosen & positive).sum() / positive.sum()


def test_roc_and_auc_as_mindspore():
    scores = np.array([[3, 0, 1], [1, 3, 0], [1, 0, 2]])
    labels = np.array([[0, 2, 1], [1, 2, 1], [0, 0, 1]])
    fpr, tpr, _ = ROC(pos_label=2)(scores, labels)
    assert auc(fpr, tpr) == pytest.approx(0.5357142857142857)
    falling = np.array([1.0, 0.5, 0.0])
    assert auc(falling, np.array([1.0, 1.0, 0.0])) == 0.75
    assert auc(falling[[0, 2, 1]], np.array([1.0, 0.0, 1.0]), reorder=True) == 0.75


@pytest.mark.parametrize(
    ("normalize", "divisor"),
    [
        ("no_norm", 1),
        ("target", np.array([[1], [3], [2]])),
        ("prediction", np.array([[1, 3, 2]])),
        ("all", 6),
    ],
)
def test_confusion_matrix(normalize, divisor):
    metric = ConfusionMatrix(3, normalize)
    metric.update(np.array([0, 1, 2, 2, 1]), np.array([0, 2, 2, 1, 1]))
    metric.update(np.array([[0.1, 0.9, 0.0]]), np.array([1]))
    counts = np.array([[1, 0, 0], [0, 2, 1], [0, 1, 1]])
    np.testing.assert_allclose(metric.eval(), counts / divisor)


def test_confusion_matrix_by_threshold():
    scores, labels = np.array([0.1, 0.9, 0.6]), np.array([1, 1, 0])
    assert ConfusionMatrix(2)(scores, labels).tolist() == [[0, 1], [1, 1]]
    above = ConfusionMatrix(2, threshold=0.7)
    assert above(scores, labels).tolist() == [[1, 0], [1, 1]]


SAID = np.array(
    [
        [[1, 1], [1, 1], [0, 0]],
        [[0, 0], [1, 1], [0, 1]],
        [[1, 0], [1, 1], [0, 0]],
        [[1, 1], [1, 0], [1, 0]],
    ]
)
TRUE = np.array(
    [
        [[0, 1], [0, 0], [1, 1]],
        [[0, 0], [0, 1], [0, 1]],
        [[0, 0], [1, 1], [0, 0]],
        [[1, 0], [1, 0], [1, 0]],
    ]
)


def counted(said, true):
    return [
        int(((said == a) & (true == b)).sum())
        for a, b in ((1, 1), (1, 0), (0, 0), (0, 1))
    ]


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("sensitivity", lambda tp, fp, tn, fn: tp / (tp + fn)),
        ("tpr", lambda tp, fp, tn, fn: tp / (tp + fn)),
        ("specificity", lambda tp, fp, tn, fn: tn / (tn + fp)),
        ("precision", lambda tp, fp, tn, fn: tp / (tp + fp)),
        ("negative predictive value", lambda tp, fp, tn, fn: tn / (tn + fn)),
        ("miss rate", lambda tp, fp, tn, fn: fn / (fn + tp)),
        ("fall out", lambda tp, fp, tn, fn: fp / (fp + tn)),
        ("false discovery rate", lambda tp, fp, tn, fn: fp / (fp + tp)),
        ("false omission rate", lambda tp, fp, tn, fn: fn / (fn + tn)),
        ("threat score", lambda tp, fp, tn, fn: tp / (tp + fn + fp)),
        ("accuracy", lambda tp, fp, tn, fn: (tp + tn) / (tp + tn + fp + fn)),
        ("f1 score", lambda tp, fp, tn, fn: 2 * tp / (2 * tp + fp + fn)),
        (
            "mcc",
            lambda tp, fp, tn, fn: (
                (tp * tn - fp * fn)
                / math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
            ),
        ),
        (
            "balanced accuracy",
            lambda tp, fp, tn, fn: (tp / (tp + fn) + tn / (tn + fp)) / 2,
        ),
        (
            "fowlkes mallows index",
            lambda tp, fp, tn, fn: math.sqrt(tp / (tp + fp) * tp / (tp + fn)),
        ),
        ("informedness", lambda tp, fp, tn, fn: tp / (tp + fn) + tn / (tn + fp) - 1),
        ("markedness", lambda tp, fp, tn, fn: tp / (tp + fp) + tn / (tn + fn) - 1),
    ],
)
@pytest.mark.parametrize("skip", [True, False])
def test_measures(name, formula, skip):
    start = 0 if skip else 1
    expected = formula(*counted(SAID[:, start:], TRUE[:, start:]))
    found = ConfusionMatrixMetric(skip, name)(Tensor(SAID), Tensor(TRUE))
    np.testing.assert_allclose(found, [expected])


def test_counts_add_up_over_batches():
    metric = ConfusionMatrixMetric(metric_name="recall")
    metric.update(SAID[:1], TRUE[:1])
    metric.update(SAID[1:], TRUE[1:])
    tp, _, _, fn = counted(SAID, TRUE)
    np.testing.assert_allclose(metric.eval(), [tp / (tp + fn)])
    flat = ConfusionMatrixMetric(True, "recall", calculation_method=True)
    tp, _, _, fn = counted(SAID[..., 0], TRUE[..., 0])
    np.testing.assert_allclose(flat(SAID[..., 0], TRUE[..., 0]), [tp / (tp + fn)])


def test_prevalence_threshold():
    tp, fp, tn, fn = counted(SAID, TRUE)
    tpr, tnr = tp / (tp + fn), tn / (tn + fp)
    expected = (math.sqrt(tpr * (1 - tnr)) + tnr - 1) / (tpr + tnr - 1)
    found = ConfusionMatrixMetric(True, "prevalence threshold")(SAID, TRUE)
    np.testing.assert_allclose(found, [expected])


@pytest.mark.parametrize(
    ("skip", "decrease", "name", "one", "two"),
    # MindSpore 2.10: the batch SAID alone, and SAID and then SAID[:2]
    [
        (True, "mean", "tpr", 0.875, 0.8333333333333334),
        (True, "mean", "ppv", 0.5833333333333334, 0.5555555555555556),
        (True, "sum", "tpr", 7.0, 5.666666666666667),
        (True, "sum", "ppv", 5.5, 4.423076923076923),
        (True, "sum", "acc", 8.0, 6.333333333333333),
        (False, "mean", "acc", 0.6875, 0.5833333333333334),
        (False, "sum", "tpr", 5.0, 4.0),
    ],
)
def test_each_sample_first_as_mindspore(skip, decrease, name, one, two):
    metric = ConfusionMatrixMetric(skip, name, True, decrease)
    metric.update(SAID, TRUE)
    assert metric.eval() == pytest.approx(one)
    metric.update(SAID[:2], TRUE[:2])
    assert metric.eval() == pytest.approx(two)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda: Perplexity("a")),
        (RuntimeError, lambda: Perplexity().eval()),
        (ValueError, lambda: Perplexity()(P)),
        (RuntimeError, lambda: Perplexity()(P, LABELS[:1])),
        (TypeError, lambda: ROC(class_num="a")),
        (RuntimeError, lambda: ROC().eval()),
        (ValueError, lambda: ROC()(np.array([0.1, 0.2]), np.array([0, 0]))),
        (ValueError, lambda: ROC()(np.array([0.1, 0.2]), np.array([1, 1]))),
        (ValueError, lambda: ROC()(np.ones((2, 3)), np.array([1, 1]))),
        (TypeError, lambda: auc([0, 1], [1, 1])),
        (ValueError, lambda: auc(np.array([0, 1, 0.5]), np.ones(3))),
        (ValueError, lambda: auc(np.ones(1), np.ones(1))),
        (TypeError, lambda: ConfusionMatrix("a")),
        (ValueError, lambda: ConfusionMatrix(3, "x")),
        (TypeError, lambda: ConfusionMatrix(3, threshold=1)),
        (RuntimeError, lambda: ConfusionMatrix(3).eval()),
        (ValueError, lambda: ConfusionMatrix(2)(np.array([2]), np.array([1]))),
        (TypeError, lambda: ConfusionMatrixMetric(3)),
        (ValueError, lambda: ConfusionMatrixMetric(decrease="x")),
        (NotImplementedError, lambda: ConfusionMatrixMetric(metric_name="nope")),
        (ValueError, lambda: ConfusionMatrixMetric()(SAID[:, :2], TRUE)),
        (RuntimeError, lambda: ConfusionMatrixMetric().eval()),
    ],
)
def test_errors(kind, call):
    with pytest.raises(kind):
        call()
