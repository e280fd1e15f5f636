"""Parallel settings of a single process are kept and given back."""

import pytest

from cellnet import context
from cellnet.mindspore import parallel


@pytest.fixture(autouse=True)
def clean():
    yield
    context.reset_auto_parallel_context()
    parallel.reset_algo_parameters()
    parallel.reset_ps_context()


def test_private_getters_answer_from_the_context():
    assert parallel._get_parallel_mode() == "stand_alone"
    assert parallel._get_device_num() == 1
    assert parallel._get_gradients_mean() is False
    context.set_auto_parallel_context(parallel_mode="data_parallel", device_num=8)
    assert parallel._get_parallel_mode() == "data_parallel"
    assert parallel._get_device_num() == 8


def test_the_object_form_reads_and_writes_the_same_context():
    held = parallel.auto_parallel_context()
    held.set_gradients_mean(True)
    assert held.get_gradients_mean() is True
    assert context.get_auto_parallel_context("gradients_mean") is True
    with pytest.raises(AttributeError, match="gradients_meen"):
        _ = held.gradients_meen


def test_algo_parameters():
    parallel.set_algo_parameters(elementwise_op_strategy_follow=True)
    assert parallel.get_algo_parameters("elementwise_op_strategy_follow") is True
    assert parallel.get_algo_parameters("fully_use_devices") is None
    with pytest.raises(ValueError, match="got the key 'speed', expected one of"):
        parallel.set_algo_parameters(speed=1)


def test_a_parameter_server_is_not_started_in_silence(caplog):
    parallel.set_ps_context(enable_ps=True)
    assert parallel.get_ps_context("enable_ps") is True
    assert "no parameter server" in caplog.text
