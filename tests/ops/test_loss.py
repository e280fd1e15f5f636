"""Losses against their formulas in double precision."""

import numpy as np
import pytest
import scipy.special

from cellnet import Tensor, ops
from cellnet.graph import grad

RNG = np.random.default_rng(3)
LOGITS = RNG.standard_normal((5, 4)).astype(np.float32)
LABELS = np.array([0, 3, 1, 2, 2], np.int32)
P = scipy.special.expit(RNG.standard_normal((3, 4))).astype(np.float32)
Y = scipy.special.expit(RNG.standard_normal((3, 4))).astype(np.float32)
LOG_P = scipy.special.log_softmax(LOGITS.astype(np.float64), -1)
PICKED = -LOG_P[np.arange(5), LABELS]


def test_dense_softmax_cross_entropy():
    hot = np.eye(4, dtype=np.float32)[LABELS]
    loss, gradient = ops.SoftmaxCrossEntropyWithLogits()(Tensor(LOGITS), Tensor(hot))
    np.testing.assert_allclose(loss.asnumpy(), PICKED, rtol=1e-5)
    np.testing.assert_allclose(gradient.asnumpy(), np.exp(LOG_P) - hot, atol=1e-6)
    with pytest.raises(TypeError, match="dtypes"):
        ops.SoftmaxCrossEntropyWithLogits()(Tensor(LOGITS), Tensor(hot.astype(int)))
    with pytest.raises(ValueError, match="shapes"):
        ops.SoftmaxCrossEntropyWithLogits()(Tensor(LOGITS), Tensor(hot[1:]))


def test_sparse_softmax_cross_entropy():
    logits, labels = Tensor(LOGITS), Tensor(LABELS)
    loss = ops.SparseSoftmaxCrossEntropyWithLogits()
    np.testing.assert_allclose(float(loss(logits, labels)), PICKED.mean(), rtol=1e-5)
    stated = ops.SparseSoftmaxCrossEntropyWithLogits(is_grad=True)(logits, labels)
    np.testing.assert_allclose(
        grad(loss)(logits, labels).asnumpy(), stated.asnumpy(), atol=1e-6
    )
    with pytest.raises(TypeError, match="labels must be ints"):
        loss(logits, Tensor(LABELS.astype(np.float32)))
    with pytest.raises(ValueError, match=r"labels \(5,\)"):
        loss(logits, Tensor(LABELS[:, None]))


def test_cross_entropy_with_weights_and_an_ignored_class():
    weight = np.array([1.0, 2.0, 0.5, 3.0], np.float32)
    counts = LABELS != 2
    scale = weight[LABELS] * counts
    args = (Tensor(LOGITS), Tensor(LABELS), Tensor(weight), 2)
    expected = {
        "none": PICKED * scale,
        "sum": (PICKED * scale).sum(),
        "mean": (PICKED * scale).sum() / scale.sum(),
    }
    for reduction, value in expected.items():
        result = ops.cross_entropy(*args, reduction)
        np.testing.assert_allclose(result.asnumpy(), value, rtol=1e-5)
    with pytest.raises(ValueError, match="reduction"):
        ops.cross_entropy(*args, "max")


def test_cross_entropy_of_images_smoothing_and_probabilities():
    x = RNG.standard_normal((2, 3, 4)).astype(np.float32)
    labels = RNG.integers(0, 3, (2, 4))
    log_p = scipy.special.log_softmax(x.astype(np.float64), 1)
    hot = np.moveaxis(np.eye(3)[labels], -1, 1)
    target = 0.9 * hot + 0.1 / 3
    expected = -(target * log_p).sum(1).mean()
    result = ops.cross_entropy(Tensor(x), Tensor(labels), label_smoothing=0.1)
    np.testing.assert_allclose(float(result), expected, rtol=1e-5)
    result = ops.cross_entropy(Tensor(x), Tensor(target.astype(np.float32)))
    np.testing.assert_allclose(float(result), expected, rtol=1e-5)


def test_binary_cross_entropies():
    y, p = Y.astype(np.float64), P.astype(np.float64)
    values = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    result = ops.BinaryCrossEntropy("none")(Tensor(P), Tensor(Y), None)
    np.testing.assert_allclose(result.asnumpy(), values, rtol=1e-5)
    x = Tensor(scipy.special.logit(P))
    result = ops.SigmoidCrossEntropyWithLogits()(x, Tensor(Y))
    np.testing.assert_allclose(result.asnumpy(), values, rtol=1e-4, atol=1e-5)
    positive = -(3 * y * np.log(p) + (1 - y) * np.log(1 - p))
    three = Tensor(np.full(4, 3.0, np.float32))
    result = ops.BCEWithLogitsLoss()(x, Tensor(Y), three / 3, three)
    np.testing.assert_allclose(float(result), positive.mean(), rtol=1e-4)


def test_binary_cross_entropy_with_large_logits_is_finite():
    result = ops.binary_cross_entropy_with_logits(
        Tensor([1000.0, -1000.0]), Tensor([0.0, 1.0]), reduction="none"
    )
    assert result.tolist() == [1000.0, 1000.0]


def test_regression_losses():
    x, y = Tensor([0.0, 1.0, 5.0]), Tensor([0.5, 1.0, 2.0])
    assert ops.mse_loss(x, y, "none").tolist() == [0.25, 0.0, 9.0]
    assert ops.l1_loss(x, y, "sum").tolist() == 3.5
    assert ops.SmoothL1Loss()(x, y).tolist() == [0.125, 0.0, 2.5]
    assert ops.SmoothL1Loss(beta=2.0)(x, y).tolist() == [0.0625, 0.0, 2.0]
    assert ops.huber_loss(x, y, "none", 2.0).tolist() == [0.125, 0.0, 4.0]
    with pytest.raises(ValueError, match="beta"):
        ops.smooth_l1_loss(x, y, 0)


def test_divergence_and_similarity():
    p = np.array([[0.2, 0.8], [0.0, 1.0]], np.float32)
    q = np.array([[0.5, 0.5], [0.25, 0.75]], np.float32)
    expected = scipy.special.rel_entr(p, q)
    result = ops.kl_div(Tensor(np.log(q)), Tensor(p), "none")
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5, atol=1e-7)
    result = ops.kl_div(Tensor(np.log(q)), Tensor(p), "batchmean")
    np.testing.assert_allclose(float(result), expected.sum() / 2, rtol=1e-5)
    result = ops.cosine_similarity(Tensor([[1.0, 0.0]]), Tensor([[1.0, 1.0]]))
    np.testing.assert_allclose(result.asnumpy(), [np.sqrt(0.5)], rtol=1e-5)


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("swap", [False, True])
def test_triplet_margin_loss(p, swap):
    a, b, c = RNG.standard_normal((3, 6, 4)).astype(np.float32)

    def distance(x, y):
        return (np.abs(np.float64(x) - y + 1e-6) ** p).sum(-1) ** (1 / p)

    far = np.minimum(distance(a, c), distance(b, c)) if swap else distance(a, c)
    expected = np.maximum(distance(a, b) - far + 0.5, 0)
    tensors = [Tensor(x) for x in (a, b, c)]
    for reduction, value in (("none", expected), ("sum", expected.sum())):
        found = ops.TripletMarginLoss(p, swap, reduction=reduction)
        np.testing.assert_allclose(
            found(*tensors, Tensor(np.float32(0.5))).asnumpy(), value, rtol=1e-4
        )
    found = ops.triplet_margin_loss(*tensors, margin=0.5, p=p, swap=swap)
    np.testing.assert_allclose(float(found), expected.mean(), rtol=1e-4)


def test_triplet_margin_loss_misuse():
    x = Tensor(LOGITS)
    with pytest.raises(TypeError, match="dtypes must be equal"):
        ops.triplet_margin_loss(x, x, Tensor(LOGITS.astype(np.float16)))
    with pytest.raises(TypeError, match="swap"):
        ops.triplet_margin_loss(x, x, x, swap=1)
    with pytest.raises(ValueError, match="reduction"):
        ops.TripletMarginLoss(reduction="max")(x, x, x, Tensor(1.0))
