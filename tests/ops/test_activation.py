"""Activations against formulas and SciPy."""

import numpy as np
import pytest
import scipy.special

from cellnet import Tensor, ops
from cellnet import dtype as mstype
from cellnet.graph import grad

X = np.array([[-8.0, -2.0, -0.5, 0.0], [0.5, 2.0, 7.0, 30.0]], np.float32)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _softplus(x):
    return np.log1p(np.exp(x))


FORMULAS = {
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "hardsigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "logsigmoid": lambda x: -_softplus(-x),
    "softplus": _softplus,
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "selu": lambda x: (
        1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(name):
    result = getattr(ops, name)(Tensor(X)).asnumpy()
    expected = FORMULAS[name](X.astype(np.float64))
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=1e-6)


def test_gelu_by_tanh():
    inner = np.sqrt(2 / np.pi) * (X + 0.044715 * X**3)
    expected = 0.5 * X * (1 + np.tanh(inner))
    for result in (ops.gelu(Tensor(X), "tanh"), ops.GeLU()(Tensor(X))):
        np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="approximate"):
        ops.gelu(Tensor(X), "erf")


@pytest.mark.parametrize("axis", [-1, 0, (0, 1)])
def test_softmax(axis):
    result = ops.Softmax(axis)(Tensor(X))
    np.testing.assert_allclose(
        result.asnumpy(), scipy.special.softmax(X, axis), rtol=1e-5, atol=1e-9
    )
    result = ops.log_softmax(Tensor(X), axis)
    np.testing.assert_allclose(
        result.asnumpy(), scipy.special.log_softmax(X, axis), rtol=1e-5, atol=1e-6
    )
    with pytest.raises(ValueError, match="axis"):
        ops.softmax(Tensor(X), 2)


def test_softmax_in_another_dtype():
    assert ops.softmax(Tensor(X), dtype=mstype.float16).dtype is mstype.float16


def test_prelu_has_a_weight_for_each_channel():
    x = np.stack([X, X], 0)
    result = ops.PReLU()(Tensor(x), Tensor([0.1, 0.5]))
    scale = np.array([0.1, 0.5], np.float32)[None, :, None]
    np.testing.assert_allclose(result.asnumpy(), np.where(x > 0, x, scale * x))


def test_threshold():
    assert ops.threshold(Tensor([1.0, 3.0]), 2.0, -1.0).tolist() == [-1.0, 3.0]


def test_gradient_of_relu_at_zero_is_zero():
    slope = grad(lambda x: ops.ReLU()(x).sum())(Tensor([-1.0, 0.0, 2.0]))
    assert slope.tolist() == [0.0, 0.0, 1.0]


def test_relu_keeps_integers():
    assert ops.relu(Tensor([-1, 2], mstype.int8)).dtype is mstype.int8
