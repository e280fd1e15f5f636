"""Initializers: their distributions, rules for fans, and errors."""

import math

import numpy as np
import pytest
import scipy.stats

from cellnet import Parameter, Tensor
from cellnet import dtype as mstype
from cellnet.common import initializer as init
from cellnet.common.initializer import initializer
from cellnet.random import set_seed

SHAPE = (40, 30, 5, 5)  # fan_in 750, fan_out 1000


@pytest.fixture(autouse=True)
def _seeded():
    set_seed(5)


def assert_uniform(values, bound):
    flat = values.reshape(-1)
    assert np.abs(flat).max() <= bound
    assert scipy.stats.kstest(flat, "uniform", (-bound, 2 * bound)).pvalue > 1e-3


def assert_normal(values, sigma, mean=0.0):
    flat = values.reshape(-1)
    assert scipy.stats.kstest(flat, "norm", (mean, sigma)).pvalue > 1e-3


@pytest.mark.parametrize(
    ("initial", "bound"),
    [
        (init.Uniform(), 0.07),
        (init.Uniform(2.0), 2.0),
        (init.XavierUniform(), math.sqrt(6 / 1750)),
        (init.XavierUniform(3), 3 * math.sqrt(6 / 1750)),
        (init.HeUniform(), math.sqrt(6 / 750)),
        (init.HeUniform(math.sqrt(5)), math.sqrt(1 / 750)),
        (init.HeUniform(mode="fan_out"), math.sqrt(6 / 1000)),
        (init.HeUniform(nonlinearity="linear"), math.sqrt(3 / 750)),
        (init.HeUniform(nonlinearity="tanh"), 5 / 3 * math.sqrt(3 / 750)),
        (init.VarianceScaling(2.0, "fan_avg", "uniform"), math.sqrt(6 / 875)),
    ],
)
def test_uniform_ones(initial, bound):
    assert_uniform(initial(SHAPE), bound)


@pytest.mark.parametrize(
    ("initial", "sigma", "mean"),
    [
        (init.Normal(), 0.01, 0.0),
        (init.Normal(2.0, 1.0), 2.0, 1.0),
        (init.XavierNormal(), math.sqrt(2 / 1750), 0.0),
        (init.HeNormal(), math.sqrt(2 / 750), 0.0),
        (init.HeNormal(nonlinearity="relu", mode="fan_out"), math.sqrt(2 / 1000), 0.0),
        (init.TruncatedNormal(0.02), 0.02, 0.0),  # bounds 100 deviations away
        (
            init.VarianceScaling(distribution="untruncated_normal"),
            math.sqrt(1 / 750),
            0.0,
        ),
    ],
)
def test_normal_ones(initial, sigma, mean):
    assert_normal(initial(SHAPE), sigma, mean)


@pytest.mark.parametrize(
    ("sigma", "mean", "a", "b"),
    [(1.0, 0.0, -1.0, 1.0), (1.0, 3.0, -1.0, 1.0), (2.0, 0.0, 10.0, 12.0)],
)
def test_truncated_normal_bounds_values(sigma, mean, a, b):
    values = init.TruncatedNormal(sigma, mean, a, b)((100, 100)).reshape(-1)
    assert values.min() >= a
    assert values.max() <= b
    law = scipy.stats.truncnorm((a - mean) / sigma, (b - mean) / sigma, mean, sigma)
    assert scipy.stats.kstest(values, law.cdf).pvalue > 1e-3


def test_truncated_variance_scaling_keeps_the_variance():
    values = init.VarianceScaling()(SHAPE)
    assert abs(values.std() * math.sqrt(750) - 1) < 0.02
    assert np.abs(values).max() <= 2 / 0.8796 / math.sqrt(750) * 1.001


@pytest.mark.parametrize("shape", [(4, 6), (6, 4), (3, 2, 2)])
def test_orthogonal(shape):
    q = init.Orthogonal(2.0)(shape).reshape(shape[0], -1)
    small = q @ q.T if q.shape[0] < q.shape[1] else q.T @ q
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)


def test_identity_and_dirac():
    np.testing.assert_array_equal(init.Identity()((2, 3)), np.eye(2, 3))
    kernels = init.Dirac(groups=2)((4, 2, 3))
    x = np.arange(6.0).reshape(2, 3)
    for group in range(2):
        for channel in range(2):
            kernel = kernels[2 * group + channel]
            assert (kernel * x).sum() == x[channel, 1]  # the centre of its channel


def test_sparse_columns():
    values = init.Sparse(0.3, 2.0)((10, 500))
    assert ((values == 0).sum(0) == 3).all()
    assert_normal(values[values != 0], 2.0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("zeros", init.Zero),
        ("ONES", init.One),
        ("Normal", init.Normal),
        ("XavierUniform", init.XavierUniform),
        ("he_normal", init.HeNormal),
        ("TruncatedNormal", init.TruncatedNormal),
    ],
)
def test_names_draw_what_classes_draw(name, kind):
    by_name = initializer(name, (3, 4)).asnumpy()
    set_seed(5)
    np.testing.assert_array_equal(by_name, kind()((3, 4)))


def test_numbers_tensors_and_dtypes():
    assert initializer(3, (2,), mstype.int32).tolist() == [3, 3]
    assert initializer(0.5, [2], mstype.float16).dtype is mstype.float16
    given = Tensor([1.0, 2.0])
    assert initializer(given) is given
    assert initializer(init.Constant(2), ()).tolist() == 2.0


def test_tensors_and_parameters_take_initializers():
    x = Tensor(shape=(2, 3), dtype=mstype.float16, init=init.One())
    assert (x.shape, x.dtype) == ((2, 3), mstype.float16)
    p = Parameter(initializer("ones", (2,)), name="p")
    assert p.clone("zeros").asnumpy().tolist() == [0.0, 0.0]


def test_a_seed_repeats_and_draws_differ():
    first, second = (initializer("normal", (4,)).asnumpy() for _ in range(2))
    assert not np.array_equal(first, second)
    set_seed(5)
    np.testing.assert_array_equal(initializer("normal", (4,)).asnumpy(), first)


def test_users_own_initializer():
    class Ramp(init.Initializer):
        def _initialize(self, arr):
            arr[...] = np.arange(arr.size).reshape(arr.shape)

    assert initializer(Ramp(), (2, 2)).tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert repr(init.Normal(0.5)) == "Normal(sigma=0.5, mean=0.0)"


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: initializer("constant", (2,)), ValueError, "'constant' was not found"),
        (lambda: initializer(np.ones(2), (2,)), TypeError, "ndarray"),
        (lambda: initializer(init.Normal, (2,)), TypeError, "type"),
        (lambda: initializer(None, (2,)), TypeError, "NoneType"),
        (lambda: initializer("sparse", (2, 2)), TypeError, "sparsity"),
        (lambda: initializer("ones", (0,)), ValueError, "shape must be >= 1"),
        (lambda: initializer("ones", (2.0,)), ValueError, "shape must be int"),
        (lambda: initializer("ones", None), ValueError, "shape"),
        (
            lambda: initializer(Tensor([1.0]), (2,)),
            ValueError,
            "not that of the Tensor",
        ),
        (lambda: initializer("ones", (2,), "float32"), TypeError, "dtype"),
        (lambda: initializer("xavier_uniform", (3,)), ValueError, "2 axes"),
        (lambda: initializer("dirac", (3, 3)), ValueError, "3 to 5 axes"),
        (lambda: initializer("identity", (3,)), ValueError, "2 axes"),
        (lambda: initializer("orthogonal", (3,)), ValueError, "2 axes"),
        (lambda: init.Normal(-1.0), ValueError, "sigma"),
        (lambda: init.TruncatedNormal(1.0, 0.0, 2.0, 1.0), ValueError, "a must be < b"),
        (lambda: init.HeUniform(mode="fan"), ValueError, "mode"),
        (lambda: init.HeNormal(nonlinearity="swish"), ValueError, "nonlinearity"),
        (lambda: init.Sparse(1.5), ValueError, "sparsity"),
        (lambda: init.Dirac(3)((4, 2, 3)), ValueError, "divide"),
    ],
)
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()
