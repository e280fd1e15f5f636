"""ModelCheckpoint and its configuration: which files there are, and what is in them."""

import dataclasses
import os
import stat

import numpy as np
import pytest

from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.callback import (
    CallbackList,
    CallbackParam,
    CheckpointConfig,
    ModelCheckpoint,
    RunContext,
    _kept_files,
)
from cellnet.train.checkpoint import _formats, read_ckpt


def write_by(monkeypatch, write):
    """Have ``write`` in the place of what writes a .ckpt file."""
    kind = dataclasses.replace(_formats.FORMATS["ckpt"], write=write)
    monkeypatch.setitem(_formats.FORMATS, "ckpt", kind)


class Counter(Cell):
    """A training step for these tests: 'steps' says how many were made."""

    def __init__(self):
        super().__init__()
        self.steps = Parameter(Tensor(np.float32(0)), name="steps")


def train(callback, epochs=2, batch_num=6, sink=1, fail_at=None):
    step = Counter()
    params = CallbackParam(train_network=step, batch_num=batch_num, cur_step_num=0)
    context = RunContext(params)
    callbacks = CallbackList(callback)
    with callbacks:
        callbacks.on_train_begin(context)
        for params.cur_epoch_num in range(1, epochs + 1):
            for _ in range(batch_num // sink):
                params.cur_step_num += sink
                step.steps.set_data(float(params.cur_step_num))
                callbacks.on_train_step_end(context)
                if fail_at == params.cur_step_num:
                    raise ZeroDivisionError("boom")
            callbacks.on_eval_step_end(RunContext(CallbackParam(cur_step_num=99)))
            callbacks.on_eval_end(RunContext(CallbackParam(cur_step_num=99)))
        callbacks.on_train_end(context)
    return params


def files(folder):
    return sorted(os.listdir(folder))


@pytest.mark.parametrize(
    ("settings", "sink", "names"),
    [
        # the first seven as measured on MindSpore: two epochs of six steps
        ({"save_checkpoint_steps": 4}, 1, ["1_4", "2_2", "2_6"]),
        ({"keep_checkpoint_max": 3}, 1, ["2_4", "2_5", "2_6"]),
        ({}, 1, ["2_2", "2_3", "2_4", "2_5", "2_6"]),
        ({"save_checkpoint_steps": 6}, 1, ["1_6", "2_6"]),
        ({"keep_checkpoint_max": 0}, 1, ["2_6"]),
        (
            {"keep_checkpoint_max": 0, "keep_checkpoint_per_n_minutes": 1},
            1,
            ["1_1", "2_6"],
        ),
        (
            {"save_checkpoint_steps": 0, "save_checkpoint_seconds": 100},
            1,
            ["2_6"],
        ),
        ({"save_checkpoint_steps": 5}, 3, ["1_6", "2_6"]),
        ({"save_checkpoint_steps": 4}, 6, ["1_6", "2_6"]),
        ({"save_checkpoint_steps": 8, "async_save": True}, 1, ["2_2", "2_6"]),
        ({"keep_checkpoint_max": 2, "async_save": "thread"}, 1, ["2_5", "2_6"]),
        ({"save_checkpoint_steps": None}, 1, ["2_6"]),
    ],
)
def test_files_after_training(tmp_path, settings, sink, names):
    callback = ModelCheckpoint(
        "net", tmp_path / "new" / "folder", CheckpointConfig(**settings)
    )
    assert callback.latest_ckpt_file_name == ""
    params = train(callback, sink=sink)
    folder = tmp_path / "new" / "folder"
    assert files(folder) == [f"net-{name}.ckpt" for name in names]
    assert callback.latest_ckpt_file_name == str(folder / f"net-{names[-1]}.ckpt")
    assert params.latest_ckpt_file == callback.latest_ckpt_file_name
    assert params.last_save_ckpt_step == 12
    for name in names:
        epoch, step = map(int, name.split("_"))
        saved = read_ckpt(folder / f"net-{name}.ckpt")
        assert saved["steps"] == 6 * (epoch - 1) + step


def test_seconds_are_counted_from_the_last_save(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])

    class Slow(Counter):
        pass

    config = CheckpointConfig(0, save_checkpoint_seconds=20)
    callback = ModelCheckpoint("net", tmp_path, config)
    params = CallbackParam(train_network=Slow(), batch_num=9, cur_epoch_num=1)
    context = RunContext(params)
    params.cur_step_num = 0
    callback.on_train_begin(context)
    for params.cur_step_num in range(1, 10):
        clock[0] += 8.0
        callback.on_train_step_end(context)
    # 24 s is the first beyond 20, then 48 and 72
    assert files(tmp_path) == [f"net-1_{n}.ckpt" for n in (3, 6, 9)]


def test_one_file_per_n_minutes_stays(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(_kept_files.time, "monotonic", lambda: clock[0])
    kept = _kept_files.KeptFiles(newest=None, minutes=2)
    for minute in range(8):
        clock[0] = minute * 60.0
        path = tmp_path / f"{minute}.ckpt"
        path.write_bytes(b"")
        kept.add(path)
        kept.prune()
    assert files(tmp_path) == ["0.ckpt", "2.ckpt", "4.ckpt", "6.ckpt", "7.ckpt"]


def test_what_other_runs_wrote_is_neither_overwritten_nor_deleted(tmp_path):
    (tmp_path / "net_old-1_1.ckpt").write_bytes(b"of another prefix")
    config = CheckpointConfig(6, keep_checkpoint_max=1)
    for _ in range(3):
        train(ModelCheckpoint("net", tmp_path, config))
    expected = ["net-2_6", "net_1-2_6", "net_2-2_6", "net_old-1_1"]
    assert files(tmp_path) == [f"{name}.ckpt" for name in expected]
    train(ModelCheckpoint("net_1", tmp_path, config))
    train(ModelCheckpoint("ne", tmp_path, config))
    assert {"net_1_1-2_6.ckpt", "ne-2_6.ckpt"} <= set(files(tmp_path))


def test_a_callback_serves_two_trainings(tmp_path):
    callback = ModelCheckpoint("net", tmp_path, CheckpointConfig(4))
    train(callback, epochs=1)
    assert files(tmp_path) == ["net-1_4.ckpt", "net-1_6.ckpt"]
    train(callback, epochs=1, batch_num=5)
    assert files(tmp_path) == ["net-1_4.ckpt", "net-1_5.ckpt", "net-1_6.ckpt"]


def test_prefix_and_directory_may_be_functions(tmp_path):
    callback = ModelCheckpoint(
        lambda params: f"step{params.cur_step_num}",
        lambda params: str(tmp_path / f"epoch{params.cur_epoch_num}"),
        CheckpointConfig(6),
    )
    train(callback)
    assert files(tmp_path / "epoch1") == ["step6.ckpt"]
    assert files(tmp_path / "epoch2") == ["step12.ckpt"]


def test_the_folder_is_the_current_one_if_none_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(ModelCheckpoint(config=CheckpointConfig(6)), epochs=1)
    assert files(tmp_path) == ["CKP-1_6.ckpt"]


def test_what_is_saved_besides(tmp_path):
    info = ["step_num", "epoch_num", {"lr": 0.5, "note": "hi", "t": Tensor([1, 2])}]
    other = Counter()
    config = CheckpointConfig(6, append_info=info, saved_network=other, crc_check=True)
    for _ in range(2):  # the counts of one run do not leak into the next
        callback = ModelCheckpoint("net", tmp_path, config)
        train(callback)
    saved = read_ckpt(callback.latest_ckpt_file_name, crc_check=True)
    assert saved.pop("t").tolist() == [1, 2]
    assert saved.pop("note") == "hi"
    assert {name: value.item() for name, value in saved.items()} == {
        "steps": 0,
        "epoch_num": 2,
        "step_num": 12,
        "lr": 0.5,
    }


@pytest.mark.parametrize("async_save", [False, True])
@pytest.mark.parametrize("wanted", [True, False])
def test_a_failed_training_leaves_a_breakpoint_if_wanted(tmp_path, wanted, async_save):
    config = CheckpointConfig(3, exception_save=wanted, async_save=async_save)
    callback = ModelCheckpoint("net", tmp_path, config)
    with pytest.raises(ZeroDivisionError):
        train(callback, fail_at=4)
    names = ["net-1_3.ckpt"] + ["net-1_4_breakpoint.ckpt"] * wanted
    assert files(tmp_path) == names
    assert read_ckpt(tmp_path / names[-1])["steps"] == (4 if wanted else 3)
    # its name counts for the next run
    train(ModelCheckpoint("net", tmp_path, CheckpointConfig(6)), epochs=1)
    assert "net_1-1_6.ckpt" in files(tmp_path)


def test_a_failing_breakpoint_does_not_hide_the_error(tmp_path, monkeypatch, caplog):
    callback = ModelCheckpoint(
        "net", tmp_path, CheckpointConfig(9, exception_save=True)
    )
    write_by(monkeypatch, lambda *a, **k: 1 / len(()))
    with pytest.raises(ZeroDivisionError, match="boom"):
        train(callback, fail_at=4)
    assert "saving failed while training ended" in caplog.text


def test_a_failure_in_the_background_ends_training(tmp_path, monkeypatch):
    callback = ModelCheckpoint("net", tmp_path, CheckpointConfig(5, async_save=True))

    def fail(path, *args, **kwargs):
        raise OSError(f"disk full: {path}")

    write_by(monkeypatch, fail)
    with pytest.raises(RuntimeError, match=r"net-1_5\.ckpt in the background failed"):
        train(callback)


def test_files_that_cannot_be_deleted_are_told_and_training_goes_on(
    tmp_path, monkeypatch, caplog
):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    config = CheckpointConfig(6, keep_checkpoint_max=1)
    train(ModelCheckpoint("net", tmp_path, config))
    assert "cannot be deleted" in caplog.text
    mode = (tmp_path / "net-2_6.ckpt").stat().st_mode
    assert stat.S_IMODE(mode) == stat.S_IRUSR


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"prefix": "a/b"}, ValueError, "prefix must be a str without '/'"),
        ({"prefix": 3}, ValueError, "prefix must be a str without '/'"),
        ({"directory": 3}, TypeError, "directory must be a str, got int"),
        ({"directory": " "}, ValueError, "directory must not be empty"),
        ({"config": 3}, TypeError, "must be a CheckpointConfig, got int"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        ModelCheckpoint(**arguments)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"save_checkpoint_steps": -1}, ValueError, "save_checkpoint_steps must be >="),
        (
            {"save_checkpoint_steps": 1.0},
            TypeError,
            "save_checkpoint_steps must be int",
        ),
        (
            {"save_checkpoint_steps": True},
            TypeError,
            "save_checkpoint_steps must be int",
        ),
        ({"keep_checkpoint_max": "5"}, TypeError, "keep_checkpoint_max must be int"),
        (
            {"save_checkpoint_steps": 0, "keep_checkpoint_max": None},
            ValueError,
            "all 0 or None",
        ),
        ({"integrated_save": 1}, TypeError, "integrated_save must be bool"),
        ({"async_save": 1}, TypeError, "async_save must be bool"),
        ({"async_save": "fork"}, ValueError, "'thread' or 'process', got 'fork'"),
        ({"saved_network": 3}, TypeError, "saved_network must be a Cell, got int"),
        ({"append_info": "a"}, TypeError, "append_info must be a list, got str"),
        ({"append_info": ["lr"]}, ValueError, "'step_num'.*got 'lr'"),
        ({"append_info": [3]}, TypeError, "must be a str or a dict, got int"),
        ({"append_info": [{}, {}]}, TypeError, "at most one dict is allowed, got 2"),
        ({"append_info": [{"a": [1]}]}, TypeError, r"got 'a': \[1\]"),
        ({"append_info": [{1: 1}]}, TypeError, "got 1: 1"),
        ({"enc_key": b"0" * 16}, ValueError, "encrypted checkpoints are not available"),
        ({"enc_mode": 3}, ValueError, "must be a str, got 3"),
        ({"crc_check": 1}, TypeError, "crc_check must be bool"),
        ({"exception_save": 1}, TypeError, "exception_save must be bool"),
        ({"remove_redundancy": True}, TypeError, "for parallel training"),
        ({"format": "pickle"}, ValueError, "format must be one of 'ckpt', 'safet"),
    ],
)
def test_bad_settings(settings, error, message):
    with pytest.raises(error, match=message):
        CheckpointConfig(**settings)


@pytest.mark.parametrize(
    ("settings", "policy"),
    [
        ({}, (1, None, 5, None)),
        (
            {"save_checkpoint_seconds": 9, "keep_checkpoint_per_n_minutes": 2},
            (1, None, 5, None),
        ),
        (
            {
                "save_checkpoint_steps": 0,
                "save_checkpoint_seconds": 5,
                "keep_checkpoint_max": 0,
                "keep_checkpoint_per_n_minutes": 2,
            },
            (0, 5, 0, 2),
        ),
        ({"keep_checkpoint_max": 0}, (1, None, 1, 0)),
    ],
)
def test_which_settings_count(settings, policy):
    found = CheckpointConfig(**settings).get_checkpoint_policy()
    names = [
        *("save_checkpoint_steps", "save_checkpoint_seconds"),
        *("keep_checkpoint_max", "keep_checkpoint_per_n_minutes"),
    ]
    assert tuple(found[name] for name in names) == policy
    assert found["saved_network"] is None
