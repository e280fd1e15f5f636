"""Tensors, Parameters and initializers: values, types and errors."""

import itertools
import json

import numpy as np
import pytest

INITIALIZERS = [
    *("Normal(0.5, 2.0)", "Uniform(0.3)", "Zero()", "One()", "Constant(0.7)"),
    *("TruncatedNormal(0.02)", "TruncatedNormal(1.0, 0.5, -1.0, 1.0)"),
    *("XavierUniform()", "XavierUniform(2.0)", "XavierNormal()"),
    *("HeUniform()", "HeUniform(5**0.5)", "HeUniform(0.0, 'fan_out', 'relu')"),
    *("HeNormal()", "HeNormal(0.2, 'fan_out')"),
    *("'normal'", "'xavier_uniform'", "'HeNormal'", "0.25", "'ones'"),
    "VarianceScaling(2.0, 'fan_avg', 'uniform')",
    "VarianceScaling(2.0, 'fan_out', 'untruncated_normal')",
]
SHAPES = [(60, 40, 3, 3), (200, 150)]

TYPES = ["float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool_"]
EXPRESSIONS = [
    # promotion of types
    *(f"cast([1, 2], {a!r}) + cast([3, 1], {b!r})" for a in TYPES for b in TYPES),
    *(
        f"cast([1, 0], {dtype!r}) {operator} {number}"
        for dtype, operator, number in itertools.product(
            TYPES, ("+", "*"), ("2", "1.5", "True")
        )
    ),
    *(f"cast([5, 2], {t!r}) / cast([2, 4], {t!r})" for t in TYPES[:6]),
    *("i // 2", "i % 4", "i ** 2", "i ** 0.5", "x / i", "-x", "abs(x)", "x > i"),
    *("x == 1.5", "x == None", "x != None", "x == 'a'", "~b", "b & True", "1 - x"),
    *("2.0 / x", "3 // i", "x @ x.T", "x + [1, 2, 3]", "x + None", "x + 'a'"),
    *("x + x[0]", "x + x.T", "x == x.T"),
    # making
    *("ms.Tensor(1)", "ms.Tensor(1.5)", "ms.Tensor(True)", "ms.Tensor([1, 2.0])"),
    *("ms.Tensor([])", "ms.Tensor(1.7, ms.int32)", "ms.Tensor([x, x])", "ms.Tensor(x)"),
    "ms.Tensor('a')",
    "ms.Tensor({})",
    # shape, values, indices
    *("x.shape", "x.size", "x.ndim", "x.itemsize", "x.nbytes", "x.strides", "x.T"),
    *("x.asnumpy()", "x[0, 1].item()", "x.item()", "x.tolist()", "len(x)", "list(x)"),
    *("float(x)", "int(i[0, 0])", "bool(x)", "bool(x[0, 0])", "len(x[0, 0])"),
    *("x[0]", "x[0, 1]", "x[:, 1:]", "x[::-1]", "x[..., 0]", "x[None]", "x[[1, 0]]"),
    *("x[i > 4]", "x[:, b]", "x[3]", "x[1.0]", "x['a']", "x[0, 0, 0]"),
    *("x[ms.Tensor([1, 1])]", "x[-1]", "x[0:5]", "x[0, 0][0]", "x[(0, 1), (2, 0)]"),
    *("x.astype(ms.int32)", "x.astype('float16')", "x.astype(np.int64)"),
    *("x.astype('foo')", "x.reshape(3, 2)", "x.reshape((6,))", "x.reshape(-1, 2)"),
    *("x.reshape(4, 2)", "x.transpose()", "x.transpose(1, 0)", "x.transpose((1, 0))"),
    *("x.sum()", "x.sum(0)", "x.sum(axis=1, keepdims=True)", "x.mean()", "x.mean(0)"),
    *("x.max()", "x.min(axis=0)", "x.argmax()", "x.argmax(1)", "i.mean()", "b.sum()"),
    *("x.sum(2)", "x.view(3, 2)", "x.flatten()", "x.squeeze()", "x.expand_dims(0)"),
    *("x.copy()", "x.abs()", "x.exp()", "x.clip(-1, 1)", "x.all()", "b.any()"),
    # Parameters
    *("p", "p + 1", "p.clone()", "p.clone('zeros')", "p.value()"),
    *("p.set_data(ms.Tensor([3, 4], ms.int32))", "p.set_data('a')"),
    *(
        "Parameter(1, name='n')",
        "Parameter(1.5, 'n')",
        "Parameter(True)",
        "Parameter('a')",
    ),
    *("Parameter(None)", "Parameter((1, 2))", "Parameter([1.0, 2.0], name='l')"),
    *("Parameter(np.ones(2), name='d')", "Parameter(x, name=3)", "Parameter()"),
    *("Parameter(x, requires_grad=1)", "Parameter(x, 'w', requires_grad=False)"),
    *("ParameterTuple([p, p])", "ParameterTuple([x])", "ParameterTuple([p])"),
    *("ParameterTuple([p]).clone('new')", "ops.assign(p, ms.Tensor([5.0, 6.0])), p"),
    # settings
    *("ms.set_seed(-1)", "ms.set_seed(1.5)", "ms.set_seed(2**32)", "ms.set_seed('1')"),
    *("ms.set_context(foo=1)", "ms.set_context(mode=5)"),
    *("ms.get_context('foo')", "ms.set_context(device_target='TPUv9')"),
    *("ms.set_context(device_id='0')", "ms.set_context(device_id=-1)"),
    # initializers
    *("initializer('foo', (2,))", "initializer('ones', (0,))", "initializer(None, 2)"),
    *("initializer('xavier_uniform', (2,))", "initializer('ones', (2,), 'int32')"),
    "initializer('ones', (2, 3), ms.int32).init_data()",
    *("initializer(x, (2, 2))", "initializer(3, [2]).init_data()"),
]


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def drawn(run_both, request):
    inputs = {"texts": json.dumps(INITIALIZERS), "shape": request.param}
    return run_both("values:draws", inputs)


@pytest.fixture(scope="module")
def found(run_both):
    both = run_both("values:evaluate_all", {"texts": json.dumps(EXPRESSIONS)})
    return [[json.loads(str(each)) for each in found.values()] for found in both]


@pytest.mark.parametrize("number", range(len(INITIALIZERS)), ids=INITIALIZERS)
def test_initializers_draw_alike(drawn, number):
    """Not the same numbers: the same mean, spread and bounds of 20,000 or more."""
    ours, theirs = (each[str(number)] for each in drawn)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    spread = theirs.std()
    error = 6 * spread / np.sqrt(theirs.size)
    assert abs(ours.mean() - theirs.mean()) <= 2 * error + 1e-7
    assert abs(ours.std() - spread) <= 2 * error + 1e-7
    bounded = abs(theirs).max() < 2.5 * spread
    if bounded or not spread:
        assert ours.min() == pytest.approx(theirs.min(), rel=0.01, abs=1e-6)
        assert ours.max() == pytest.approx(theirs.max(), rel=0.01, abs=1e-6)


def assert_same(ours, theirs):
    assert type(ours) is type(theirs)
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            assert_same(mine, other)
    elif isinstance(theirs, float):
        # MindSpore's exp is right to five digits
        assert ours == pytest.approx(theirs, rel=1e-5, nan_ok=True)
    else:
        assert ours == theirs


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)), ids=EXPRESSIONS)
def test_expressions_give_the_same(found, number):
    ours, theirs = (each[number] for each in found)
    assert_same(ours, theirs)
