"""What one saves, the other loads: outputs, and the training that goes on, agree."""

import json

import numpy as np
import pytest

from cellnet import load_checkpoint
from tests.parity.conftest import PROGRAMS
from tests.parity.here import run_here
from tests.parity.training_data import OPTIMIZERS, batches, draw_weights

PROGRAM = PROGRAMS / "training.py"
CASES = [("lenet5", "momentum"), ("lenet5", "sgd-momentum"), ("norm", "adam-amsgrad")]


@pytest.fixture(params=CASES, ids="-".join)
def job(run_both, request):
    """Inputs of a training job, of four steps of which two go on from a checkpoint."""
    network, optimizer = request.param
    settings = {"network": network, "optimizer": OPTIMIZERS[optimizer]}
    return settings | draw_weights(run_both, network) | batches(4)


def check_goes_on(after, before):
    assert after.get("left", np.array([])).tolist() == []
    np.testing.assert_allclose(
        after["outputs"], before["outputs"], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(after["losses"], before["losses"], rtol=1e-5)


def entries(path):
    return [(n, p.shape, str(p.dtype)) for n, p in load_checkpoint(path).items()]


def test_a_training_step_goes_on_over_there(run_oracle, tmp_path, job):
    """cellnet's file in MindSpore, MindSpore's in cellnet, entry by entry the same."""
    source = PROGRAM.read_text(encoding="utf-8")
    ours, theirs = tmp_path / "ours.ckpt", tmp_path / "theirs.ckpt"
    saved_here = run_here(PROGRAM, job | {"path": str(ours)}, "train_and_save")
    saved_there = run_oracle(source, job | {"path": str(theirs)}, "train_and_save")

    assert entries(ours) == entries(theirs)
    check_goes_on(
        run_oracle(source, job | {"path": str(ours)}, "load_and_train"), saved_here
    )
    check_goes_on(
        run_here(PROGRAM, job | {"path": str(theirs)}, "load_and_train"), saved_there
    )


def test_model_checkpoint_leaves_the_same_files(run_oracle, run_both, tmp_path):
    """Names with epoch and step, the five newest kept, the same Parameters inside."""
    config = {
        "save_checkpoint_steps": 2,
        "keep_checkpoint_max": 3,
        "append_info": ["epoch_num", "step_num", {"lr": 0.5}],
    }
    job = {"network": "norm", "optimizer": OPTIMIZERS["adam"], "epochs": 2}
    job |= draw_weights(run_both, "norm") | batches(5)
    job |= {"config": json.dumps(config)}
    folders = [tmp_path / "ours", tmp_path / "theirs"]
    for folder in folders:
        folder.mkdir()
    ours, theirs = (
        run(program, job | {"folder": str(folder)}, "train_with_model")
        for run, program, folder in zip(
            (run_here, run_oracle),
            (PROGRAM, PROGRAM.read_text(encoding="utf-8")),
            folders,
            strict=True,
        )
    )

    assert ours.pop("names").tolist() == theirs.pop("names").tolist()
    assert [*ours] == [*theirs]
    for name, expected in theirs.items():
        assert ours[name].dtype == expected.dtype, name
        np.testing.assert_allclose(
            ours[name], expected, rtol=1e-4, atol=1e-5, err_msg=name
        )
