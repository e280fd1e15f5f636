"""What the cookbook's recipes compute, against NumPy."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor, nn
from tests.examples._load import load

losses, optimizers, rates = map(
    load, ("cookbook_losses", "cookbook_optimizers", "cookbook_learning_rates")
)
RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(6, 4)).astype(np.float32)
LABELS = RNG.integers(0, 4, 6).astype(np.int32)


def log_softmax(x):
    x = x.astype(np.float64)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_label_smoothing(reduction):
    target = np.full((6, 4), 0.1 / 3)
    target[np.arange(6), LABELS] = 0.9
    expected = -(target * log_softmax(SCORES)).sum(1)
    expected = {"none": expected, "mean": expected.mean(), "sum": expected.sum()}
    found = losses.LabelSmoothing(0.1, reduction)(Tensor(SCORES), Tensor(LABELS))
    np.testing.assert_allclose(found.asnumpy(), expected[reduction], rtol=1e-5)


def test_the_two_forms_of_label_smoothing_are_one_at_other_settings():
    # e / C everywhere is e (C - 1) / C spread over the others
    built_in = nn.CrossEntropyLoss(label_smoothing=0.2)(Tensor(SCORES), Tensor(LABELS))
    own = losses.LabelSmoothing(0.2 * 3 / 4)(Tensor(SCORES), Tensor(LABELS))
    np.testing.assert_allclose(built_in.asnumpy(), own.asnumpy(), rtol=1e-5)


class Scale(nn.Cell):
    """Scores that tell how the images were mixed."""

    def construct(self, x):
        return x


def test_mixup_mixes_images_and_losses_by_one_share():
    ms.set_seed(3)
    seen = {}

    def loss_fn(scores, labels):
        seen.setdefault("scores", scores)
        seen.setdefault("labels", []).append(labels)
        return (scores.sum(1) * labels).mean()

    ms.set_context(mode=ms.PYNATIVE_MODE)
    mixup = losses.Mixup(Scale(), loss_fn, alpha=1.0)
    loss = float(mixup(Tensor(SCORES), Tensor(LABELS)))
    mixed = seen["scores"].asnumpy()
    # the one share and order that explain the images explain the loss
    order = [
        j
        for i in range(6)
        for j in range(6)
        if np.linalg.matrix_rank(
            np.stack([mixed[i] - SCORES[i], SCORES[j] - SCORES[i]]), tol=1e-4
        )
        < 2
        and (i != j or np.allclose(mixed[i], SCORES[i], atol=1e-5))
    ]
    assert sorted(order) == list(range(6))
    moved = [i for i in range(6) if order[i] != i][0]
    way = SCORES[order[moved]] - SCORES[moved]
    share = 1 - float((mixed[moved] - SCORES[moved]) @ way / (way @ way))
    assert 0 <= share <= 1
    np.testing.assert_allclose(
        mixed, share * SCORES + (1 - share) * SCORES[order], atol=1e-5
    )
    assert (seen["labels"][1].asnumpy() == LABELS[order]).all()
    sums = mixed.sum(1)
    expected = share * (sums * LABELS).mean()
    expected += (1 - share) * (sums * LABELS[order]).mean()
    assert loss == pytest.approx(expected, abs=1e-5)


def test_mixup_draws_anew_in_each_step_of_a_sunk_loop():
    ms.set_seed(3)
    mixup = losses.Mixup(Scale(), lambda scores, labels: scores.mean(), alpha=1.0)
    images = np.stack([np.zeros(4), np.ones(4)]).astype(np.float32)
    data = ms.dataset.NumpySlicesDataset(
        (np.tile(images, (20, 1)), np.zeros(40, np.int32)), shuffle=False
    ).batch(2)

    def first_image(images, labels):
        return mixup.beta(ms.ops.randint(0, 2**31 - 1, ()))

    run = ms.data_sink(first_image, data, sink_size=1)
    shares = {float(run()) for _ in range(5)}
    assert len(shares) == 5
    assert all(0 <= share <= 1 for share in shares)


def test_l1_and_l2_are_of_weights_and_not_of_biases():
    net = nn.Dense(4, 4, bias_init="ones")
    weight = net.weight.asnumpy().astype(np.float64)
    loss_fn = nn.CrossEntropyLoss()
    plain = nn.WithLossCell(net, loss_fn)(Tensor(SCORES), Tensor(LABELS))
    cell = losses.Regularized(net, loss_fn, l1=0.1, l2=0.2)
    found = cell(Tensor(SCORES), Tensor(LABELS))
    expected = float(plain) + 0.1 * np.abs(weight).sum() + 0.1 * (weight**2).sum()
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_bilinear_pooling():
    x = RNG.normal(size=(2, 3, 4, 5)).astype(np.float32)
    flat = x.reshape(2, 3, 20)
    y = np.einsum("nds,nes->nde", flat, flat).reshape(2, 9) / 20
    y = np.sign(y) * np.sqrt(np.abs(y) + 1e-5)
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    found = losses.BilinearPooling()(Tensor(x))
    np.testing.assert_allclose(found.asnumpy(), y, rtol=1e-4, atol=1e-5)


def test_a_loss_of_ones_own():
    x, y = SCORES[:3], SCORES[3:]
    found = losses.MyLoss()(Tensor(x), Tensor(y))
    assert float(found) == pytest.approx(((x - y) ** 2).mean(), rel=1e-5)


def test_accuracy_of_scores():
    expected = (SCORES.argmax(1) == LABELS).mean()
    found = optimizers.accuracy(Tensor(SCORES), Tensor(LABELS))
    assert found == pytest.approx(expected)


def test_biases_do_not_decay():
    net = nn.Dense(4, 4, bias_init="ones")
    weight, bias = net.weight.asnumpy().copy(), net.bias.asnumpy().copy()
    optimizer = optimizers.without_decay_of_biases(net)
    zeros = [Tensor(np.zeros(p.shape, np.float32)) for p in optimizer.parameters]
    optimizer(tuple(zeros))
    np.testing.assert_allclose(net.weight.asnumpy(), weight * (1 - 1e-2 * 1e-4))
    np.testing.assert_array_equal(net.bias.asnumpy(), bias)


def test_frozen_layers_are_not_trained():
    net = optimizers.create_network()
    names = {p.name for p in optimizers.frozen(net).parameters}
    assert names == {p.name for p in net[2].get_parameters()}


def test_chained_schedulers_multiply():
    # each epoch 0.9, and at the third 0.1 besides
    expected, rate = [], 0.1
    for epoch in range(1, 8):
        expected.append(rate)
        rate *= 0.9 * (0.1 if epoch % 3 == 0 else 1.0)
    np.testing.assert_allclose(rates.chained(7), expected, rtol=1e-5)
