"""Distributions: the same settings, numbers, values at places and errors."""

import json

import numpy as np
import pytest

# name -> (arguments, values at places, another's parameters)
FAMILIES = {
    "Bernoulli": ("[0.3, 0.6]", "f32(0, 1)", "f32(0.5)"),
    "Geometric": ("[0.3, 0.6]", "f32(0, 2.5)", "f32(0.5)"),
    "Poisson": ("[2.0, 3.5]", "f32(0, 2)", ""),
    "Exponential": ("[2.0, 3.5]", "f32(0.0, 1.5)", "f32(1.5)"),
    "Gamma": ("[2.0, 3.5], [1.0, 0.5]", "f32(0.5, 1.5)", "f32(1.5), f32(0.7)"),
    "Beta": ("[2.0, 3.5], [3.0, 1.5]", "f32(0.5, 0.9)", "f32(1.5), f32(0.7)"),
    "Cauchy": ("[0.0, 1.0], [1.0, 2.0]", "f32(-0.5, 4)", "f32(1.5), f32(0.7)"),
    "Gumbel": ("[0.0, 1.0], [1.0, 2.0]", "f32(-0.5, 4)", "f32(1.5), f32(0.7)"),
    "Logistic": ("[0.0, 1.0], [1.0, 2.0]", "f32(-0.5, 4)", ""),
    "Normal": ("[0.0, 1.0], [1.0, 2.0]", "f32(-0.5, 4)", "f32(1.5), f32(0.7)"),
    "Uniform": ("[0.0, 1.0], [1.0, 2.0]", "f32(0.5, 4)", "f32(-1.5), f32(3)"),
    "LogNormal": ("[0.0, 1.0], [1.0, 2.0]", "f32(0.5, 4)", "f32(1.5), f32(0.7)"),
    "HalfNormal": ("[0.0, 0.0], [1.0, 2.0]", "f32(-0.5, 4)", ""),
    "Laplace": ("[0.0, 1.0], [1.0, 2.0]", "f32(-0.5, 4)", ""),
    "StudentT": ("[3.0, 4.0], [0.0, 1.0], [1.0, 2.0]", "f32(-0.5, 4)", ""),
}
# for these MindSpore has densities only
OF_DENSITIES = ("HalfNormal", "Laplace", "StudentT")
AT_PLACES = [
    *("prob", "log_prob", "cdf", "log_cdf", "survival_function", "log_survival"),
]
NOT_THERE = {("Poisson", "entropy"), ("Uniform", "mode"), ("Bernoulli", "mode")}
NOT_THERE |= {("Beta", method) for method in AT_PLACES[2:]}


def _texts():
    for name, (parameters, places, other) in FAMILIES.items():
        made = f"msd.{name}({parameters})"
        for method in AT_PLACES:
            if (name, method) in NOT_THERE:
                continue
            if name not in OF_DENSITIES or "prob" in method:
                yield f"{made}.{method}({places})"
        for method in ("mean", "var", "sd", "mode", "entropy"):
            if name not in OF_DENSITIES and (name, method) not in NOT_THERE:
                yield f"{made}.{method}()"
        if other:
            yield f"{made}.kl_loss({name!r}, {other})"
            yield f"{made}.cross_entropy({name!r}, {other})"


VALUES = [
    *_texts(),
    *(
        f"msb.GumbelCDF(0.5, 2.0).{name}(f32(0.2, 0.7))"
        for name in ("forward", "inverse")
    ),
    "msb.GumbelCDF(0.5, 2.0).forward_log_jacobian(f32(0.2, 0.7))",
    "msb.GumbelCDF(0.5, 2.0).inverse_log_jacobian(f32(0.2, 0.7))",
    "msd.StudentT().log_prob(f32(0.5), f32(4), f32(1), f32(2))",
    "msd.Gamma([2.0], [1.0]).mean(f32(3), f32(4))",
    "msd.Beta([0.5, 2.0], [0.5, 3.0]).mode()",
    "msd.Exponential([2.0]).prob(f32(-1))",
    "msd.Geometric([0.5]).prob(f32(-1))",
    "msd.Poisson([2.0]).prob(f32(-1))",
    # errors
    *("msd.Bernoulli(0.0)", "msd.Bernoulli(1.5)", "msd.Bernoulli('a')"),
    *("msd.Geometric(1.0)", "msd.Poisson([0.0])", "msd.Exponential(-1.0)"),
    *("msd.Gamma([0.0], [1.0])", "msd.Beta([1.0], [-1.0])", "msd.Cauchy(0.0, 0.0)"),
    *("msd.Gumbel(0.0, 0.0)", "msd.Gumbel(None, 1.0)", "msd.HalfNormal(0.0, -1.0)"),
    *("msd.Laplace(0.0, 0.0)", "msd.Logistic(0.0, 0.0)", "msd.StudentT(0.0, 0.0, 1.0)"),
    *("msd.Cauchy(0.0, 1.0).mean()", "msd.Cauchy(0.0, 1.0).sd()"),
    *("msb.GumbelCDF(0.0, 0.0)", "msb.GumbelCDF('a', 1.0)"),
    "msd.Poisson([2.0]).entropy()",
    "msd.Logistic(0.0, 1.0).kl_loss('Logistic', f32(1), f32(1))",
    "msd.Cauchy(0.0, 1.0).kl_loss('Normal', f32(1), f32(1))",
    "msd.Cauchy().prob(f32(1))",
    *(
        f"msd.{name}({FAMILIES[name][0]}, dtype=ms.int32)"
        for name in ("Exponential", "Gamma", "Beta", *OF_DENSITIES)
    ),
]
SETTINGS = [
    *(
        f"msd.{name}({FAMILIES[name][0]})"
        for name in FAMILIES
        if name not in ("Gumbel", "LogNormal", *OF_DENSITIES)
    ),
    "msd.Normal()",
    "msd.Normal(1.0)",
    "msd.Normal([1.0, 2.0])",
    "msd.Normal(f32(1.0, 2.0), 3.0, seed=5, name='a')",
    "msd.Normal([[1.0], [2.0]], [1.0, 2.0])",
    "msd.LogNormal(0.0, [1.0, 2.0])",
    "msd.Bernoulli(0.3)",
    "msd.Categorical([0.2, 0.8])",
    "msd.Categorical([[0.2, 0.8]])",
]


@pytest.fixture(scope="module")
def found(run_both):
    return run_both("distributions:values", {"texts": json.dumps(VALUES)})


@pytest.fixture(scope="module")
def said(run_both):
    both = run_both("distributions:settings", {"texts": json.dumps(SETTINGS)})
    return [[json.loads(text) for text in each["said"].tolist()] for each in both]


@pytest.mark.parametrize("number", range(len(VALUES)), ids=VALUES)
def test_values(found, number):
    ours, theirs = (each[str(number)] for each in found)
    assert ours.dtype == theirs.dtype
    if theirs.dtype.kind == "U":
        assert str(ours) == str(theirs)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("number", range(len(SETTINGS)), ids=SETTINGS)
def test_settings(said, number):
    ours, theirs = (each[number] for each in said)
    assert ours == theirs
