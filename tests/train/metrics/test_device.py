"""Metrics gathered in a compiled loop give what the host gives."""

import fractions

import jax
import numpy as np
import pytest

from cellnet.train.metrics import (
    F1,
    MAE,
    MSE,
    ROC,
    Accuracy,
    BleuScore,
    ConfusionMatrix,
    CosineSimilarity,
    DeviceMetric,
    Dice,
    Fbeta,
    HausdorffDistance,
    Loss,
    Perplexity,
    Precision,
    Recall,
    TopKCategoricalAccuracy,
)
from cellnet.train.metrics import _device as device

RNG = np.random.default_rng(1)
STEPS, N, C = 7, 5, 4
SCORES = RNG.random((STEPS, N, C)).astype(np.float32)
LABELS = RNG.integers(0, C, (STEPS, N))
ONE_HOT = np.eye(C, dtype=np.float32)[LABELS]
BITS = RNG.integers(0, 2, (STEPS, N, 2)).astype(np.int32)
OTHER_BITS = RNG.integers(0, 2, (STEPS, N, 2)).astype(np.int32)
CASES = {
    "labels": (Accuracy(), SCORES, LABELS.astype(np.int32)),
    "unsigned labels": (Accuracy(), SCORES, LABELS.astype(np.uint32)),
    "float labels": (Accuracy(), SCORES, LABELS.astype(np.float32)),
    "one-hot": (Accuracy(), SCORES, ONE_HOT),
    "positions": (Accuracy(), SCORES[..., None], LABELS[..., None].astype(np.int32)),
    "nan outputs": (Accuracy(), SCORES * np.nan, LABELS.astype(np.int32)),
    "multilabel": (Accuracy("multilabel"), BITS, OTHER_BITS),
    "scalar loss": (Loss(), SCORES[:, 0, 0]),
    "vector loss": (Loss(), SCORES[:, 0]),
    "top 2": (TopKCategoricalAccuracy(2), SCORES, LABELS.astype(np.int32)),
    "top 2, one-hot": (TopKCategoricalAccuracy(2), SCORES, ONE_HOT),
    "perplexity": (Perplexity(), SCORES, LABELS.astype(np.int32)),
    "perplexity, ignoring": (Perplexity(1), SCORES, LABELS.astype(np.int32)),
    "dice": (Dice(), SCORES, ONE_HOT),
    "mae": (MAE(), SCORES, SCORES[::-1].copy()),
    "mse": (MSE(), SCORES, SCORES[::-1].copy()),
}


CLASS_SCORES = [Precision(), Recall(), Fbeta(2.0), F1()]
LABEL_FORMS = {
    "labels": LABELS.astype(np.int32),
    "unsigned labels": LABELS.astype(np.uint32),
    "bytes": LABELS.astype(np.uint8),
    "float labels": LABELS.astype(np.float32),
    "one-hot": ONE_HOT,
}
METRICS = [
    *(Accuracy(), ConfusionMatrix(2), Dice(), Loss(), MAE(), MSE(), Perplexity()),
    *(TopKCategoricalAccuracy(2), *CLASS_SCORES),
]


def scan(metric, *columns):
    def body(state, batch):
        return metric.accumulate(state, *batch), None

    initial = device.initial_state(metric, [column[0] for column in columns])
    return jax.jit(lambda s, c: jax.lax.scan(body, s, c)[0])(initial, columns)


def on_host(metric, *columns):
    metric.clear()
    for batch in zip(*columns, strict=True):
        metric.update(*map(np.asarray, batch))
    return metric.eval()


def by_hand(said, true):
    """(true positives, false positives, false negatives) of each class."""
    pairs = list(zip(said.ravel(), true.ravel(), strict=True))
    return np.array(
        [
            (
                sum(a == c and b == c for a, b in pairs),
                sum(a == c and b != c for a, b in pairs),
                sum(a != c and b == c for a, b in pairs),
            )
            for c in range(C)
        ]
    ).T


@pytest.mark.parametrize("case", CASES)
def test_the_device_form_equals_the_host_form(case):
    metric, *columns = CASES[case]
    for batch in zip(*columns, strict=True):
        metric.update(*map(np.asarray, batch))
    found = metric.result(scan(metric, *columns))
    assert type(found) is float
    if isinstance(metric, Accuracy):
        assert found == metric.eval()
    else:
        assert found == pytest.approx(metric.eval(), rel=1e-6)


@pytest.mark.parametrize("normalize", ["no_norm", "target", "prediction", "all"])
def test_a_confusion_matrix_is_counted_on_the_device(normalize):
    columns = SCORES, LABELS.astype(np.int32)
    metric = ConfusionMatrix(C, normalize)
    for batch in zip(*columns, strict=True):
        metric.update(*map(np.asarray, batch))
    expected = metric.eval()
    metric.clear()
    np.testing.assert_allclose(metric.result(scan(metric, *columns)), expected)
    scores = BITS[..., 0].astype(np.float32), OTHER_BITS[..., 0]
    two = ConfusionMatrix(2)
    found = two.result(scan(two, *scores))
    assert found.sum() == BITS[..., 0].size
    two.clear()
    for batch in zip(*scores, strict=True):
        two.update(*map(np.asarray, batch))
    np.testing.assert_array_equal(found, two.eval())


def test_scores_by_class_are_those_of_counts_by_hand():
    tp, fp, fn = by_hand(SCORES.argmax(-1), LABELS)
    expected = {
        Precision: tp / (tp + fp),
        Recall: tp / (tp + fn),
        Fbeta: 5 * tp / (5 * tp + 4 * fn + fp),
        F1: 2 * tp / (2 * tp + fn + fp),
    }
    for metric in CLASS_SCORES:
        found = metric.result(scan(metric, SCORES, LABELS.astype(np.int32)))
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected[type(metric)], rtol=1e-15)


@pytest.mark.parametrize("metric", CLASS_SCORES)
@pytest.mark.parametrize("form", LABEL_FORMS)
def test_scores_by_class_equal_the_host_form_exactly(metric, form):
    labels = LABEL_FORMS[form]
    expected = on_host(metric, SCORES, labels)
    np.testing.assert_array_equal(metric.result(scan(metric, SCORES, labels)), expected)
    # positions are samples; class 3 is neither said nor true: 0 / 0 is 0
    images = SCORES[..., None].repeat(2, -1) * np.array([1, 1, 1, 0])[:, None]
    positions = np.minimum(LABELS, 2)[..., None].repeat(2, -1).astype(np.int32)
    expected = on_host(metric, images, positions)
    assert expected[3] == 0 < expected[0]
    np.testing.assert_array_equal(
        metric.result(scan(metric, images, positions)), expected
    )


def test_another_number_of_classes_is_told():
    metric = F1()
    state = scan(metric, SCORES, LABELS.astype(np.int32))
    with pytest.raises(ValueError, match="outputs of 3 classes after outputs of 4"):
        metric.accumulate(state, SCORES[0, :, :3], np.zeros(N, np.int32))


@pytest.mark.parametrize("metric", [ConfusionMatrix(C), Perplexity(), *CLASS_SCORES])
@pytest.mark.parametrize("label", [-1, C])
def test_a_label_that_is_no_class_is_told(metric, label):
    labels = LABELS.astype(np.int32).copy()
    labels[2, 3] = label
    metric.clear()
    with pytest.raises(ValueError, match="labels"):
        metric.update(np.asarray(SCORES[2]), labels[2])
    with pytest.raises(ValueError, match="labels"):
        metric.result(scan(metric, SCORES, labels))


def test_a_metric_without_a_device_form_is_known():
    assert all(isinstance(case[0], DeviceMetric) for case in CASES.values())
    for metric in (ROC(), BleuScore(), CosineSimilarity(), HausdorffDistance()):
        assert not metric.gathers_on_device
    for metric in CLASS_SCORES:
        assert metric.gathers_on_device
    # a number for each sample
    assert not Recall("multilabel").gathers_on_device
    assert not Precision("multilabel").gathers_on_device


@pytest.mark.parametrize("metric", METRICS)
def test_no_batch_is_an_error(metric):
    batch = np.zeros((N, C), np.float32), np.zeros(N, np.int32)
    with pytest.raises(RuntimeError, match="there are no samples"):
        metric.result(device.initial_state(metric, batch))


@pytest.mark.parametrize(
    ("metric", "y_pred", "y"),
    [
        (Accuracy(), SCORES, ONE_HOT * 2),
        (Accuracy("multilabel"), SCORES, ONE_HOT),
        *((metric, SCORES, ONE_HOT * 2) for metric in CLASS_SCORES),
    ],
)
def test_a_bad_value_in_any_batch_is_told_at_the_end(metric, y_pred, y):
    y_pred, y = y_pred.copy(), y.copy()
    y_pred[1:], y[1:] = ONE_HOT[1:], ONE_HOT[1:]  # only the first batch is bad
    with pytest.raises(ValueError, match="must all be 0 or 1"):
        metric.result(scan(metric, y_pred, y))


def test_bad_shapes_are_told_while_tracing():
    with pytest.raises(ValueError, match=r"\(5, 4\) and \(4,\)"):
        scan(Accuracy(), SCORES, LABELS[:, :4].astype(np.int32))
    with pytest.raises(ValueError, match=r"\(5, 4\) and \(4,\)"):
        scan(F1(), SCORES, LABELS[:, :4].astype(np.int32))
    with pytest.raises(ValueError, match=r"got \(5, 4\)"):
        scan(Loss(), SCORES)


def test_a_counter_goes_beyond_32_bits():
    count, step = device.zero_count(), 2**30
    add = jax.jit(device.add_count)
    for _ in range(9):
        count = add(count, step)
    assert device.read_count(add(count, 7)) == 9 * 2**30 + 7


def test_a_sum_keeps_what_single_precision_loses():
    # 1e8 + 1 is 1e8 in float32
    values = np.array([1e8, *[1.0] * 1000, -1e8, 0.1], np.float32)
    exact = float(sum(fractions.Fraction(float(v)) for v in values))
    total, _ = jax.jit(
        lambda v: jax.lax.scan(
            lambda t, x: (device.add_sum(t, x), None), device.zero_sum(), v
        )
    )(values)
    assert device.read_sum(total) == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_an_infinite_sum_stays_infinite(bad):
    total = device.zero_sum()
    for value in (1.0, bad, 1.0):
        total = device.add_sum(total, value)
    assert device.read_sum(total) == bad
