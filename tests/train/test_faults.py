"""What a training does when it is told to stop, or when the disk is full."""

import importlib
import os
import resource
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from cellnet import Model, nn
from cellnet.train import Callback, CheckpointConfig, ModelCheckpoint
from cellnet.train._interrupts import Interrupted
from cellnet.train.checkpoint import read_ckpt
from tests.train._training import LeastSquares, descend, least_squares_data, weights_of

posix_only = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


def make():
    net = LeastSquares()
    return net, Model(net, optimizer=nn.SGD(net.trainable_params(), 0.1))


class Send(Callback):
    """A signal to this process in the n-th call of a hook."""

    def __init__(self, number, hook="on_train_step_begin", after=3):
        self.number, self.left = number, after
        setattr(self, hook, self._count)

    def _count(self, run_context):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), self.number)


@posix_only
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
@pytest.mark.parametrize("sunk", [False, True])
def test_a_signal_finishes_the_step_saves_and_exits(
    tmp_path, number, code, sunk, capsys
):
    importlib.import_module("IPython")  # by some library: nobody types here
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    net, model = make()
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(100))
    with pytest.raises(Interrupted) as raised:
        model.train(9, least_squares_data(), [saver, Send(number)], sunk)
    assert raised.value.code == code
    made = 6 if sunk else 3
    file = tmp_path / ("net-3_2.ckpt" if sunk else "net-2_1.ckpt")
    np.testing.assert_allclose(read_ckpt(file)["w"], descend([1] * made), rtol=1e-5)
    told = capsys.readouterr().err
    assert f"CELLNET_RESUME={file} {sys.executable}" in told
    assert f'resume="{file}"' in told
    assert handlers == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    net, model = make()
    model.train(5, least_squares_data(), resume=file)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 10), rtol=1e-4)


SCRIPT = """
import os, signal, sys
from cellnet.train import Callback, ModelCheckpoint
from tests.train.test_faults import Send, make
from tests.train._training import least_squares_data, weights_of

saver = ModelCheckpoint("net", sys.argv[1])
net, model = make()
data = least_squares_data()
model.train(4, data, [saver, *[Send(signal.SIGTERM)] * ("GO" not in os.environ)])
print(*weights_of(net)["w"].tolist())
"""


@posix_only
def test_the_command_that_is_printed_goes_on(tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONWARNINGS": "ignore",
    }
    script = tmp_path / "train.py"
    script.write_text(
        SCRIPT.replace('sys.argv[2] == "kill"', 'not os.environ.get("GO")')
    )
    first = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
    )
    assert first.returncode == 143, first.stderr
    assert "Traceback" not in first.stderr
    (line,) = [each for each in first.stderr.splitlines() if "to go on:" in each]
    second = subprocess.run(
        line.split("to go on:")[1],
        shell=True,
        capture_output=True,
        text=True,
        timeout=300,
        env={**environment, "GO": "1"},
    )
    assert second.returncode == 0, second.stderr
    weights = [float(each) for each in second.stdout.split()]
    np.testing.assert_allclose(weights, descend([1] * 8), rtol=1e-4)


@posix_only
def test_a_signal_in_an_evaluation_does_not_wait_for_its_end(tmp_path):
    net = LeastSquares()
    step = nn.SGD(net.trainable_params(), 0.1)
    model = Model(net, None, step, metrics={"mse"}, eval_network=_Errors(net))
    send = Send(signal.SIGTERM, "on_eval_step_end", after=1)
    saver = ModelCheckpoint("net", tmp_path)
    data = least_squares_data()
    with pytest.raises(Interrupted):
        model.fit(3, data, data, callbacks=[saver, send])
    assert send.left == 0  # the second batch was not evaluated
    assert (tmp_path / "net-1_2.ckpt").exists()


class _Errors(nn.Cell):
    """For evaluation: (0, x w, y)."""

    def __init__(self, net):
        super().__init__(auto_prefix=False)
        self.net = net

    def construct(self, x, y):
        return y.sum() * 0, (x * self.net.w).sum(-1), y


class SendTwice(Callback):
    """Two signals in one step."""

    def on_train_step_begin(self, run_context):
        if run_context.original_args().cur_step_num == 3:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)


@posix_only
def test_a_second_signal_ends_at_once_and_saves_nothing(tmp_path):
    net, model = make()
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(100))
    with pytest.raises(KeyboardInterrupt):
        model.train(9, least_squares_data(), [saver, SendTwice()])
    assert os.listdir(tmp_path) == []
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 2), rtol=1e-5)


@posix_only
def test_the_file_to_go_on_from_is_one_with_the_state_of_the_run(tmp_path, capsys):
    net, model = make()
    alone = CheckpointConfig(100, saved_network=net)
    savers = [ModelCheckpoint("alone", tmp_path, alone)]
    with pytest.raises(Interrupted):
        model.train(9, least_squares_data(), [*savers, Send(signal.SIGINT)])
    told = capsys.readouterr().err
    assert "it has weights alone" in told
    assert "CELLNET_RESUME" not in told
    savers.append(ModelCheckpoint("whole", tmp_path, CheckpointConfig(100)))
    with pytest.raises(Interrupted):
        model.train(9, least_squares_data(), [*savers, Send(signal.SIGINT)])
    assert f"CELLNET_RESUME={tmp_path / 'whole-2_1.ckpt'}" in capsys.readouterr().err


@posix_only
def test_a_signal_in_the_very_end_is_not_lost(tmp_path):
    _, model = make()
    send = Send(signal.SIGTERM, "on_train_end", after=1)
    with pytest.raises(Interrupted):
        model.train(2, least_squares_data(), [send, ModelCheckpoint("net", tmp_path)])
    assert (tmp_path / "net-2_2.ckpt").exists()


@posix_only
def test_without_a_checkpoint_ctrl_c_is_pythons_own():
    _, model = make()
    with pytest.raises(KeyboardInterrupt):
        model.train(9, least_squares_data(), Send(signal.SIGINT))


@posix_only
def test_the_programs_own_handler_and_other_threads_are_left_alone(tmp_path):
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
    try:
        _, model = make()
        saver = ModelCheckpoint("net", tmp_path)
        model.train(3, least_squares_data(), [saver, Send(signal.SIGTERM)])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [1]
    thread = threading.Thread(target=model.train, args=(1, least_squares_data(), saver))
    thread.start()
    thread.join()


class SmallDisk(Callback):
    """From the n-th step on no file may grow beyond some bytes."""

    def __init__(self, after, nbytes):
        self.after, self.nbytes = after, nbytes

    def __enter__(self):
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        return self

    def on_train_step_begin(self, run_context):
        if run_context.original_args().cur_step_num == self.after:
            limit = (self.nbytes, self.before[1])
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    def __exit__(self, *error):
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


@posix_only
@pytest.mark.parametrize("kind", ["ckpt", "safetensors", "orbax"])
def test_a_full_disk_keeps_the_file_before(tmp_path, kind):
    if kind == "orbax":
        pytest.importorskip("orbax.checkpoint")
    config = CheckpointConfig(1, keep_checkpoint_max=1, format=kind)
    saver = ModelCheckpoint("net", tmp_path, config)
    _, model = make()
    with pytest.raises(OSError, match="what was there before is unchanged") as raised:
        model.train(9, least_squares_data(), [saver, SmallDisk(3, 100)])
    assert raised.value.filename == str(tmp_path / f"net-2_1.{kind}")
    assert os.listdir(tmp_path) == [f"net-1_2.{kind}"]
    net, model = make()
    model.train(2, least_squares_data(), resume=tmp_path)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 4), rtol=1e-5)
