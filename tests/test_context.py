"""set_context and get_context."""

import logging

import jax
import pytest

import cellnet as ms
from cellnet import context


def test_defaults():
    assert ms.get_context("mode") == ms.GRAPH_MODE
    assert ms.get_context("device_target") in ("CPU", "GPU", "TPU")
    assert ms.get_context("device_id") == 0


def test_the_target_asked_for_is_given_back(caplog):
    with caplog.at_level(logging.INFO, "cellnet"):
        context._context.said.clear()
        for _ in range(2):
            ms.set_context(mode=ms.PYNATIVE_MODE, device_target="Ascend")
    assert ms.get_context("device_target") == "Ascend"
    assert ms.get_context("mode") == ms.PYNATIVE_MODE
    said = [r.getMessage() for r in caplog.records if "Ascend" in r.getMessage()]
    assert len(said) == 1
    assert jax.local_devices()[0].platform.upper() in said[0]


def test_keys_without_effect_are_kept_and_named_once(caplog):
    context._context.said.clear()
    with caplog.at_level(logging.INFO, "cellnet"):
        for _ in range(2):
            ms.set_context(save_graphs=True, save_graphs_path="/x")
    assert ms.get_context("save_graphs") is True
    lines = [r.getMessage() for r in caplog.records]
    assert lines.count("set_context: save_graphs has no effect in cellnet") == 1


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ({"foo": 1}, ValueError),
        ({"mode": 5}, ValueError),
        ({"device_target": "ABC"}, ValueError),
        ({"device_id": -1}, ValueError),
        ({"device_id": "0"}, TypeError),
        ({"deterministic": "MAYBE"}, ValueError),
        ({"jit_syntax_level": "SOME"}, ValueError),
        ({"matmul_precision": "float8"}, ValueError),
        ({"sink_budget": 0}, ValueError),
        ({"sink_budget": "1GB"}, TypeError),
    ],
)
def test_refused(setting, error):
    (key,) = setting
    with pytest.raises(error, match=key):
        ms.set_context(**setting)


def test_unknown_key():
    with pytest.raises(ValueError, match="foo"):
        ms.get_context("foo")


def test_a_target_that_is_not_here_is_said(caplog):
    if ms.get_context("device_target") != "CPU":
        pytest.skip("there is a GPU or TPU here")
    with caplog.at_level(logging.WARNING, "cellnet"):
        ms.set_context(device_target="GPU")
    assert "not here" in caplog.text
    assert ms.get_context("device_target") == "GPU"


def test_parallel_context():
    ms.set_auto_parallel_context(parallel_mode="data_parallel", gradients_mean=True)
    assert ms.get_auto_parallel_context("gradients_mean") is True
    ms.reset_auto_parallel_context()
    assert ms.get_auto_parallel_context("parallel_mode") == "stand_alone"
    with pytest.raises(ValueError, match="parallel_mode"):
        ms.set_auto_parallel_context(parallel_mode="magic")
