"""Filters of sound give MindSpore's samples."""

import json

import numpy as np
import pytest

FILTERS = [
    "A.BassBiquad(44100, 50.0)",
    "A.BassBiquad(44100, -3.0, 200.0, 0.5)",
    "A.TrebleBiquad(44100, 20.0)",
    "A.TrebleBiquad(8000, -7.5, 1000.0, 0.3)",
    "A.EqualizerBiquad(44100, 1500.0, 5.5)",
    "A.LowpassBiquad(4000, 1500.0, 0.7)",
    "A.HighpassBiquad(4000, 1500.0, 0.7)",
    "A.BandpassBiquad(44100, 200.0)",
    "A.BandpassBiquad(44100, 200.0, 0.5, True)",
    "A.BandrejectBiquad(44100, 200.0, 0.9)",
    "A.AllpassBiquad(44100, 200.0)",
    "A.Biquad(0.01, 0.02, 0.13, 1.0, 0.12, 0.3)",
]
REFUSED = [
    "A.BassBiquad(0, 3.0)",
    "A.BassBiquad(44100.0, 3.0)",
    "A.BassBiquad(44100, '3')",
    "A.LowpassBiquad(44100, 100.0, 0.0)",
    "A.AllpassBiquad(44100, 100.0, 1.1)",
    "A.Biquad(1.0, 1.0, 1.0, 0.0, 1.0, 1.0)",
]


@pytest.fixture(scope="module")
def found(run_both):
    wave = np.random.default_rng(0).uniform(-1, 1, (2, 300))
    inputs = {"texts": json.dumps(FILTERS + REFUSED), "wave": wave}
    return run_both("sounds:outputs_of", inputs)


@pytest.mark.parametrize("number", range(len(FILTERS)), ids=FILTERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_same_samples_come_out(found, number, dtype):
    ours, theirs = (each[f"{number}:{dtype}"] for each in found)
    assert ours.dtype == theirs.dtype
    # MindSpore feeds back in float32 what it gave, so that errors of rounding add up.
    np.testing.assert_allclose(ours, theirs, 0, 2e-5 if dtype == "float64" else 1e-3)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=REFUSED)
def test_errors_have_the_same_type(found, number):
    ours, theirs = (str(each[f"{len(FILTERS) + number}:error"]) for each in found)
    assert ours == theirs
