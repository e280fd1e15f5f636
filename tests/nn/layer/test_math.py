import math

import numpy as np
import pytest

from cellnet import nn
from cellnet.tensor import Tensor


@pytest.mark.parametrize("axis", [None, (), 1, (0, 2), -1])
@pytest.mark.parametrize("keep", [True, False, None])
def test_moments(normal, axis, keep):
    x = normal(3, 4, 5)
    axes = None if axis == () else axis
    mean, variance = nn.Moments(axis, keep)(x)
    np.testing.assert_allclose(
        mean.asnumpy(), x.asnumpy().mean(axes, keepdims=bool(keep)), atol=1e-6
    )
    np.testing.assert_allclose(
        variance.asnumpy(), x.asnumpy().var(axes, keepdims=bool(keep)), atol=1e-6
    )


@pytest.mark.parametrize("axis", [(), 1, (0, 2)])
def test_norm_and_logsumexp(normal, axis):
    x = normal(3, 4, 5)
    axes = None if axis == () else axis
    np.testing.assert_allclose(
        nn.Norm(axis)(x).asnumpy(), np.sqrt(np.square(x.asnumpy()).sum(axes)), rtol=1e-5
    )
    np.testing.assert_allclose(
        nn.ReduceLogSumExp(axis)(x).asnumpy(),
        np.log(np.exp(x.asnumpy()).sum(axes)),
        rtol=1e-5,
    )


@pytest.mark.parametrize(
    ("arguments", "expected", "dtype"),
    [
        ((5,), [0, 1, 2, 3, 4], "int32"),
        ((1, 8, 3), [1, 4, 7], "int32"),
        ((3, 0, -1), [3, 2, 1], "int32"),
        ((1, 2, 0.5), [1.0, 1.5], "float32"),
    ],
)
def test_range(arguments, expected, dtype):
    numbers = nn.Range(*arguments)().asnumpy()
    assert numbers.tolist() == expected
    assert numbers.dtype == dtype


@pytest.mark.parametrize("k", [-1, 0, 2])
def test_triangles(normal, k):
    x = normal(2, 3, 4)
    np.testing.assert_array_equal(nn.Tril()(x, k).asnumpy(), np.tril(x.asnumpy(), k))
    np.testing.assert_array_equal(nn.Triu()(x, k).asnumpy(), np.triu(x.asnumpy(), k))


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("right", [True, False])
def test_matmul_turns_its_operands(normal, left, right):
    a, b = normal(2, 3, 4), normal(2, 4, 5)
    x1 = Tensor(a.asnumpy().swapaxes(1, 2).copy()) if left else a
    x2 = Tensor(b.asnumpy().swapaxes(1, 2).copy()) if right else b
    y = nn.MatMul(left, right)(x1, x2).asnumpy()
    np.testing.assert_allclose(y, a.asnumpy() @ b.asnumpy(), atol=1e-5)


def test_diagonals(normal):
    x = normal(2, 3)
    matrices = nn.MatrixDiag()(x)
    for row, matrix in zip(x.asnumpy(), matrices.asnumpy(), strict=True):
        np.testing.assert_array_equal(matrix, np.diag(row))
    np.testing.assert_array_equal(nn.MatrixDiagPart()(matrices).asnumpy(), x.asnumpy())


def test_gamma_functions():
    x = np.array([0.5, 1.0, 4.5], np.float32)
    logarithms = [math.lgamma(v) for v in x]
    np.testing.assert_allclose(nn.LGamma()(Tensor(x)).asnumpy(), logarithms, 2e-6, 1e-6)
    step = 1e-3  # the slope of lgamma
    slopes = [(math.lgamma(v + step) - math.lgamma(v - step)) / (2 * step) for v in x]
    np.testing.assert_allclose(nn.DiGamma()(Tensor(x)).asnumpy(), slopes, atol=3e-4)
    # of a = 1 it is 1 - exp(-x)
    ones = Tensor(np.ones(3, np.float32))
    np.testing.assert_allclose(
        nn.IGamma()(ones, Tensor(x)).asnumpy(), 1 - np.exp(-x), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.Moments(1.5), TypeError),
        (lambda: nn.Moments(3)(Tensor(np.ones((2, 2), "f"))), ValueError),
        (lambda: nn.Norm("a"), TypeError),
        (lambda: nn.Range("a"), TypeError),
        (lambda: nn.Range(1, 2, 0), ValueError),
        (lambda: nn.Tril()(Tensor(np.ones((2, 2))), 1.0), TypeError),
        (lambda: nn.MatMul(1), TypeError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
