"""Control flow on Tensors: values, gradients, state and errors, in both modes."""

import json
import warnings

import numpy as np
import pytest

GRAPH, PYNATIVE = 0, 1
X = np.array([1.1, -2.3, 3.45], np.float32)
ROWS = np.stack([X, -X, X * np.float32(0.1) + np.float32(0.5)])

PROGRAMS = [
    *("if_elif_else", "logical", "chained_comparison", "ternary", "while_loop"),
    *("while_with_break", "while_with_continue", "while_with_return"),
    *("for_with_break", "for_with_return", "for_over_rows", "nested", "slices"),
    *("conversion", "extremes", "calls", "static_list"),
]
REFUSED = ["other_dtype", "tensor_or_number", "undefined", "several_elements", "raises"]
EAGER = ["other_shape", "grows"]


def results(run_both, mode, names, gradients):
    inputs = {
        "mode": mode,
        "rows": ROWS,
        "names": json.dumps(names),
        "gradients": "yes" if gradients else "no",
    }
    return run_both("control:evaluate", inputs)


@pytest.fixture(scope="module", params=[GRAPH, PYNATIVE], ids=["graph", "pynative"])
def found(run_both, request):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing may fall back
        return results(run_both, request.param, PROGRAMS, gradients=True)


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients(found, name):
    ours, theirs = found
    keys = [key for key in theirs if key.split(".")[0] == name]
    assert len(keys) == 2 * len(ROWS)
    for key in keys:
        assert ours[key].dtype == theirs[key].dtype
        np.testing.assert_allclose(ours[key], theirs[key], rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("mode", [GRAPH, PYNATIVE])
def test_state_of_a_cell(run_both, mode):
    ours, theirs = run_both("control:evaluate_cell", {"mode": mode, "rows": ROWS})
    for key, expected in theirs.items():
        np.testing.assert_allclose(ours[key], expected, rtol=2e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*cannot be compiled:RuntimeWarning")
def test_errors_are_of_the_same_types(run_both):
    ours, theirs = results(run_both, GRAPH, REFUSED, gradients=False)
    for key, expected in theirs.items():
        if expected.dtype.kind == "U":
            assert ours[key] == expected, key
        else:
            np.testing.assert_allclose(ours[key], expected, rtol=2e-5)


@pytest.mark.filterwarnings("ignore:.*cannot be compiled:RuntimeWarning")
def test_what_is_eager_here_gives_the_same_values(run_both):
    ours, theirs = results(run_both, GRAPH, EAGER, gradients=False)
    for key, expected in theirs.items():
        np.testing.assert_allclose(ours[key], expected, rtol=2e-5)
