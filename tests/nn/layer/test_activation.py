import math

import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn
from cellnet.tensor import Tensor

X = np.linspace(-5, 5, 21).astype(np.float32).reshape(3, 7)


def erf(x):
    return np.vectorize(math.erf)(x)


def softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


FORMULAS = [
    (nn.ReLU(), np.maximum(X, 0)),
    (nn.ReLU6(), np.clip(X, 0, 6)),
    (nn.LeakyReLU(), np.where(X >= 0, X, 0.2 * X)),
    (nn.LeakyReLU(2.0), np.where(X >= 0, X, 2 * X)),
    (nn.ELU(), np.where(X > 0, X, np.exp(X) - 1)),
    (nn.Sigmoid(), 1 / (1 + np.exp(-X))),
    (nn.Tanh(), np.tanh(X)),
    (
        nn.GELU(),
        X / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (X + 0.044715 * X**3))),
    ),
    (nn.GELU(approximate=False), X / 2 * (1 + erf(X / np.sqrt(2)))),
    (nn.SiLU(), X / (1 + np.exp(-X))),
    (nn.HSwish(), X * np.clip(X + 3, 0, 6) / 6),
    (nn.HSigmoid(), np.clip(X + 3, 0, 6) / 6),
    (nn.Softmax(), softmax(X, -1)),
    (nn.Softmax(0), softmax(X, 0)),
    (nn.Softmax((1,)), softmax(X, 1)),
    (nn.LogSoftmax(), np.log(softmax(X, -1))),
    (nn.LogSoftmax(0), np.log(softmax(X, 0))),
    (nn.Softmin(0), softmax(-X, 0)),
    (nn.CELU(0.5), np.where(X > 0, X, 0.5 * np.expm1(X / 0.5))),
    (nn.FastGelu(), X / (1 + np.exp(-1.702 * X))),
    (nn.HShrink(1.5), np.where(abs(X) > 1.5, X, 0)),
    (nn.SoftShrink(1.5), np.sign(X) * np.maximum(abs(X) - 1.5, 0)),
    (nn.Hardtanh(-2, 1), np.clip(X, -2, 1)),
    (nn.LogSigmoid(), -np.log1p(np.exp(-X))),
    (nn.Mish(), X * np.tanh(np.log1p(np.exp(X)))),
    (nn.SeLU(), 1.05070098 * np.where(X > 0, X, 1.67326324 * np.expm1(X))),
    (nn.Softsign(), X / (1 + abs(X))),
    (nn.Tanhshrink(), X - np.tanh(X)),
    (nn.Threshold(1, 7), np.where(X > 1, X, 7)),
    (nn.PReLU(7, 0.5), np.where(X > 0, X, 0.5 * X)),
]


@pytest.mark.parametrize(("cell", "expected"), FORMULAS)
def test_formula(cell, expected):
    y = cell(Tensor(X))
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=2e-5, atol=2e-6)
    half = cell(Tensor(X.astype(np.float16)))
    assert half.dtype is mstype.float16


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.LeakyReLU("a"), TypeError),
        (lambda: nn.ELU("a"), TypeError),
        (lambda: nn.GELU(1), TypeError),
        (lambda: nn.Softmax("a"), TypeError),
        (lambda: nn.Softmax(1.0), TypeError),
        (lambda: nn.LogSoftmax(None), TypeError),
        (lambda: nn.Softmax(3)(Tensor(X)), ValueError),
        (lambda: nn.LogSoftmax(-3)(Tensor(X)), ValueError),
    ],
)
def test_misuse(act, error):
    with pytest.raises(error):
        act()


def test_get_activation():
    for name in ("relu", "relu6", "sigmoid", "tanh", "gelu", "elu", "silu", "softmax"):
        cell = nn.get_activation(name)
        assert type(cell).__name__.lower() == name
    assert nn.get_activation(None) is None
    assert nn.get_activation("relu") is not nn.get_activation("relu")
    for name in ("", "ReLU", "foo", 3):
        with pytest.raises(KeyError, match="leakyrelu"):
            nn.get_activation(name)


def test_prelu_has_a_slope_for_each_channel():
    slopes = np.array([0.1, 0.2, 0.3], np.float32)
    x = np.full((2, 3, 2), -1, np.float32)
    y = nn.PReLU(3, Tensor(slopes))(Tensor(x)).asnumpy()
    np.testing.assert_allclose(y, np.broadcast_to(-slopes[:, None], x.shape))


def test_rrelu_draws_slopes_between_its_bounds(mode):
    del mode
    x = Tensor(np.full((40, 50), -1, np.float32))
    slopes = -nn.RReLU(0.2, 0.6)(x).asnumpy()
    assert slopes.min() >= 0.2
    assert slopes.max() <= 0.6
    np.testing.assert_allclose(slopes.mean(), 0.4, atol=0.02)
    assert (nn.RReLU()(-x).asnumpy() == 1).all()


def test_glu_gates_one_half_by_the_other():
    a, b = X[:, :3], X[:, 3:6]
    y = nn.GLU(1)(Tensor(X[:, :6])).asnumpy()
    np.testing.assert_allclose(y, a / (1 + np.exp(-b)), rtol=2e-5, atol=1e-6)


def test_softmax2d_is_over_channels():
    x = np.stack([X, -X, X / 2])
    y = nn.Softmax2d()(Tensor(x)).asnumpy()
    np.testing.assert_allclose(y, softmax(x, 0), rtol=2e-5, atol=1e-6)
