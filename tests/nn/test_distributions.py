"""The families of distributions against SciPy, divergences against sums."""

import numpy as np
import pytest
from scipy import stats

from cellnet import dtype as mstype
from cellnet.nn.probability import bijector as msb
from cellnet.nn.probability import distribution as msd
from cellnet.tensor import Tensor

A, B = np.array([2.0, 1.5, 4.0]), np.array([1.5, 3.0, 2.0])
LOC, SCALE = np.array([0.0, 1.0, -1.0]), np.array([1.0, 2.0, 0.5])
P = np.array([0.3, 0.6, 0.9])
DF = np.array([3.0, 5.0, 2.5])
REAL = np.array([0.3, -0.9, 2.5])
ABOVE = np.array([1.3, 1.9, 0.5])
UNIT = np.array([0.3, 0.9, 0.5])
COUNTS = np.array([0.0, 1.0, 3.0])
BITS = np.array([0.0, 1.0, 1.0])

# name -> (parameters, the same distribution of SciPy, values, parameters of another)
FAMILIES = {
    "Bernoulli": ([P], stats.bernoulli(P), BITS, [0.5]),
    "Geometric": ([P], stats.geom(P, loc=-1), COUNTS, [0.5]),
    "Poisson": ([A], stats.poisson(A), COUNTS, [2.5]),
    "Exponential": ([A], stats.expon(scale=1 / A), ABOVE, [0.7]),
    "Gamma": ([A, B], stats.gamma(A, scale=1 / B), ABOVE, [1.7, 0.9]),
    "Beta": ([A, B], stats.beta(A, B), UNIT, [1.7, 2.9]),
    "HalfNormal": ([LOC, SCALE], stats.halfnorm(LOC, SCALE), ABOVE, None),
    "Cauchy": ([LOC, SCALE], stats.cauchy(LOC, SCALE), REAL, [0.5, 1.5]),
    "Gumbel": ([LOC, SCALE], stats.gumbel_r(LOC, SCALE), REAL, [0.5, 1.5]),
    "Laplace": ([LOC, SCALE], stats.laplace(LOC, SCALE), REAL, [0.5, 1.5]),
    "Logistic": ([LOC, SCALE], stats.logistic(LOC, SCALE), REAL, None),
    "StudentT": ([DF, LOC, SCALE], stats.t(DF, LOC, SCALE), REAL, None),
}
DISCRETE = ("Bernoulli", "Geometric", "Poisson")


def floats(values):
    return Tensor(np.asarray(values, np.float32))


def made(name):
    return getattr(msd, name)(*map(floats, FAMILIES[name][0]))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(
    ("method", "other"),
    [
        ("prob", "pdf"),
        ("log_prob", "logpdf"),
        ("cdf", "cdf"),
        ("log_cdf", "logcdf"),
        ("survival_function", "sf"),
        ("log_survival", "logsf"),
    ],
)
def test_at_values(name, method, other):
    _, theirs, values, _ = FAMILIES[name]
    if name in DISCRETE:
        other = other.replace("pdf", "pmf")
    ours = made(name)
    got = getattr(ours, method)(floats(values)).asnumpy()
    with np.errstate(divide="ignore"):
        expected = getattr(theirs, other)(values)
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=1e-6)
    again = ours(method, floats(values)).asnumpy()  # compiled
    np.testing.assert_allclose(again, got, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        (name, method)
        for name in FAMILIES
        for method in ("mean", "var", "sd", "entropy")
        if name != "Cauchy" and (name, method) != ("Poisson", "entropy")
    ],
)
def test_of_the_distribution(name, method):
    theirs = FAMILIES[name][1]
    expected = getattr(theirs, {"sd": "std"}.get(method, method))()
    got = getattr(made(name), method)().asnumpy()
    assert got.shape == (3,)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_mode_is_the_most_likely_value(name):
    theirs = FAMILIES[name][1]
    mode = made(name).mode().asnumpy().astype(float)
    step = 1.0 if name in DISCRETE else 1e-2
    density = theirs.pmf if name in DISCRETE else theirs.pdf
    top = density(mode.astype(np.float64))
    for other in (mode + step, mode - step):
        assert (density(other) <= top * (1 + 1e-5)).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_samples(mode, name):
    del mode
    theirs = FAMILIES[name][1]
    ours = made(name)
    drawn = ours.sample((4000,))
    assert drawn.shape == (4000, 3)
    assert drawn.dtype is ours.dtype
    numbers = drawn.asnumpy()
    if name in DISCRETE:
        np.testing.assert_allclose(numbers.mean(0), theirs.mean(), atol=0.15)
        np.testing.assert_allclose((numbers == 0).mean(0), theirs.pmf(0), atol=0.04)
        return
    for share in (0.2, 0.5, 0.9):
        found = theirs.cdf(np.quantile(numbers, share, 0))
        np.testing.assert_allclose(found, share, atol=0.04)


@pytest.mark.parametrize("name", [n for n, row in FAMILIES.items() if row[3]])
def test_divergence_is_that_of_a_sum(name):
    _, theirs, _, other = FAMILIES[name]
    q = {
        "Bernoulli": lambda p: stats.bernoulli(p),
        "Geometric": lambda p: stats.geom(p, loc=-1),
        "Poisson": stats.poisson,
        "Exponential": lambda rate: stats.expon(scale=1 / rate),
        "Gamma": lambda a, rate: stats.gamma(a, scale=1 / rate),
        "Beta": stats.beta,
        "Cauchy": stats.cauchy,
        "Gumbel": stats.gumbel_r,
        "Laplace": stats.laplace,
    }[name](*other)
    if name in DISCRETE:
        places = np.arange(2 if name == "Bernoulli" else 100)[:, None]
        logs = theirs.logpmf(places), q.logpmf(places)
        expected = (np.exp(logs[0]) * (logs[0] - logs[1])).sum(0)
    else:  # means over equal shares of the probability, by the middle of each
        shares = (np.arange(200_000)[:, None] + 0.5) / 200_000
        places = theirs.ppf(shares)
        expected = (theirs.logpdf(places) - q.logpdf(places)).mean(0)
    ours = made(name)
    got = ours.kl_loss(name, *(floats(p) for p in other))
    np.testing.assert_allclose(got.asnumpy(), expected, rtol=2e-3, atol=1e-4)
    if name != "Poisson":
        crossed = ours.cross_entropy(name, *(floats(p) for p in other))
        np.testing.assert_allclose(
            crossed.asnumpy(), theirs.entropy() + expected, rtol=2e-3, atol=1e-3
        )


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("Bernoulli", [-1.0, 2.0]),
        ("Geometric", [-1.0, -3.0]),
        ("Poisson", [-1.0, -3.0]),
        ("Exponential", [-0.1, -3.0]),
        ("Gamma", [-0.1, -3.0]),
        ("Beta", [-0.1, 1.1]),
        ("HalfNormal", [-2.0, -3.0]),
    ],
)
def test_outside_of_the_support(name, places):
    ours = made(name)
    for place in places:
        assert ours.prob(floats(place)).asnumpy().tolist() == [0, 0, 0]
        assert (ours.cdf(floats(place)).asnumpy() == float(place > 0)).all()


def test_moments_that_do_not_exist():
    with pytest.raises(ValueError, match="no mean"):
        made("Cauchy").sd()
    heavy = msd.StudentT(floats([0.5, 1.5, 3.0]), 1.0, 1.0)
    assert np.isnan(heavy.mean().asnumpy()).tolist() == [True, False, False]
    assert heavy.var().asnumpy().tolist()[1:] == [np.inf, 3.0]
    assert np.isnan(heavy.var().asnumpy()[0])
    assert np.isnan(msd.Beta(0.5, 0.5).mode().asnumpy())
    assert np.isnan(msd.Gamma(0.5, 0.5).mode().asnumpy())


def test_what_a_distribution_was_made_with():
    normal = msd.Normal(floats([[1.0], [2.0]]), floats([1.0, 2.0]), name="a")
    assert normal.batch_shape == normal.broadcast_shape == (2, 2)
    assert not normal.is_scalar_batch
    assert (normal.name, normal.seed, normal.dtype) == ("a", 0, mstype.float32)
    other = floats(3.0)
    mean, sd = normal.get_dist_args(sd=other)
    assert sd is other
    assert mean.asnumpy().tolist() == [[1], [2]]
    open_one = msd.Normal()
    assert open_one.batch_shape is None
    assert open_one.is_scalar_batch
    assert open_one.get_dist_args() == (None, None)
    assert open_one.get_dist_type() == "Normal"
    assert msd.Poisson(2.0, seed=5).parameters["seed"] == 5
    classes = msd.Categorical([[0.2, 0.8]])
    assert (classes.batch_shape, classes.broadcast_shape) == ((1, 2), (1,))


def test_gumbel_is_a_uniform_behind_its_cdf():
    g = msb.GumbelCDF(0.5, 1.5)
    behind = msd.TransformedDistribution(msb.Invert(g), msd.Uniform(0.0, 1.0))
    x = floats(REAL)
    np.testing.assert_allclose(
        behind.log_prob(x).asnumpy(),
        stats.gumbel_r(0.5, 1.5).logpdf(REAL),
        rtol=1e-4,
    )


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: msd.Bernoulli(0.0), ValueError),
        (lambda: msd.Geometric([0.3, 1.0]), ValueError),
        (lambda: msd.Poisson([0.0]), ValueError),
        (lambda: msd.Exponential(-1.0), ValueError),
        (lambda: msd.Gamma([1.0], [0.0]), ValueError),
        (lambda: msd.Beta([0.0], [1.0]), ValueError),
        (lambda: msd.HalfNormal(0.0, -1.0), ValueError),
        (lambda: msd.Cauchy(0.0, 0.0), ValueError),
        (lambda: msd.Gumbel(0.0, -1.0), ValueError),
        (lambda: msd.Gumbel(None, 1.0), TypeError),
        (lambda: msd.Laplace(0.0, 1.0, dtype=mstype.int32), TypeError),
        (lambda: msd.StudentT(0.0, 0.0, 1.0), ValueError),
        (lambda: msd.Logistic("a", 1.0), TypeError),
        (lambda: msb.GumbelCDF(0.0, 0.0), ValueError),
        (lambda: msd.Poisson(2.0).entropy(), NotImplementedError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
