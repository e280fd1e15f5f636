"""Mixed precision: the same Cells and operations compute in 16 bits."""

import json

import numpy as np
import pytest

# 1 + 2**-12 is 1 in float16
ROUNDED = {"3", "13", "15", "16"}  # softmax, exp, sigmoid
X = (np.eye(2) * (1 + 2.0**-12)).astype(np.float32)


@pytest.mark.parametrize("mode", [0, 1], ids=["graph", "pynative"])
@pytest.mark.parametrize("level", ["O0", "O1", "O2", "O3", "auto", "white", "black"])
def test_levels(run_both, level, mode):
    inputs = {"level": level, "mode": mode, "x": X}
    ours, theirs = run_both("precision:levels", inputs)
    assert json.loads(str(ours.pop("types"))) == json.loads(str(theirs.pop("types")))
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        # a lost digit of x is 2.4e-4; these may differ by one of float16 anyway
        limit = 1e-3 if name in ROUNDED else 1e-4
        np.testing.assert_allclose(ours[name], value, rtol=limit, atol=limit)


def test_scalers(run_both):
    finite = np.array([c == "." for c in ".x....xx..."])
    ours, theirs = run_both("precision:scalers", {"finite": finite})
    for name, value in theirs.items():
        assert ours[name].dtype == value.dtype
        np.testing.assert_array_equal(ours[name], value)
