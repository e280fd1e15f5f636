"""WithLossCell, WithEvalCell, TrainOneStepCell and the ones that scale the loss."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor, nn

X = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
Y = np.array([[1.0], [0.0]], np.float32)
RATE = 0.05


def dense():
    net = nn.Dense(2, 1, has_bias=False)
    net.weight.set_data(Tensor([[0.5, -0.5]]))
    return net


def gradient(w, scale=1.0):
    """Of the mean squared error of x w^T."""
    return scale * 2 * ((X @ w.T - Y) * X).mean(axis=0, keepdims=True)


def make(sens=None, **kwargs):
    net = dense()
    optimizer = nn.SGD(net.trainable_params(), RATE)
    whole = nn.WithLossCell(net, nn.MSELoss())
    return net, nn.TrainOneStepCell(whole, optimizer, sens, **kwargs)


W0 = np.array([[0.5, -0.5]], np.float32)
LOSS0 = np.mean((X @ W0.T - Y) ** 2)


@pytest.mark.parametrize("mode", [ms.GRAPH_MODE, ms.PYNATIVE_MODE])
def test_one_step(mode):
    ms.set_context(mode=mode)
    net, step = make()
    np.testing.assert_allclose(float(step(Tensor(X), Tensor(Y))), LOSS0, rtol=1e-6)
    expected = W0 - RATE * gradient(W0)
    np.testing.assert_allclose(net.weight.asnumpy(), expected, rtol=1e-5)


def test_sens_scales_gradients_and_may_change():
    net, step = make(sens=4.0)
    np.testing.assert_allclose(float(step(Tensor(X), Tensor(Y))), LOSS0, rtol=1e-6)
    w1 = W0 - RATE * gradient(W0, 4.0)
    np.testing.assert_allclose(net.weight.asnumpy(), w1, rtol=1e-5)
    step.set_sens(1024.0)
    step(Tensor(X), Tensor(Y))
    w2 = w1 - RATE * gradient(w1, 1024.0)
    np.testing.assert_allclose(net.weight.asnumpy(), w2, rtol=1e-4)


def test_return_grad():
    _, step = make(return_grad=True)
    loss, grads = step(Tensor(X), Tensor(Y))
    np.testing.assert_allclose(float(loss), LOSS0, rtol=1e-6)
    assert list(grads) == ["weight"]
    np.testing.assert_allclose(grads["weight"].asnumpy(), gradient(W0), rtol=1e-5)


def test_names():
    _, step = make()
    keys = [key for key, _ in step.parameters_and_names()]
    assert keys[0] == "weight"
    assert "optimizer.global_step" in keys
    assert [k for k, _ in step.cells_and_names()][:4] == [
        *("", "network", "network._backbone", "network._loss_fn")
    ]


def test_with_eval_cell():
    loss, outputs, label = nn.WithEvalCell(dense(), nn.MSELoss())(Tensor(X), Tensor(Y))
    np.testing.assert_allclose(float(loss), LOSS0, rtol=1e-6)
    np.testing.assert_allclose(outputs.asnumpy(), X @ W0.T, rtol=1e-6)
    np.testing.assert_array_equal(label.asnumpy(), Y)


def scaled(scale_sense):
    net = dense()
    optimizer = nn.SGD(net.trainable_params(), RATE)
    whole = nn.WithLossCell(net, nn.MSELoss())
    return net, nn.TrainOneStepWithLossScaleCell(whole, optimizer, scale_sense)


def test_a_fixed_scale_changes_no_numbers():
    net, step = scaled(Tensor(1024.0))
    loss, overflow, scale = step(Tensor(X), Tensor(Y))
    np.testing.assert_allclose(float(loss), LOSS0, rtol=1e-6)
    assert (bool(overflow), float(scale)) == (False, 1024.0)
    expected = W0 - RATE * gradient(W0)
    np.testing.assert_allclose(net.weight.asnumpy(), expected, rtol=1e-5)
    step.set_sense_scale(8.0)
    assert float(step(Tensor(X), Tensor(Y))[2]) == 8.0


def test_an_overflow_skips_the_update_and_halves_the_scale():
    net, step = scaled(nn.DynamicLossScaleUpdateCell(64.0, 2, 3))
    bad = np.where(X == 1, np.inf, X).astype(np.float32)
    seen = []
    for x in (X, bad, bad, X, X, X, X):
        before = net.weight.asnumpy()
        _, overflow, scale = step(Tensor(x), Tensor(Y))
        moved = not np.array_equal(before, net.weight.asnumpy())
        assert moved is not bool(overflow)
        seen.append((float(scale), bool(overflow)))
    assert [o for _, o in seen] == [False, True, True, False, False, False, False]
    # halved after each overflow; raised after three clean steps since the last
    assert [s for s, _ in seen] == [64, 64, 32, 16, 16, 16, 32]
    assert step.compile_cache.num_traces == 1


def test_refused():
    with pytest.raises(TypeError, match="callable"):
        nn.WithLossCell(dense(), 3)
    with pytest.raises(TypeError, match="scale_sense"):
        scaled(1024.0)
    with pytest.raises(ValueError, match="shape"):
        scaled(Tensor([1.0, 2.0]))
    with pytest.raises(TypeError, match="bool"):
        make(return_grad=1)
