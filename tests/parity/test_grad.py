"""GradOperation, grad and value_and_grad: the forms of their results, and errors."""

import json

import numpy as np
import pytest

GRAPH, PYNATIVE = 0, 1

FORMS = [
    # GradOperation by its options
    "G()(net)(x, y)",
    "G(**A)(net)(x, y)",
    "G(**A)(cube)(x)",
    "G(**L)(net, both)(x, y)",
    "G(**L)(net, [net.b, net.w])(x, y)",
    "G(**L)(net, ParameterTuple([net.w]))(x, y)",
    "G(**L)(net, net.w)(x, y)",
    "G(**L)(net, [])(x, y)",
    "G(**A, **L)(net, both)(x, y)",
    "G(**A, **L)(net, net.b)(x, y)",
    "G(**S)(net)(x, y, s)",
    "G(**A, **S)(net)(x, y, s)",
    "G(**L, **S)(net, both)(x, y, s)",
    "G(**A, **L, **S)(net, both)(x, y, s)",
    "G()(net, both)(x, y)",
    # several outputs, other inputs
    "G(**A)(two)(x, y)",
    "G(**A, **S)(two)(x, y, (s, y))",
    "G(**L)(two, two.w)(x, y)",
    "G()(scaled)(x, 3.0)",
    "G(**A)(scaled)(x, 3.0)",
    "G(**A)(first_of_pair)((x, y), y)",
    "G()(stopped)(x, y)",
    "G()(G()(cube))(x)",
    "Nested(net)(x, y)",
    "G(**L)(net, foreign)(x, y)",
    # grad
    "ms.grad(divide)(x, y)",
    "ms.grad(divide, 1)(x, y)",
    "ms.grad(divide, (0,))(x, y)",
    "ms.grad(divide, (0, 1))(x, y)",
    "ms.grad(divide, (1, 0))(x, y)",
    "ms.grad(net, None, both)(x, y)",
    "ms.grad(net, None, [net.w])(x, y)",
    "ms.grad(net, None, net.w)(x, y)",
    "ms.grad(net, None, [])(x, y)",
    "ms.grad(net, 0, both)(x, y)",
    "ms.grad(net, (0, 1), net.b)(x, y)",
    "ms.grad(with_aux, 0, has_aux=True)(x, y)",
    "ms.grad(with_aux, (0, 1), has_aux=True)(x, y)",
    "ms.grad(divide, 0, return_ids=True)(x, y)",
    "ms.grad(divide, (0, 1), return_ids=True)(x, y)",
    "ms.grad(net, None, both, return_ids=True)(x, y)",
    "ms.grad(net, None, net.w, return_ids=True)(x, y)",
    "ms.grad(net, (0, 1), both, return_ids=True)(x, y)",
    "ms.grad(ms.grad(cube))(x)",
    "ms.get_grad(ms.grad(net, 0, both, return_ids=True)(x, y), net.b)",
    "ms.get_grad(ms.grad(divide, (0, 1), return_ids=True)(x, y), 1)",
    # value_and_grad
    "ms.value_and_grad(divide)(x, y)",
    "ms.value_and_grad(divide, (0, 1))(x, y)",
    "ms.value_and_grad(net, None, both)(x, y)",
    "ms.value_and_grad(net, None, net.w)(x, y)",
    "ms.value_and_grad(net, (0, 1), both)(x, y)",
    "ms.value_and_grad(two, 0, None)(x, y)",
    "ms.value_and_grad(with_aux, 0, has_aux=True)(x, y)",
    "ms.value_and_grad(with_aux, (0, 1), has_aux=True, return_ids=True)(x, y)",
]
REFUSED = [
    "G(1)",
    "G(get_by_list='yes')",
    "G(sens_param=None)",
    "G(**S)(net)(x, y)",
    "G()(net)(x, y, s)",
    "G()(net)(x)",
    "G(**S)(net)(x, y, tensor(1.0))",
    "G(**S)(net)(x, y, tensor(1, 2, dtype=np.int32))",
    "G(**S)(net)(x, y, tensor(1, 2, dtype=np.float16))",
    "G(**S)(net)(x, y, 1.0)",
    "ms.grad(divide, None)",
    "ms.grad(divide, -1)",
    "ms.grad(divide, (0, 0))",
    "ms.grad(divide, 2)(x, y)",
    "ms.grad(divide, 1.0)",
    "ms.grad(divide, [0])",
    "ms.get_grad(ms.grad(divide, 0, return_ids=True)(x, y), 1)",
]


def results(run_both, mode, texts):
    inputs = {"mode": mode, "texts": json.dumps(texts)}
    return [
        [json.loads(str(result)) for result in results.values()]
        for results in run_both("gradients:evaluate_all", inputs)
    ]


@pytest.fixture(scope="module", params=[GRAPH, PYNATIVE], ids=["graph", "pynative"])
def found(run_both, request):
    return results(run_both, request.param, FORMS)


@pytest.fixture(scope="module")
def errors(run_both):
    return [results(run_both, mode, REFUSED) for mode in (GRAPH, PYNATIVE)]


def assert_same(ours, theirs):
    if isinstance(theirs, list):
        assert isinstance(ours, list)
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            assert_same(mine, other)
    elif isinstance(theirs, dict) and "values" in theirs:
        assert ours["dtype"] == theirs["dtype"]
        np.testing.assert_allclose(ours["values"], theirs["values"], rtol=1e-6)
    else:
        assert ours == theirs


@pytest.mark.parametrize("number", range(len(FORMS)), ids=FORMS)
def test_results_have_the_same_form_and_values(found, number):
    ours, theirs = (results[number] for results in found)
    assert "error" not in theirs
    assert_same(ours, theirs)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=REFUSED)
def test_errors_are_of_a_type_that_mindspore_raises(errors, number):
    """Its two modes do not always agree: then one of both will do."""
    (ours, theirs), (ours_eager, theirs_eager) = (
        [results[number]["error"] for results in pair] for pair in errors
    )
    assert ours == ours_eager
    assert ours in (theirs, theirs_eager)
