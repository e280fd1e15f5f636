"""Default initial values: the same names, bounds, means and deviations."""

import json

import numpy as np
import pytest

LAYERS = [
    "nn.Dense(300, 200)",
    "nn.Linear(300, 200)",
    "nn.BiDense(30, 40, 50)",
    "nn.Conv1d(40, 60, 5, has_bias=True)",
    "nn.Conv2d(40, 60, 5, has_bias=True)",
    "nn.Conv2d(40, 60, 5, group=4, has_bias=True)",
    "nn.Conv3d(20, 30, 3, has_bias=True)",
    "nn.Conv1dTranspose(40, 60, 5, has_bias=True)",
    "nn.Conv2dTranspose(40, 60, 5, group=2, has_bias=True)",
    "nn.Conv3dTranspose(20, 30, 3, has_bias=True)",
    "nn.Conv2dBnAct(40, 60, 5, has_bias=True, has_bn=True)",
    "nn.DenseBnAct(300, 200, has_bn=True)",
    "nn.Embedding(500, 60)",
    "nn.EmbeddingLookup(500, 60)",
    "nn.PReLU(30)",
    "nn.BatchNorm2d(30)",
    "nn.LayerNorm([30])",
    "nn.GroupNorm(3, 30)",
    "nn.InstanceNorm2d(30)",
    "nn.SyncBatchNorm(30)",
    "nn.RNNCell(60, 80)",
    "nn.GRUCell(60, 80)",
    "nn.LSTMCell(60, 80)",
    "nn.LSTM(60, 80)",
    "nn.MultiheadAttention(120, 4)",
    "nn.TransformerEncoderLayer(120, 4, 200)",
]


@pytest.fixture(scope="module")
def found(run_both):
    return run_both("initial:run", {"texts": json.dumps(LAYERS)})


@pytest.mark.parametrize("number", range(len(LAYERS)), ids=LAYERS)
def test_names_and_figures(found, number):
    prefix = f"{number}:"
    ours, theirs = (
        {k.removeprefix(prefix): v for k, v in each.items() if k.startswith(prefix)}
        for each in found
    )
    assert list(ours) == list(theirs)
    for name, (low, high, mean, deviation, size) in theirs.items():
        error = 6 * deviation / np.sqrt(size)
        assert ours[name][4] == size, name
        # mean and deviation to six standard errors; bounds to the same share of them
        np.testing.assert_allclose(ours[name][2], mean, atol=2 * error + 1e-9)
        np.testing.assert_allclose(ours[name][3], deviation, atol=error + 1e-9)
        room = 0.35 if abs(high) > 2.5 * deviation else 0.12  # normal or uniform
        for mine, theirs_too in ((ours[name][0], low), (ours[name][1], high)):
            np.testing.assert_allclose(
                mine, theirs_too, rtol=room, atol=0.1 * deviation + 1e-9, err_msg=name
            )
