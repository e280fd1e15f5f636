"""fast_dev_run: one batch of everything, and no trace of it."""

import os
import signal

import numpy as np
import optax
import pytest
from flax import nnx

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model
from cellnet.train import (
    BackupAndRestore,
    BestCheckpoint,
    Callback,
    CheckpointConfig,
    EarlyStopping,
    History,
    ModelCheckpoint,
    OnRequestExit,
    ProfileSteps,
    SummaryCollector,
    TensorBoard,
)
from tests.train._training import (
    Net,
    image_data,
    make_model,
    train,
    weights_of,
)


class Hooks(Callback):
    """Notes which hooks are called."""

    def __init__(self):
        self.names = []
        for kind in ("train", "eval"):
            for hook in ("begin", "epoch_begin", "step_begin"):
                for name in (hook, hook.replace("begin", "end")):
                    name = f"on_{kind}_{name}"
                    setattr(self, name, lambda _, name=name: self.names.append(name))


@pytest.mark.parametrize("sunk", [False, True])
def test_everything_is_tried_and_nothing_is_changed(tmp_path, sunk):
    expected = train(make_model(Net), 2, image_data(shuffle=True))
    model = make_model(Net, metrics={"acc"})
    before = weights_of(model.train_network)
    data, valid = image_data(shuffle=True), image_data()
    hooks, history = Hooks(), History()
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(1))
    callbacks = [hooks, history, EarlyStopping("acc"), saver]
    model.fit(9, data, valid, [5], callbacks, sunk, sunk, fast_dev_run=True)
    steps = ["on_train_begin", "on_train_epoch_begin", "on_train_step_begin"]
    steps += ["on_train_step_end", "on_eval_begin", "on_eval_epoch_begin"]
    steps += ["on_eval_step_begin", "on_eval_step_end", "on_eval_epoch_end"]
    steps += ["on_eval_end", "on_train_epoch_end", "on_train_end"]
    assert hooks.names == steps
    after = weights_of(model.train_network)
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)
    assert os.listdir(tmp_path) == []
    assert saver.latest_ckpt_file_name == ""
    assert history.history == {}
    # the training after it is the one there would have been without
    actual = train(model, 2, data)
    np.testing.assert_allclose(actual[0], expected[0], rtol=1e-5)


def test_callbacks_that_write_files_leave_those_that_are_there(tmp_path):
    pytest.importorskip("tensorboardX")
    best, backup = tmp_path / "best.ckpt", tmp_path / "backup.ckpt"
    for file in (best, backup):
        file.write_bytes(b"of another night")
    callbacks = [
        BestCheckpoint("acc", best, restore_best_weights=True),
        BackupAndRestore(str(tmp_path)),
        TensorBoard(tmp_path / "board"),
        SummaryCollector(str(tmp_path / "summary")),
        ProfileSteps(1, 1, tmp_path / "profile"),
        OnRequestExit(directory=str(tmp_path / "exit"), sig=signal.SIGUSR1),
        AskToExit(),
    ]
    make_model(metrics={"acc"}).fit(
        *(9, image_data(), image_data()), callbacks=callbacks, fast_dev_run=True
    )
    assert sorted(os.listdir(tmp_path)) == ["backup.ckpt", "best.ckpt"]
    assert best.read_bytes() == backup.read_bytes() == b"of another night"
    assert callbacks[0].path == best


class AskToExit(Callback):
    """Sends the signal that OnRequestExit waits for."""

    def on_train_step_begin(self, run_context):
        os.kill(os.getpid(), signal.SIGUSR1)


def test_a_foreign_network_is_as_it_was():
    net = nnx.Linear(3, 1, rngs=nnx.Rngs(0))
    before = np.asarray(net.kernel[...])
    x = np.ones((8, 3), np.float32)
    model = Model(net, optax.l2_loss, optax.sgd(0.1))
    model.train(2, (x, x[:, :1]), batch_size=4, fast_dev_run=True)
    np.testing.assert_array_equal(net.kernel[...], before)
    model.train(2, (x, x[:, :1]), batch_size=4)
    assert not np.array_equal(net.kernel[...], before)


def test_what_fails_in_the_end_fails_at_once(tmp_path):
    model = make_model(metrics={"acc"})
    labels = np.full(10, 1, np.int32)
    broken = ds.NumpySlicesDataset((np.zeros((10, 5), np.float32), labels)).batch(4)
    before = weights_of(model.train_network)
    with pytest.raises(ValueError, match="in_channels|shape"):
        model.fit(9, image_data(), broken, fast_dev_run=True)
    for name, value in weights_of(model.train_network).items():
        np.testing.assert_array_equal(value, before[name])
    with pytest.raises(TypeError, match="fast_dev_run must be"):
        model.train(1, image_data(), fast_dev_run=1)


def test_a_checkpoint_that_could_not_be_read_again_fails(tmp_path, monkeypatch):
    model = make_model()
    monkeypatch.setattr(
        "cellnet.train._resume.unpack", lambda entries: None
    )  # as of a file of another version
    with pytest.raises(ValueError, match="no state of a run"):
        model.train(9, image_data(), ModelCheckpoint("a", tmp_path), fast_dev_run=True)
    assert ms.get_context("mode") == ms.GRAPH_MODE
