"""One process: rank 0 of 1, whatever is asked."""

import pytest

from cellnet import communication
from cellnet.communication import management


@pytest.fixture(autouse=True)
def released(monkeypatch):
    monkeypatch.setenv("RANK_SIZE", "1")
    yield
    communication.release()


def test_a_program_for_many_devices_gets_one(caplog):
    communication.init()
    assert communication.GlobalComm.INITED
    assert communication.get_rank() == 0
    assert communication.get_group_size() == 1
    assert communication.get_local_rank() == 0
    assert communication.get_local_rank_size() == 1
    assert communication.get_process_group_ranks() == [0]
    assert caplog.text == ""


def test_init_takes_the_three_libraries():
    communication.init("nccl")
    assert communication.GlobalComm.BACKEND == "nccl"
    assert communication.GlobalComm.WORLD_COMM_GROUP == "nccl_world_group"
    with pytest.raises(TypeError, match="backend_name must be a str, got int"):
        communication.init(3)
    with pytest.raises(RuntimeError, match="one of hccl, nccl, mccl, got 'foo'"):
        communication.init("foo")


def test_training_alone_where_more_were_meant_is_said(monkeypatch, caplog):
    monkeypatch.setenv("RANK_SIZE", "8")
    communication.init()
    assert "RANK_SIZE is 8, but this process trains by itself" in caplog.text


def test_groups():
    with pytest.raises(ValueError, match="no group 'mine'; make it by create_group"):
        communication.get_rank("mine")
    communication.create_group("mine", [0])
    assert communication.get_group_size("mine") == 1
    assert communication.get_world_rank_from_group_rank("mine", 0) == 0
    assert communication.get_group_rank_from_world_rank(0, "mine") == 0
    communication.destroy_group("mine")
    with pytest.raises(ValueError, match="no group 'mine'"):
        communication.get_group_size("mine")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: communication.get_rank(3), TypeError),
        (lambda: communication.create_group("g", [0, 1]), ValueError),
        (lambda: communication.create_group("g", 0), TypeError),
        (lambda: communication.destroy_group("hccl_world_group"), ValueError),
        (
            lambda: communication.get_world_rank_from_group_rank("hccl_world_group", 1),
            ValueError,
        ),
        (
            lambda: communication.get_group_rank_from_world_rank(
                "0", "hccl_world_group"
            ),
            TypeError,
        ),
    ],
)
def test_bad_arguments(call, error):
    with pytest.raises(error):
        call()


def test_both_spellings_are_one():
    assert communication.get_rank is management.get_rank
    assert communication.GlobalComm is management.GlobalComm
