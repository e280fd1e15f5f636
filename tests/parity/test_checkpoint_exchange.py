"""A trained LeNet5, saved by one framework, gives the same outputs in the other."""

import numpy as np
import pytest

from cellnet import nn
from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor
from cellnet.train.checkpoint import (
    load_checkpoint,
    load_param_into_net,
    save_checkpoint,
)

MOMENTUM = (0.1, 0.9)


class LeNet5(Cell):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid")
        self.norm = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid")
        self.fc1 = nn.Dense(400, 120)
        self.fc2 = nn.Dense(120, 84)
        self.fc3 = nn.Dense(84, 10)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.flatten = nn.Flatten()

    def construct(self, x):
        x = self.pool(self.relu(self.norm(self.conv1(x))))
        x = self.pool(self.relu(self.conv2(x)))
        x = self.flatten(x)
        return self.fc3(self.relu(self.fc2(self.relu(self.fc1(x)))))


# the same network on the other side, which takes a step and saves, or loads and runs
ORACLE = """
import mindspore as ms
from mindspore import nn

class LeNet5(nn.Cell):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid")
        self.norm = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid")
        self.fc1 = nn.Dense(400, 120)
        self.fc2 = nn.Dense(120, 84)
        self.fc3 = nn.Dense(84, 10)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.flatten = nn.Flatten()

    def construct(self, x):
        x = self.pool(self.relu(self.norm(self.conv1(x))))
        x = self.pool(self.relu(self.conv2(x)))
        x = self.flatten(x)
        return self.fc3(self.relu(self.fc2(self.relu(self.fc1(x)))))

def oracle(inputs):
    ms.set_context(mode=ms.GRAPH_MODE)
    x, y = ms.Tensor(inputs["x"]), ms.Tensor(inputs["y"])
    net = LeNet5()
    loss = nn.WithLossCell(net, nn.SoftmaxCrossEntropyWithLogits(True, "mean"))
    optimizer = nn.Momentum(net.trainable_params(), 0.1, 0.9)
    step = nn.TrainOneStepCell(loss, optimizer)
    path = str(inputs["path"])
    left = []
    if inputs["load"]:
        left = ms.load_param_into_net(step, ms.load_checkpoint(path))
        left = [*left[0], *left[1]]
    step.set_train()
    losses = [step(x, y).asnumpy()]
    if not inputs["load"]:
        ms.save_checkpoint(step, path)
    net.set_train(False)
    outputs = net(x).asnumpy()
    step.set_train()
    losses.append(step(x, y).asnumpy())
    return {"outputs": outputs, "losses": losses, "left": left}
"""


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 1, 32, 32)).astype(np.float32)
    return {"x": x, "y": rng.integers(0, 10, 8).astype(np.int32)}


def training_step():
    net = LeNet5()
    loss = nn.WithLossCell(net, nn.SoftmaxCrossEntropyWithLogits(True, "mean"))
    optimizer = nn.Momentum(net.trainable_params(), *MOMENTUM)
    return net, nn.TrainOneStepCell(loss, optimizer)


def go_on(net, step, batch):
    """The outputs of ``net``, and the loss of the next step."""
    x, y = Tensor(batch["x"]), Tensor(batch["y"])
    outputs = net.set_train(False)(x).asnumpy()
    return outputs, step.set_train()(x, y).asnumpy()


def test_ours_goes_on_in_mindspore(run_oracle, tmp_path, batch):
    path = tmp_path / "ours.ckpt"
    net, step = training_step()
    step.set_train()(Tensor(batch["x"]), Tensor(batch["y"]))
    save_checkpoint(step, path)

    theirs = run_oracle(ORACLE, batch | {"path": str(path), "load": True})

    # both have all of it; they made the same second step
    assert theirs["left"].tolist() == []
    _, second = go_on(net, step, batch)
    np.testing.assert_allclose(theirs["losses"][0], second, rtol=1e-5)
    outputs, third = go_on(net, step, batch)
    np.testing.assert_allclose(theirs["outputs"], outputs, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(theirs["losses"][1], third, rtol=1e-5)


def test_theirs_goes_on_here(run_oracle, tmp_path, batch):
    path = tmp_path / "theirs.ckpt"
    theirs = run_oracle(ORACLE, batch | {"path": str(path), "load": False})

    net, step = training_step()
    assert load_param_into_net(step, load_checkpoint(path)) == ([], [])

    outputs, second = go_on(net, step, batch)
    np.testing.assert_allclose(outputs, theirs["outputs"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(second, theirs["losses"][1], rtol=1e-5)


def test_the_files_of_a_training_step_have_the_same_entries(
    run_oracle, tmp_path, batch
):
    theirs, ours = tmp_path / "theirs.ckpt", tmp_path / "ours.ckpt"
    run_oracle(ORACLE, batch | {"path": str(theirs), "load": False})
    save_checkpoint(training_step()[1], ours)

    def entries(path):
        return [(n, p.shape, str(p.dtype)) for n, p in load_checkpoint(path).items()]

    assert entries(ours) == entries(theirs)
