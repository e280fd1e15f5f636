"""Metrics give MindSpore's figures."""

import numpy as np


def test_classification(run_both):
    draw = np.random.default_rng(0)
    shares = draw.random((20, 6))
    inputs = {
        "scores": draw.normal(size=(20, 6)).astype(np.float32),
        "shares": (shares / shares.sum(1, keepdims=True)).astype(np.float32),
        "labels": draw.integers(0, 6, 20).astype(np.int32),
        "bits": draw.integers(0, 2, (20, 6)).astype(np.int32),
    }
    same(*run_both("metrics:classification", inputs))


def test_similarity(run_both):
    draw = np.random.default_rng(0)
    inputs = {
        "said": (draw.random((6, 7)) < 0.5).astype(int),
        "true": (draw.random((6, 7)) < 0.6).astype(int),
        "rows": draw.random((4, 5)),
    }
    same(*run_both("metrics:similarity", inputs))


def same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name].shape == value.shape, name
        np.testing.assert_allclose(
            ours[name], value, rtol=1e-5, atol=1e-6, err_msg=name
        )
