"""TerminateOnNaN finds the step, the layer, the Parameter and the batch."""

import numpy as np
import pytest

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, Parameter, Tensor, nn, ops
from cellnet.train import CheckpointConfig, ModelCheckpoint, TerminateOnNaN
from cellnet.train.callback import NonFiniteError
from tests.train._training import weights_of

ROWS, BATCH = 40, 4


class Root(nn.Cell):
    """sqrt(|x w|): its gradient is infinite where x w is 0."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(np.ones(3, np.float32)), name="w")

    def construct(self, x):
        return ops.sqrt(ops.abs(x * self.w))


class Log(nn.Cell):
    """log(x): not finite from 0 down."""

    def construct(self, x):
        return ops.log(x)


class Net(nn.Cell):
    """A layer, something that may go wrong, a layer; dropout, so that keys count."""

    def __init__(self, middle):
        super().__init__()
        self.first = nn.Dense(3, 3, weight_init="ones", has_bias=False)
        self.dropout = nn.Dropout(p=0.1)
        self.middle = middle
        self.last = nn.Dense(3, 1, weight_init="ones")

    def construct(self, x):
        return self.last(self.middle(self.first(self.dropout(x))))


def data(bad_row=None, value=0.0):
    x = np.random.default_rng(0).uniform(1, 2, (ROWS, 3)).astype(np.float32)
    if bad_row is not None:
        x[bad_row] = value
    y = x.sum(1, keepdims=True)
    columns = {"x": x, "y": np.where(np.isfinite(y), y, 0)}
    return ds.NumpySlicesDataset(columns, shuffle=False).batch(BATCH)


def model_of(middle, rate=1e-3):
    ms.set_seed(5)
    net = Net(middle)
    return net, Model(net, nn.MSELoss(), nn.Adam(net.trainable_params(), rate))


@pytest.mark.parametrize("sunk", [True, False])
def test_a_layer_whose_output_is_not_finite(tmp_path, sunk):
    net, model = model_of(Log())
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(5))
    with pytest.raises(NonFiniteError) as raised:
        model.train(2, data(), [saver, TerminateOnNaN(), _Poison(net)], sunk)
    error = raised.value
    good = tmp_path / "net-1_10.ckpt"
    assert (error.step, error.epoch, error.layer) == (11, 2, "middle")
    assert error.checkpoint == str(good)
    text = str(error)
    assert "step 11 (epoch 2, batch 1 of it)" in text
    assert str(good) in text
    assert "first in the output of layer middle (Log)" in text
    np.testing.assert_array_equal(error.batch[0], next(iter(data()))[0].asnumpy())


class _Poison(ms.train.Callback):
    """After the first epoch the first layer gives numbers below 0."""

    def __init__(self, net):
        self.net = net

    def on_train_epoch_end(self, run_context):
        self.net.first.weight.set_data(-np.ones((3, 3), np.float32))


@pytest.mark.parametrize("sunk", [True, False])
def test_a_gradient_that_is_not_finite_is_found_before_the_loss_shows_it(sunk):
    net, model = model_of(Root())
    with pytest.raises(NonFiniteError) as raised:
        model.train(1, data(bad_row=26), TerminateOnNaN(), sunk)
    error = raised.value
    assert (error.step, error.layer) == (7, "")
    # nearest to the loss first: last.* are sound, middle.w is where it begins
    assert error.parameters[0] == "middle.w"
    assert "first.weight" in error.parameters
    assert not {"last.weight", "last.bias"} & set(error.parameters)
    assert not error.batch[0][2].any()
    # the state is that before the step: the rest may go on without that batch
    assert all(
        np.isfinite(value).all() for value in weights_of(model.train_network).values()
    )
    assert model.train_network.optimizer.global_step.asnumpy() == 6


def test_an_operation_between_layers_is_not_taken_for_the_next_layer():
    ms.set_seed(5)
    net = nn.SequentialCell(nn.Dense(3, 3, activation="relu"), nn.Dense(3, 1))
    net[0].bias.set_data(np.full(3, np.inf, np.float32))
    model = Model(net, nn.MSELoss(), nn.SGD(net.trainable_params(), 0.1))
    with pytest.raises(
        NonFiniteError, match=r"construct of layer 0 \(Dense\)"
    ) as raised:
        model.train(1, data(), TerminateOnNaN())
    assert raised.value.layer == "0"
    assert raised.value.parameters == ["0.weight", "0.bias"]


class OwnStep(nn.Cell):
    """A training step that has a network but nothing else of TrainOneStepCell."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.optimizer = nn.SGD(network.trainable_params(), 0.1)
        self.grad = ms.value_and_grad(network, None, self.optimizer.parameters)

    def construct(self, x, y):
        loss, gradients = self.grad(x, y)
        self.optimizer(gradients)
        return loss


def test_a_step_of_ones_own_is_told_the_update():
    net = Net(Root())
    model = Model(OwnStep(nn.WithLossCell(net, nn.MSELoss())))
    with pytest.raises(NonFiniteError, match="the update made not finite") as raised:
        model.train(1, data(bad_row=26), TerminateOnNaN())
    assert raised.value.step == 7
    assert raised.value.parameters[0].endswith("first.weight")


@pytest.mark.parametrize("on_device", [True, False])
def test_data_that_is_not_finite_is_said(on_device):
    _, model = model_of(nn.ReLU())
    batches = data(26, np.nan)
    if not on_device:  # staged by the host
        batches = [tuple(b) for b in batches.create_tuple_iterator(output_numpy=True)]
    with pytest.raises(NonFiniteError, match=r"input 0: .*NOT FINITE, first in row 2"):
        model.train(1, batches, TerminateOnNaN(), True)


def test_an_update_that_is_not_finite():
    _, model = model_of(nn.ReLU(), rate=3e38)
    with pytest.raises(NonFiniteError, match="last checkpoint: none") as raised:
        model.train(3, data(), TerminateOnNaN(), True)
    assert raised.value.step <= 3
    assert raised.value.parameters


def test_no_breakpoint_is_saved_of_numbers_that_are_lost(tmp_path):
    _, model = model_of(nn.ReLU())
    saver = ModelCheckpoint("net", tmp_path, CheckpointConfig(3, exception_save=True))
    with pytest.raises(NonFiniteError):
        model.train(1, data(26, np.inf), [saver, TerminateOnNaN()])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "net-1_3.ckpt",
        "net-1_6.ckpt",
    ]


def test_a_sound_training_is_the_same_with_and_without():
    _, model = model_of(nn.ReLU())
    model.train(3, data(), dataset_sink_mode=True)
    expected = weights_of(model.train_network)
    for sunk in (True, False):
        _, model = model_of(nn.ReLU())
        model.train(3, data(), TerminateOnNaN(), sunk)
        for name, value in weights_of(model.train_network).items():
            np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_dynamic_loss_scale_and_overflows_are_no_fault():
    ms.set_seed(5)
    net = Net(nn.ReLU())
    manager = ms.train.DynamicLossScaleManager(2.0**127, 2, 5)
    model = Model(
        net,
        nn.MSELoss(),
        nn.Adam(net.trainable_params(), 1e-3),
        loss_scale_manager=manager,
    )
    model.train(2, data(), TerminateOnNaN(), True)
    assert model.train_network.scale_sense.asnumpy() < 2.0**127
