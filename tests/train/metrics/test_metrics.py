"""Metrics against formulas written out here and values measured on MindSpore 2.10."""

import jax.numpy as jnp
import numpy as np
import pytest

from cellnet.tensor import Tensor
from cellnet.train.metrics import (
    F1,
    MAE,
    MSE,
    Accuracy,
    Fbeta,
    Loss,
    Metric,
    Precision,
    Recall,
    Top1CategoricalAccuracy,
    Top5CategoricalAccuracy,
    TopKCategoricalAccuracy,
    get_metric_fn,
    get_metrics,
    names,
    rearrange_inputs,
)

RNG = np.random.default_rng(0)
SCORES = RNG.random((8, 6)).astype(np.float32)
LABELS = RNG.integers(0, 6, 8)
ONE_HOT = np.eye(6)[LABELS]
BITS = np.array([[0, 1, 1], [1, 0, 0]])
OTHER_BITS = np.array([[0, 1, 1], [1, 0, 1]])
# three samples of two classes: outputs say 1, 0, 1, labels 1, 0, 0
TWO, TWO_LABELS = np.array([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6]]), np.array([1, 0, 0])


def after(metric, *batches):
    for batch in batches:
        metric.update(*batch)
    return metric.eval()


@pytest.mark.parametrize(
    "convert", [Tensor, jnp.asarray, np.asarray, np.ndarray.tolist]
)
def test_inputs_may_be_tensors_arrays_and_lists(convert):
    y_pred, y = convert(SCORES), convert(LABELS.astype(np.int32))
    assert after(Accuracy(), (y_pred, y)) == np.mean(SCORES.argmax(1) == LABELS)


@pytest.mark.parametrize("y", [LABELS, LABELS.astype(np.float32), ONE_HOT])
def test_accuracy_counts_over_batches_of_any_size(y):
    right = SCORES.argmax(1) == LABELS
    found = after(Accuracy(), (SCORES[:5], y[:5]), (SCORES[5:], y[5:]))
    assert found == right.sum() / 8
    assert type(found) is float


def test_accuracy_takes_the_first_of_equal_outputs():
    assert after(Accuracy(), (np.zeros((2, 3)), np.array([0, 1]))) == 0.5


def test_accuracy_counts_positions_as_samples():
    y_pred, y = RNG.random((2, 3, 4)), RNG.integers(0, 3, (2, 4))
    expected = np.mean(
        [y_pred[n, :, t].argmax() == y[n, t] for n in range(2) for t in range(4)]
    )
    assert after(Accuracy(), (y_pred, y)) == expected


def test_multilabel_accuracy_wants_all_labels_of_a_sample():
    assert after(Accuracy("multilabel"), (BITS, OTHER_BITS)) == 0.5
    y = np.zeros((2, 3, 4))
    y[:, :, 0] = 1
    # (N, C, positions): at position 0 all labels are 1, elsewhere 0
    assert after(Accuracy("multilabel"), (np.ones((2, 3, 4)), y)) == 0.25


def test_clear_forgets():
    metric = Accuracy()
    after(metric, (SCORES, LABELS))
    metric.clear()
    assert after(metric, (np.eye(3), np.array([0, 1, 0]))) == 2 / 3


def test_loss_is_the_mean_of_batches_whatever_their_size():
    assert after(Loss(), (Tensor(1.0),), (Tensor([2.0, 4.0]),)) == 2.0
    assert after(Loss(), ([1.5],)) == 1.5


def test_mae_and_mse_divide_by_samples():
    y_pred, y = RNG.random((4, 6)), RNG.random((4, 6))
    batches = (y_pred, y), (y_pred[:1], y[:1] + 1)
    difference = np.concatenate([y - y_pred, y[:1] + 1 - y_pred[:1]])
    assert after(MAE(), *batches) == pytest.approx(np.abs(difference).sum() / 5)
    assert after(MSE(), *batches) == pytest.approx((difference**2).sum() / 5)
    assert after(MSE(), (y_pred[:, :1], y[:, 0])) == pytest.approx(
        np.mean((y_pred - y)[:, 0] ** 2)
    )


@pytest.mark.parametrize("y", [LABELS, LABELS.reshape(-1, 1), ONE_HOT])
@pytest.mark.parametrize("k", [1, 3, 5, 6])
def test_top_k(k, y):
    rank = [(row > row[label]).sum() for row, label in zip(SCORES, LABELS, strict=True)]
    expected = np.mean(np.array(rank) < k)
    assert after(
        TopKCategoricalAccuracy(k), (SCORES[:3], y[:3]), (SCORES[3:], y[3:])
    ) == (expected)
    named = {1: Top1CategoricalAccuracy, 5: Top5CategoricalAccuracy}
    if k in named:
        assert after(named[k](), (SCORES, y)) == expected


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Precision(), [1.0, 0.5]),
        (Recall(), [0.5, 1.0]),
        (Fbeta(2.0), [0.5555555555555556, 0.8333333333333333]),
        (F1(), [0.6666666666666666, 0.6666666666666666]),
    ],
)
def test_scores_by_class(metric, expected):
    found = after(
        metric, (TWO[:2], TWO_LABELS[:2]), (TWO[2:], np.eye(2)[TWO_LABELS[2:]])
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    average = metric.eval(True)
    assert average == pytest.approx(np.mean(expected))
    assert type(average) is float


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Precision("multilabel"), [1.0, 1.0, 1.0, 1.0]),
        (Recall("multilabel"), [1.0, 0.5, 1.0, 0.5]),
    ],
)
def test_scores_by_sample(metric, expected):
    found = after(metric, (BITS, OTHER_BITS), (BITS, OTHER_BITS))
    np.testing.assert_array_equal(found, expected)


def test_a_class_that_never_comes_scores_0():
    y_pred = np.eye(3)[[0, 0]]
    for metric in (Precision(), Recall(), F1()):
        found = after(metric, (y_pred, np.array([0, 1])))
        assert found[2] == 0
        assert np.isfinite(found).all()


METRICS = [
    *(Accuracy, Loss, MAE, MSE, Top1CategoricalAccuracy, Top5CategoricalAccuracy),
    *(Precision, Recall, F1),
]


@pytest.mark.parametrize("kind", METRICS)
def test_no_samples_is_an_error(kind):
    with pytest.raises(RuntimeError, match=f"{kind.__name__}: there are no samples"):
        kind().eval()


@pytest.mark.parametrize("kind", METRICS)
def test_a_wrong_number_or_type_of_inputs(kind):
    count = 1 if kind is Loss else 2
    with pytest.raises(ValueError, match=f"expected {count} inputs .*got 3"):
        kind().update(SCORES, LABELS, LABELS)
    with pytest.raises(TypeError, match="expected Tensors, lists or arrays, got float"):
        kind().update(*[1.0] * count)


@pytest.mark.parametrize(
    ("metric", "inputs", "message"),
    [
        (Accuracy(), (SCORES, LABELS[:, None]), r"\(8, 6\) and \(8, 1\)"),
        (Accuracy(), (SCORES, LABELS[:7]), r"\(8, 6\) and \(7,\)"),
        (Accuracy(), (LABELS, LABELS), r"\(8,\) and \(8,\)"),
        (Accuracy(), (SCORES, ONE_HOT * 2), "must all be 0 or 1"),
        (Accuracy("multilabel"), (SCORES, ONE_HOT), "must all be 0 or 1"),
        (Accuracy("multilabel"), (BITS, BITS[:1]), r"one shape \(N, C, ...\)"),
        (Precision("multilabel"), (SCORES, LABELS), r"one shape \(N, C, ...\)"),
        (Precision("multilabel"), (SCORES, ONE_HOT), "must all be 0 or 1"),
        (Precision(), (TWO, np.array([1, 0, 2])), r"labels must be in \[0, 2\)"),
        (Fbeta(1.0), (TWO, np.array([1, 0, -1])), r"labels must be in \[0, 2\)"),
        (Loss(), (np.ones((2, 2)),), r"shape \(\) or \(N,\), got \(2, 2\)"),
        (MAE(), (SCORES, LABELS), r"one shape \(N, ...\), got \(8, 6\) and \(8,\)"),
        (MSE(), (np.ones((2, 3)), np.ones((3, 2))), r"one shape \(N, ...\)"),
        (MSE(), (Tensor(1.0), np.ones(1)), r"one shape \(N, ...\)"),
        (MAE(), (np.ones(1), Tensor(1.0)), r"one shape \(N, ...\)"),
        (TopKCategoricalAccuracy(7), (SCORES, LABELS), "C >= k = 7"),
        (TopKCategoricalAccuracy(2), (SCORES, LABELS[:4]), r"need 8 labels, got shape"),
    ],
)
def test_inputs_that_do_not_fit(metric, inputs, message):
    with pytest.raises(ValueError, match=message):
        metric.update(*inputs)


@pytest.mark.parametrize("kind", [Accuracy, Precision, Recall, F1])
def test_the_number_of_classes_stays(kind):
    metric = kind()
    metric.update(TWO, TWO_LABELS)
    with pytest.raises(ValueError, match="3 classes after outputs of 2"):
        metric.update(np.eye(3), TWO_LABELS)
    metric.clear()
    metric.update(np.eye(3), TWO_LABELS)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Accuracy("x"), TypeError, "'multilabel'.*got 'x'"),
        (lambda: Precision(None), TypeError, "eval_type must be one of"),
        (lambda: TopKCategoricalAccuracy(0), ValueError, "k must be >= 1"),
        (lambda: TopKCategoricalAccuracy(1.0), TypeError, "k must be int"),
        (lambda: Fbeta(0), ValueError, "beta must be > 0"),
        (lambda: Fbeta("a"), TypeError, "beta must be a number"),
        (lambda: Precision().eval(3), TypeError, "average must be bool"),
        (lambda: get_metric_fn("zzz"), KeyError, "'zzz'; there are F1, acc"),
        (lambda: get_metrics(["acc"]), TypeError, "expected a set of names"),
        (lambda: get_metrics({"a": "acc"}), TypeError, "'a' -> str"),
        (lambda: get_metrics({3}), KeyError, "no metric is named 3"),
        (lambda: Accuracy().set_indexes((1, 0)), ValueError, "a list of ints"),
        (lambda: Accuracy().set_indexes([1.0]), ValueError, "a list of ints"),
    ],
)
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_indexes_choose_and_order_the_inputs():
    metric = Accuracy().set_indexes([2, 0])
    assert metric.indexes == [2, 0]
    assert after(metric, (LABELS, "ignored", SCORES)) == np.mean(
        SCORES.argmax(1) == LABELS
    )
    with pytest.raises(IndexError, match=r"asked for \[2, 0\], but there are 2"):
        metric.update(LABELS, SCORES)


def test_a_metric_of_ones_own():
    class Inputs(Metric):
        def clear(self):
            self.seen = []

        @rearrange_inputs
        def update(self, *inputs):
            """Note them."""
            self.seen.append(inputs)

        def eval(self):
            return self.seen

    assert Inputs.update.__doc__ == "Note them."
    assert Inputs()(1, 2) == [(1, 2)]
    assert Inputs().set_indexes([-1, 0])(1, 2, 3) == [(3, 1)]
    with pytest.raises(TypeError, match="abstract"):
        Metric()


def test_metrics_by_name():
    for name in names():
        arguments = (2,) if name in ("topk", "confusion_matrix") else ()
        if name != "auc":  # a function of two arrays
            assert isinstance(get_metric_fn(name, *arguments), Metric)
    assert get_metric_fn("auc", np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0.5
    assert get_metrics(None) is None
    found = get_metrics({"loss", "acc"})
    assert [(n, type(m)) for n, m in found.items()] == [
        ("acc", Accuracy),
        ("loss", Loss),
    ]
    mine = {"mine": Accuracy()}
    assert get_metrics(mine) == mine
