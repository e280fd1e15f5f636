"""Metrics gathered in a compiled loop give what the host gives."""

import fractions

import jax
import numpy as np
import pytest

from cellnet.train.metrics import (
    MAE,
    MSE,
    Accuracy,
    ConfusionMatrix,
    DeviceMetric,
    Dice,
    Loss,
    Perplexity,
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


METRICS = [
    *(Accuracy(), ConfusionMatrix(2), Dice(), Loss(), MAE(), MSE(), Perplexity()),
    TopKCategoricalAccuracy(2),
]


def scan(metric, *columns):
    def body(state, batch):
        return metric.accumulate(state, *batch), None

    return jax.jit(lambda s, c: jax.lax.scan(body, s, c)[0])(metric.initial(), columns)


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


@pytest.mark.parametrize("metric", [ConfusionMatrix(C), Perplexity()])
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
    assert not isinstance(Recall(), DeviceMetric)


@pytest.mark.parametrize("metric", METRICS)
def test_no_batch_is_an_error(metric):
    with pytest.raises(RuntimeError, match="there are no samples"):
        metric.result(metric.initial())


@pytest.mark.parametrize(
    ("metric", "y_pred", "y"),
    [(Accuracy(), SCORES, ONE_HOT * 2), (Accuracy("multilabel"), SCORES, ONE_HOT)],
)
def test_a_bad_value_in_any_batch_is_told_at_the_end(metric, y_pred, y):
    y_pred, y = y_pred.copy(), y.copy()
    y_pred[1:], y[1:] = ONE_HOT[1:], ONE_HOT[1:]  # only the first batch is bad
    with pytest.raises(ValueError, match="must all be 0 or 1"):
        metric.result(scan(metric, y_pred, y))


def test_bad_shapes_are_told_while_tracing():
    with pytest.raises(ValueError, match=r"\(5, 4\) and \(4,\)"):
        scan(Accuracy(), SCORES, LABELS[:, :4].astype(np.int32))
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
