"""BackupAndRestore and OnRequestExit."""

import json
import os
import signal

import numpy as np
import pytest

from cellnet import Model, nn
from cellnet.train.callback import BackupAndRestore, Callback, OnRequestExit
from tests.train._training import LeastSquares, descend, least_squares_data, weights_of


def make():
    net = LeastSquares()
    return net, Model(net, optimizer=nn.SGD(net.trainable_params(), 0.1))


class Break(Callback):
    """Ends the training by an error after an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_train_epoch_end(self, run_context):
        if run_context.original_args().cur_epoch_num == self.epoch:
            raise RuntimeError("broken off")


def test_a_training_that_was_broken_off_goes_on(tmp_path):
    backup = BackupAndRestore(str(tmp_path / "kept"))
    _, model = make()
    with pytest.raises(RuntimeError, match="broken off"):
        model.train(5, least_squares_data(), [backup, Break(2)])
    assert backup.backup_file.exists()
    net, model = make()
    model.train(3, least_squares_data(), backup)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 10), rtol=1e-4)
    assert not backup.backup_file.exists()


def test_every_second_epoch_and_kept(tmp_path):
    backup = BackupAndRestore(str(tmp_path), 2, delete_checkpoint=False)
    _, model = make()
    model.train(3, least_squares_data(), backup)
    net, model = make()
    model.train(1, least_squares_data(), backup)
    # two epochs were kept, then one more
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 6), rtol=1e-4)


class Send(Callback):
    """Sends a signal to this process in a step."""

    def __init__(self, step):
        self.step = step

    def on_train_step_begin(self, run_context):
        if run_context.original_args().cur_step_num == self.step:
            os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_ends_the_run_after_the_step(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    net, model = make()
    leave = OnRequestExit(file_name="net", directory=str(tmp_path))
    model.train(9, least_squares_data(), [leave, Send(3)])
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 3), rtol=1e-4)
    assert (tmp_path / "rank_0" / "net_train.ckpt").exists()
    assert signal.getsignal(signal.SIGTERM) == before
    net, model = make()
    model.train(1, least_squares_data(), leave)
    weights = weights_of(net)["w"]
    # the data began anew: its first batch comes again
    assert not np.allclose(weights, descend([1] * 2))


def test_a_file_ends_the_run(tmp_path):
    config = tmp_path / "exit.json"
    config.write_text(json.dumps({"GracefulExit": 1}))
    net, model = make()
    leave = OnRequestExit(directory=str(tmp_path), config_file=str(config))
    model.train(9, least_squares_data(), leave, dataset_sink_mode=True)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 2), rtol=1e-4)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda: BackupAndRestore(3)),
        (ValueError, lambda: BackupAndRestore("a", 0)),
        (TypeError, lambda: BackupAndRestore("a", "x")),
        (TypeError, lambda: BackupAndRestore("a", 1, 1)),
        (ValueError, lambda: OnRequestExit(save_ckpt=1)),
        (ValueError, lambda: OnRequestExit(sig=9)),
        (ValueError, lambda: OnRequestExit(file_name=3)),
    ],
)
def test_errors(kind, call):
    with pytest.raises(kind):
        call()
