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
