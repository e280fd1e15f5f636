"""Steps of optimizers as operations, against their formulas."""

import numpy as np
import pytest

from cellnet import Parameter, Tensor, ops

W = np.array([1.0, -2.0, 3.0], np.float32)
M = np.array([0.1, 0.2, 0.3], np.float32)
V = np.array([0.01, 0.02, 0.03], np.float32)
G = np.array([0.5, -0.25, 1.0], np.float32)


def parameters(*values):
    return [Parameter(Tensor(v), name=f"p{i}") for i, v in enumerate(values)]


def assert_state(state, *expected):
    for parameter, value in zip(state, expected, strict=True):
        np.testing.assert_allclose(parameter.asnumpy(), value, rtol=1e-5)


@pytest.mark.parametrize("nesterov", [False, True])
def test_adam(nesterov):
    state = parameters(W, M, V)
    ops.Adam(use_nesterov=nesterov)(*state, 0.9, 0.99, 0.1, 0.9, 0.99, 1e-8, Tensor(G))
    m, v = 0.9 * M + 0.1 * G, 0.99 * V + 0.01 * G * G
    rate = 0.1 * np.sqrt(1 - 0.99) / (1 - 0.9)
    ahead = 0.9 * m + 0.1 * G if nesterov else m
    assert_state(state, W - rate * ahead / (np.sqrt(v) + 1e-8), m, v)


def test_adam_with_weight_decay():
    state = parameters(W, M, V)
    ops.AdamWeightDecay()(*state, 0.1, 0.9, 0.99, 1e-8, 0.2, Tensor(G))
    m, v = 0.9 * M + 0.1 * G, 0.99 * V + 0.01 * G * G
    assert_state(state, W - 0.1 * (m / (np.sqrt(v) + 1e-8) + 0.2 * W), m, v)


def test_momentum():
    state = parameters(W, M)
    result = ops.ApplyMomentum()(*state, 0.1, Tensor(G), 0.9)
    a = 0.9 * M + G
    assert_state(state, W - 0.1 * a, a)
    np.testing.assert_array_equal(result.asnumpy(), state[0].asnumpy())
    state = parameters(W, M)
    ops.ApplyMomentum(use_nesterov=True)(*state, 0.1, Tensor(G), 0.9)
    assert_state(state, W - 0.1 * (G + 0.9 * a), a)


def test_sgd_starts_with_the_gradient_alone():
    for stat, a in ((0.0, 0.9 * M + 0.7 * (G + 0.2 * W)), (1.0, G + 0.2 * W)):
        w, accum, first = state = parameters(W, M, np.full(3, stat, np.float32))
        ops.SGD(0.3, 0.2)(w, Tensor(G), Tensor(0.1), accum, Tensor(0.9), first)
        assert_state(state, W - 0.1 * a, a, np.zeros(3))


def test_rms_prop_and_adagrad():
    state = parameters(W, V, M)
    ops.ApplyRMSProp()(*state, 0.1, Tensor(G), 0.9, 0.5, 1e-3)
    s = 0.9 * V + 0.1 * G * G
    m = 0.5 * M + 0.1 * G / np.sqrt(s + 1e-3)
    assert_state(state, W - m, s, m)
    state = parameters(W, V)
    ops.ApplyAdagrad()(*state, 0.1, Tensor(G))
    assert_state(state, W - 0.1 * G / np.sqrt(V + G * G), V + G * G)


def test_errors():
    with pytest.raises(TypeError, match="use_locking must be bool"):
        ops.Adam(1)
    with pytest.raises(TypeError, match="expected a Parameter"):
        ops.ApplyGradientDescent()(W, 0.1, Tensor(G))
