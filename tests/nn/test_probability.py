"""Distributions against SciPy, samples against their moments."""

import numpy as np
import pytest
from scipy import stats

from cellnet import dtype as mstype
from cellnet.nn.probability import bijector as msb
from cellnet.nn.probability import distribution as msd
from cellnet.tensor import Tensor

X = np.array([0.3, 0.9, 2.5], np.float32)
MEAN, SD = np.array([0.0, 1.0, -1.0]), np.array([1.0, 2.0, 0.5])
LOW, HIGH = np.array([0.0, -1.0, 2.0]), np.array([1.0, 3.0, 4.0])


def floats(values):
    return Tensor(np.asarray(values, np.float32))


PAIRS = [
    (msd.Normal(floats(MEAN), floats(SD)), stats.norm(MEAN, SD)),
    (msd.Uniform(floats(LOW), floats(HIGH)), stats.uniform(LOW, HIGH - LOW)),
    (msd.LogNormal(floats(MEAN), floats(SD)), stats.lognorm(SD, scale=np.exp(MEAN))),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["normal", "uniform", "log"])
@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("prob", "pdf"),
        ("log_prob", "logpdf"),
        ("cdf", "cdf"),
        ("log_cdf", "logcdf"),
        ("survival_function", "sf"),
        ("log_survival", "logsf"),
    ],
)
def test_at_values(mode, ours, theirs, name, other):
    del mode
    got = getattr(ours, name)(Tensor(X)).asnumpy()
    np.testing.assert_allclose(got, getattr(theirs, other)(X), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ours(name, Tensor(X)).asnumpy(), got, rtol=1e-6)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["normal", "uniform", "log"])
@pytest.mark.parametrize("name", ["mean", "var", "sd", "entropy"])
def test_of_the_distribution(ours, theirs, name):
    expected = getattr(theirs, {"sd": "std"}.get(name, name))()
    np.testing.assert_allclose(getattr(ours, name)().asnumpy(), expected, rtol=1e-4)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["normal", "uniform", "log"])
def test_samples(mode, ours, theirs):
    del mode
    drawn = ours.sample((4000,)).asnumpy()
    assert drawn.shape == (4000, 3)
    for column, p in zip(drawn.T, theirs.cdf(np.quantile(drawn, 0.7, 0)), strict=True):
        assert abs(p - 0.7) < 0.05
        assert len(np.unique(column)) > 3000


def test_categorical():
    table = np.array([[0.2, 0.3, 0.5], [0.6, 0.1, 0.3]], np.float32)
    ours = msd.Categorical(Tensor(table))
    x = Tensor(np.array([2, 1], np.int32))
    np.testing.assert_allclose(ours.prob(x).asnumpy(), [0.5, 0.1], rtol=1e-6)
    np.testing.assert_allclose(ours.cdf(x).asnumpy(), [1.0, 0.7], rtol=1e-6)
    np.testing.assert_allclose(ours.mean().asnumpy().ravel(), [1.3, 0.7], rtol=1e-6)
    assert ours.mode().asnumpy().tolist() == [2, 0]
    np.testing.assert_allclose(
        ours.entropy().asnumpy(), [stats.entropy(row) for row in table], rtol=1e-5
    )
    drawn = ours.sample((5000,)).asnumpy()
    shares = np.stack([np.bincount(column, minlength=3) for column in drawn.T]) / 5000
    np.testing.assert_allclose(shares, table, atol=0.03)
    other = np.full((2, 3), 1 / 3, np.float32)
    np.testing.assert_allclose(
        ours.kl_loss("Categorical", Tensor(other)).asnumpy(),
        [stats.entropy(row, [1 / 3] * 3) for row in table],
        rtol=1e-4,
    )


def test_divergence_of_normals_by_sums():
    places = np.linspace(-12, 12, 20001)
    p, q = stats.norm(0.5, 1.0).pdf(places), stats.norm(-0.2, 1.5).pdf(places)
    step = places[1] - places[0]
    expected = np.sum(p * np.log(p / q)) * step
    normal = msd.Normal(0.5, 1.0)
    got = normal.kl_loss("Normal", floats(-0.2), floats(1.5))
    np.testing.assert_allclose(float(got), expected, rtol=1e-4)
    crossed = normal.cross_entropy("Normal", floats(-0.2), floats(1.5))
    np.testing.assert_allclose(float(crossed), -np.sum(p * np.log(q)) * step, rtol=1e-4)


def test_parameters_may_come_with_the_call():
    normal = msd.Normal()
    got = normal.prob(Tensor(X), floats(MEAN), sd=floats(SD)).asnumpy()
    np.testing.assert_allclose(got, stats.norm(MEAN, SD).pdf(X), rtol=1e-5)
    with pytest.raises(TypeError, match="mean"):
        normal.prob(Tensor(X))


@pytest.mark.parametrize(
    "g",
    [
        msb.Exp(),
        msb.PowerTransform(0.5),
        msb.ScalarAffine(-2.0, 1.0),
        msb.Softplus(2.0),
        msb.GumbelCDF(0.5, 2.0),
        msb.Invert(msb.Exp()),
    ],
    ids=str,
)
def test_bijectors_have_inverses_and_slopes(g):
    x, h = X.astype(np.float64), 1e-2
    y = g.forward(Tensor(X))
    np.testing.assert_allclose(g.inverse(y).asnumpy(), X, rtol=1e-4)
    high, low = (g.forward(floats(x + s)).asnumpy().astype(float) for s in (h, -h))
    slope = np.broadcast_to(g.forward_log_jacobian(Tensor(X)).asnumpy(), X.shape)
    np.testing.assert_allclose(slope, np.log(abs(high - low) / (2 * h)), atol=2e-3)
    back = np.broadcast_to(g.inverse_log_jacobian(y).asnumpy(), X.shape)
    np.testing.assert_allclose(back, -slope, atol=1e-4)


def test_a_linear_transformation_of_a_normal():
    moved = msd.TransformedDistribution(
        msb.ScalarAffine(2.0, 1.0), msd.Normal(0.5, 1.0)
    )
    theirs = stats.norm(2.0, 2.0)
    np.testing.assert_allclose(
        moved.prob(Tensor(X)).asnumpy(), theirs.pdf(X), rtol=1e-5
    )
    assert float(moved.mean()) == 2.0


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: msd.Normal(0.0, -1.0), ValueError),
        (lambda: msd.Normal("a", 1.0), TypeError),
        (lambda: msd.Normal(0.0, 1.0, dtype=mstype.int32), TypeError),
        (lambda: msd.Normal(0.0, 1.0).prob(0.5), TypeError),
        (lambda: msd.Normal(0.0, 1.0).kl_loss("Foo", floats(0), floats(1)), ValueError),
        (lambda: msd.Uniform(2.0, 1.0), ValueError),
        (lambda: msd.Uniform(0.0, 1.0).mode(), NotImplementedError),
        (lambda: msd.Categorical([0.5, 0.6]), ValueError),
        (lambda: msd.TransformedDistribution(3, msd.Normal(0.0, 1.0)), TypeError),
        (lambda: msb.PowerTransform(-1.0), ValueError),
        (lambda: msb.Exp().forward(Tensor([1])), TypeError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
