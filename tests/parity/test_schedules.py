"""Learning rates are MindSpore's, to 1e-6."""

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("lists", {}),
        ("schedules", {"steps": np.arange(9)}),
        ("schedulers", {"count": 8, "losses": np.array([1.0] * 4 + [0.5] * 4)}),
    ],
)
def test_rates(run_both, kind, inputs):
    ours, theirs = run_both(f"schedules:{kind}", inputs)
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name].shape == value.shape
        np.testing.assert_allclose(ours[name], value, rtol=0, atol=1e-6, err_msg=name)
