"""Connectionist temporal classification and LSTM, against all paths and a loop."""

import itertools

import numpy as np
import pytest

from cellnet import Tensor, ops

RNG = np.random.default_rng(0)


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def collapsed(path, blank):
    merged = [label for label, _ in itertools.groupby(path)]
    return [label for label in merged if label != blank]


def loss_of_all_paths(log_p, labels, blank):
    """-log of the sum over every path that means ``labels``."""
    times, classes = log_p.shape
    total = 0.0
    for path in itertools.product(range(classes), repeat=times):
        if collapsed(path, blank) == list(labels):
            total += np.exp(sum(log_p[t, k] for t, k in enumerate(path)))
    return -np.log(total)


@pytest.mark.parametrize("labels", [[1, 2], [1, 1], [2]])
def test_loss_is_that_of_all_paths(labels):
    log_p = log_softmax(RNG.standard_normal((4, 1, 3))).astype(np.float32)
    targets = Tensor(np.array([labels], np.int32))
    loss, _ = ops.ctc_loss(Tensor(log_p), targets, (4,), (len(labels),), 0, "none")
    expected = loss_of_all_paths(log_p[:, 0], labels, 0)
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_reductions_and_impossible_labels():
    log_p = Tensor(log_softmax(RNG.standard_normal((2, 2, 3))).astype(np.float32))
    targets = Tensor(np.array([[1, 1], [1, 2]], np.int32))
    args = (log_p, targets, (2, 2), (2, 2), 0)
    # two equal labels need a blank between them
    losses = ops.ctc_loss(*args, "none")[0].asnumpy()
    assert np.isinf(losses[0])
    assert np.isfinite(losses[1])
    kept = ops.ctc_loss(*args, "sum", zero_infinity=True)[0]
    assert float(kept) == pytest.approx(losses[1], rel=1e-5)
    mean = ops.ctc_loss(*args, "mean", zero_infinity=True)[0]
    assert float(mean) == pytest.approx(losses[1] / 4, rel=1e-5)


def test_gradient_of_logits():
    logits = RNG.standard_normal((3, 1, 3)).astype(np.float32)
    rest = (
        Tensor(np.array([[0, 0]], np.int64)),
        Tensor(np.array([1], np.int32)),
        Tensor(np.array([3], np.int32)),
    )
    losses, gradient = ops.CTCLoss()(Tensor(logits), *rest)
    expected = loss_of_all_paths(log_softmax(logits)[:, 0], [1], 2)
    assert float(losses) == pytest.approx(expected, rel=1e-4)
    step = 1e-2
    for t, k in itertools.product(range(3), range(3)):
        moved = logits.astype(np.float64).copy()
        moved[t, 0, k] += step
        up = loss_of_all_paths(log_softmax(moved)[:, 0], [1], 2)
        moved[t, 0, k] -= 2 * step
        down = loss_of_all_paths(log_softmax(moved)[:, 0], [1], 2)
        slope = (up - down) / (2 * step)
        assert gradient.asnumpy()[t, 0, k] == pytest.approx(slope, abs=1e-4)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_lstm_is_the_loop_over_its_gates():
    times, batch, size, hidden = 4, 2, 3, 2
    x = RNG.standard_normal((times, batch, size)).astype(np.float32)
    w = RNG.standard_normal((4 * hidden, size)).astype(np.float32)
    r = RNG.standard_normal((4 * hidden, hidden)).astype(np.float32)
    bias = RNG.standard_normal(4 * hidden).astype(np.float32)
    flat = np.concatenate([w.ravel(), r.ravel(), bias, bias])
    h = c = np.zeros((batch, hidden), np.float32)
    state = Tensor(h[None])
    y, h_n, c_n, _, _ = ops.LSTM(size, hidden, 1, True, False, 0.0)(
        Tensor(x), state, state, Tensor(flat.reshape(-1, 1, 1))
    )
    for t in range(times):
        i, f, g, o = np.split(x[t] @ w.T + h @ r.T + bias, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        np.testing.assert_allclose(y.asnumpy()[t], h, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(h_n.asnumpy()[0], h, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(c_n.asnumpy()[0], c, rtol=1e-4, atol=1e-5)


def test_errors():
    zeros = Tensor(np.zeros((1, 2, 2), np.float32))
    x = Tensor(np.zeros((4, 2, 3), np.float32))
    with pytest.raises(ValueError, match="more for these sizes"):
        ops.LSTM(3, 2, 1, True, False, 0.0)(x, zeros, zeros, Tensor([1.0]))
    with pytest.raises(ValueError, match="blank"):
        ops.ctc_loss(
            Tensor(np.zeros((2, 1, 3), np.float32)),
            Tensor(np.array([[1]], np.int32)),
            (2,),
            (1,),
            blank=5,
        )
