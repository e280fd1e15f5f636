"""A training that goes on from a checkpoint ends as one that was never broken off."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, Parameter, nn
from cellnet.train import (
    Callback,
    CheckpointConfig,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    amp,
    load_checkpoint,
)
from cellnet.train.checkpoint import read_ckpt
from tests.train import _training as least_squares
from tests.train import resumed_training
from tests.train._training import (
    LeastSquares,
    descend,
    least_squares_data,
    weights_of,
)

STEPS = resumed_training.STEPS


def start(*arguments):
    command = [sys.executable, resumed_training.__file__, *map(str, arguments)]
    return subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def assert_same(actual, expected):
    """Bit for bit."""
    assert actual.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(actual[name], value, err_msg=name)


@pytest.mark.parametrize(
    ("sunk", "killed_after"),
    [(True, 4 * STEPS), (False, 4 * STEPS + 2)],  # sunk; in the middle of an epoch
)
def test_kill_9_and_resume_ends_in_the_same_bits(tmp_path, sunk, killed_after):
    killed = start(tmp_path, sunk, killed_after)
    expected, history, waits = resumed_training.run(None, sunk)
    _, errors = killed.communicate(timeout=300)
    assert killed.returncode == -signal.SIGKILL, errors
    resumed = start(tmp_path, sunk, "resume")
    _, errors = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, errors
    with np.load(tmp_path / "state.npz") as state:
        assert_same(dict(state), expected)
    assert json.loads((tmp_path / "told.json").read_text()) == [history, waits]
    # the files go on too, under their names
    names = sorted(p.name for p in tmp_path.glob("*.ckpt"))
    last = ["net-10_4"]
    before = ["net-8_4", "net-9_4"] if sunk else ["net-10_2", "net-10_3"]
    assert names == sorted(f"{name}.ckpt" for name in before + last)


class RaiseAt(Callback):
    """An error in the n-th call of some hook."""

    def __init__(self, hook, number):
        self.left = number
        setattr(self, hook, self._count)

    def _count(self, run_context):
        self.left -= 1
        if not self.left:
            raise ZeroDivisionError("boom")


@pytest.fixture(scope="module")
def unbroken():
    return {s: resumed_training.run(None, s, schedule=False) for s in (True, False)}


@pytest.mark.parametrize(
    ("hook", "sunk"),
    [
        ("on_train_step_end", False),
        ("on_eval_end", True),
        ("on_train_step_begin", False),
        ("on_train_epoch_begin", False),
    ],
)
def test_a_callback_that_raises_leaves_a_state_to_go_on_from(
    tmp_path, sunk, hook, unbroken
):
    expected = unbroken[sunk]
    fail = RaiseAt(hook, 3)
    with pytest.raises(ZeroDivisionError, match="boom") as raised:
        resumed_training.run(tmp_path, sunk, [fail], schedule=False)
    (note,) = raised.value.__notes__
    assert "RaiseAt raised this" in note
    actual = resumed_training.run(tmp_path, sunk, resume=tmp_path, schedule=False)
    assert_same(actual[0], expected[0])
    assert actual[1:] == expected[1:]


def make(rate=0.1):
    net = LeastSquares()
    return net, Model(net, optimizer=nn.SGD(net.trainable_params(), rate))


def halve(rate, step):
    return rate / 2


def test_what_later_callbacks_change_in_a_step_is_saved_with_it(tmp_path):
    saver = ModelCheckpoint("net", tmp_path)
    net, model = make()
    model.train(2, least_squares_data(), [saver, LearningRateScheduler(halve)])
    net, model = make()
    model.train(3, least_squares_data(), LearningRateScheduler(halve), resume=tmp_path)
    factors = [0.5**n for n in range(6)]
    np.testing.assert_allclose(weights_of(net)["w"], descend(factors), rtol=1e-5)


class ScaledStep(nn.Cell):
    """A step of one's own with a loss scaler, which is no Cell."""

    def __init__(self, net):
        super().__init__(auto_prefix=False)
        self.net = net
        self.optimizer = nn.SGD(net.trainable_params(), 0.1)
        self.scaler = amp.DynamicLossScaler(4.0, 2, 3)

    def construct(self, x, y):
        def forward(x, y):
            return self.scaler.scale(self.net(x, y))

        loss, grads = ms.value_and_grad(forward, None, self.optimizer.parameters)(x, y)
        self.optimizer(self.scaler.unscale(grads))
        self.scaler.adjust(amp.all_finite(grads))
        return loss


@pytest.mark.parametrize("sunk", [False, True])
@pytest.mark.parametrize("kind", ["ckpt", "safetensors", "orbax"])
def test_the_loss_scaler_of_an_own_step_goes_on_too(tmp_path, kind, sunk):
    def scaled():
        step = ScaledStep(LeastSquares())
        return step.scaler, Model(step)

    _, model = scaled()
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(1, format=kind))
    model.train(2, least_squares_data(), saver, dataset_sink_mode=sunk)
    scaler, model = scaled()
    model.train(4, least_squares_data(), resume=tmp_path, dataset_sink_mode=sunk)
    # 8 steps: raised after 3 and after 6
    assert float(scaler.scale_value.asnumpy()) == 16.0
    assert int(scaler.counter.asnumpy()) == 2
    with pytest.raises(RuntimeError, match="other loss scalers; build the step as"):
        Model(Without(LeastSquares())).train(
            5, least_squares_data(), resume=tmp_path, dataset_sink_mode=sunk
        )


class Without(ScaledStep):
    """The same Parameters, no scaler among the attributes."""

    def __init__(self, net):
        super().__init__(net)
        self.scaler = None


@pytest.mark.parametrize("kind", ["ckpt", "safetensors", "orbax"])
@pytest.mark.parametrize("async_save", [False, True])
def test_each_format_can_be_gone_on_from(tmp_path, kind, async_save):
    config = CheckpointConfig(3, format=kind, async_save=async_save)
    net, model = make()
    saver = ModelCheckpoint("net", tmp_path, config)
    model.train(2, least_squares_data(), saver)
    file = tmp_path / f"net-2_1.{kind}"
    assert file.exists()
    net, model = make()
    model.train(2, least_squares_data(), resume=file)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 4), rtol=1e-5)
    # the state of the run is no Parameter
    assert load_checkpoint(file).keys() == weights_of(model.train_network).keys()


@pytest.mark.parametrize("sunk", [False, True])
def test_files_of_the_background_hold_their_own_step(tmp_path, sunk):
    for name in ("now", "later"):
        config = CheckpointConfig(1, keep_checkpoint_max=9, async_save=name == "later")
        _, model = make()
        saver = ModelCheckpoint("net", tmp_path / name, config)
        model.train(4, least_squares_data(), saver, sunk)
    files = sorted(path.name for path in (tmp_path / "now").iterdir())
    assert len(files) == (4 if sunk else 8)
    for file in files:
        now, later = (read_ckpt(tmp_path / n / file) for n in ("now", "later"))
        np.testing.assert_array_equal(now["w"], later["w"])
        epoch, step = map(int, file[4:-5].split("_"))
        made = descend([1] * (2 * epoch - 2 + step))
        np.testing.assert_allclose(later["w"], made, rtol=1e-4)


def test_data_without_a_length(tmp_path):
    def batches():
        data = least_squares_data()
        return [tuple(row) for row in data.create_tuple_iterator(output_numpy=True)]

    class Endless:
        def __iter__(self):
            return iter(batches())

    net, model = make()
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(3))
    model.train(3, Endless(), saver)
    net, model = make()
    model.train(4, Endless(), resume=tmp_path / "net-2_1.ckpt")
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 8), rtol=1e-5)


def test_a_finished_training_has_nothing_left_to_do(tmp_path):
    net, model = make()
    model.train(2, least_squares_data(), ModelCheckpoint("net", tmp_path))
    net, model = make()
    model.train(2, least_squares_data(), resume=tmp_path)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 4), rtol=1e-5)


def test_the_environment_names_the_file_for_the_training_that_wrote_it(
    tmp_path, monkeypatch
):
    net, model = make()
    model.train(2, least_squares_data(), ModelCheckpoint("net", tmp_path))
    (written,) = [
        json.loads(read_ckpt(path)["cellnet.run"])["training"]
        for path in [tmp_path / "net-2_2.ckpt"]
    ]
    monkeypatch.setenv("CELLNET_RESUME", str(tmp_path / "net-2_2.ckpt"))
    net, model = make()
    model.train(3, least_squares_data())  # another training of this process
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 6), rtol=1e-5)
    monkeypatch.setattr("cellnet.train.model.numbers", iter([written]))
    net, model = make()
    model.train(3, least_squares_data())
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 6), rtol=1e-5)


class Odd(Callback):
    """Remembers what no file can hold."""

    def state_dict(self):
        return {"of": {3: object()}}


def test_a_state_that_cannot_be_saved_costs_no_checkpoint(tmp_path, caplog):
    net, model = make()
    model.train(2, least_squares_data(), [Odd(), ModelCheckpoint("net", tmp_path)])
    assert caplog.text.count("the state of the callback Odd is not saved") == 1
    net, model = make()
    model.train(3, least_squares_data(), Odd(), resume=tmp_path)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 6), rtol=1e-5)


@pytest.fixture
def file(tmp_path):
    net, model = make()
    model.train(3, least_squares_data(), ModelCheckpoint("net", tmp_path))
    return tmp_path / "net-3_2.ckpt"


def test_a_damaged_file_is_refused_by_name(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(content)
    net, model = make()
    with pytest.raises(ValueError, match=r"net-3_2\.ckpt.*earlier checkpoint"):
        model.train(4, least_squares_data(), resume=file)
    assert not weights_of(net)["w"].any()


def test_bad_use_is_refused_before_anything_is_changed(file, tmp_path):
    net, model = make()
    data = least_squares_data()
    with pytest.raises(ValueError, match="of epoch 3, but epoch=2"):
        model.train(2, data, resume=file)
    with pytest.raises(ValueError, match="2 steps in an epoch, this training has 1"):
        model.train(4, data, None, True, 1, resume=file)
    with pytest.raises(ValueError, match="drop initial_epoch"):
        model.train(4, data, initial_epoch=1, resume=file)
    with pytest.raises(ValueError, match="no such checkpoint file"):
        model.train(4, data, resume=tmp_path / "none.ckpt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no checkpoint in the folder"):
        model.train(4, data, resume=tmp_path / "empty")
    with pytest.raises(TypeError, match="resume must be the path"):
        model.train(4, data, resume=3)
    ms.save_checkpoint(net, str(tmp_path / "plain.ckpt"))
    with pytest.raises(ValueError, match="has no state of a run"):
        model.train(4, data, resume=tmp_path / "plain.ckpt")
    net = LeastSquares()
    other = Model(net, optimizer=nn.Adam(net.trainable_params()))
    with pytest.raises(RuntimeError, match=r"lacks Parameters.*moment"):
        other.train(4, data, resume=file)
    with pytest.raises(ValueError, match="no such checkpoint file or folder"):
        other.train(4, data, resume="nowhere")
    net = LeastSquares()
    net.bias = Parameter(np.zeros(1, np.float32), requires_grad=False)
    more = Model(net, optimizer=nn.SGD(net.trainable_params(), 0.1))
    more.train(1, data, ModelCheckpoint("more", tmp_path))
    net, model = make()
    with pytest.raises(RuntimeError, match="that this training lacks: bias"):
        model.train(4, data, resume=tmp_path / "more-1_2.ckpt")
    assert not weights_of(net)["w"].any()


class StopAfter(Callback):
    """Asks for the end after some steps, as a limit of time would."""

    def __init__(self, steps):
        self.steps = steps

    def on_train_step_end(self, run_context):
        if run_context.original_args().cur_step_num == self.steps:
            run_context.request_stop()


@pytest.mark.parametrize("every", [1, 100])
def test_a_training_stopped_amid_an_epoch_goes_on_there(tmp_path, every):
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(every))
    net, model = make()
    model.train(4, least_squares_data(), [saver, StopAfter(3)])
    assert saver.latest_ckpt_file_name.endswith("net-2_1.ckpt")
    net, model = make()
    model.train(4, least_squares_data(), resume=tmp_path)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 8), rtol=1e-5)


def test_a_training_that_stopped_early_stays_stopped(tmp_path):
    def run(patience=1, **how):
        net, model = make()
        stopping = EarlyStopping("loss", min_delta=99, patience=patience, mode="min")
        saver = ModelCheckpoint("net", tmp_path)
        model.train(9, least_squares_data(), [stopping, saver], **how)
        return weights_of(net)["w"], stopping.stopped_epoch

    weights, epoch = run()
    assert epoch == 2
    again, _ = run(resume=tmp_path)
    np.testing.assert_array_equal(again, weights)
    # more patience is something left to do
    longer, epoch = run(patience=4, resume=tmp_path)
    assert epoch == 5
    np.testing.assert_allclose(longer, descend([1] * 10), rtol=1e-5)


def test_a_folder_may_hold_weights_alone_and_a_broken_copy(tmp_path, caplog):
    net, model = make()
    model.train(3, least_squares_data(), ModelCheckpoint("net", tmp_path))
    ms.save_checkpoint(net, str(tmp_path / "best.ckpt"))
    whole = (tmp_path / "net-3_2.ckpt").read_bytes()
    broken = tmp_path / "net-9_9.ckpt"
    broken.write_bytes(whole[: len(whole) // 2])
    for age, name in enumerate([broken.name, "best.ckpt", "net-3_2.ckpt"]):
        os.utime(tmp_path / name, (2e9 - age, 2e9 - age))
    net, model = make()
    model.train(4, least_squares_data(), resume=tmp_path)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 8), rtol=1e-5)
    assert "net-9_9.ckpt: the file is cut short" in caplog.text
    assert "best.ckpt" not in caplog.text


def test_what_is_saved_besides_is_no_parameter_that_lacks(tmp_path):
    config = CheckpointConfig(append_info=["epoch_num", {"note": 3}])
    net, model = make()
    model.train(1, least_squares_data(), ModelCheckpoint("net", tmp_path, config))
    net, model = make()
    model.train(2, least_squares_data(), resume=tmp_path)
    np.testing.assert_allclose(weights_of(net)["w"], descend([1] * 4), rtol=1e-5)
    config = CheckpointConfig(50, append_info=[{"w": 3}])
    with pytest.raises(ValueError, match=r"append_info has \['w'\]"):
        model.train(2, least_squares_data(), ModelCheckpoint("a", tmp_path, config))


def split_data(seed, randomize=True, shuffle=False):
    if seed is not None:
        ms.set_seed(seed)
    columns = (least_squares.X, least_squares.Y)
    data = ds.NumpySlicesDataset(columns, ["x", "y"], shuffle=shuffle)
    return data.split([6, 2], randomize)[0].batch(2)


@pytest.mark.parametrize(("randomize", "shuffle"), [(True, False), (False, True)])
def test_another_split_of_the_data_is_refused(tmp_path, randomize, shuffle):
    def run(seed, epochs=2, **how):
        net, model = make()
        model.train(epochs, split_data(seed, randomize, shuffle), **how)
        return weights_of(net)["w"]

    straight = run(5, 4)
    run(5, callbacks=ModelCheckpoint("net", tmp_path))
    with pytest.raises(ValueError, match=r"by the seed 5, here by 6.*set_seed\(5\)"):
        run(6, 4, resume=tmp_path)
    np.testing.assert_array_equal(run(5, 4, resume=tmp_path), straight)


def test_a_split_that_draws_nothing_needs_no_seed(tmp_path):
    net, model = make()
    saver = ModelCheckpoint("net", tmp_path)
    model.train(2, split_data(1, randomize=False), saver)
    model.train(3, split_data(2, randomize=False), resume=tmp_path)
