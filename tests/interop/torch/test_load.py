"""A PyTorch network's weights compute in a Cell what they computed there."""

from pathlib import Path

import numpy as np
import pytest

from cellnet import Tensor, nn
from cellnet.interop.torch import load_torch_weights

safetensors = pytest.importorskip("safetensors.numpy")


class Net(nn.Cell):
    """make_net.Net, its parts under names of our own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, pad_mode="pad", padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.act = nn.PReLU(4)
        self.temporal = nn.Conv1d(4, 6, 3, pad_mode="pad", padding=1, has_bias=True)
        self.lstm = nn.LSTM(6, 5, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm((10,), epsilon=1e-5)
        self.head = nn.Dense(10, 3)

    def construct(self, x):
        x = self.temporal(self.act(self.bn(self.conv(x))).mean(2))
        x, _ = self.lstm(x.transpose((0, 2, 1)))
        return self.head(self.norm(x[:, -1]))


NAMES = {"features.": "conv.", "features.0.": "conv.", "features.1.": "bn."}
NAMES["features.2.weight"] = "act.weight"


@pytest.fixture
def net():
    return Net().set_train(False)


@pytest.fixture(scope="module")
def torch_net():
    with np.load(Path(__file__).with_name("net.npz")) as file:
        arrays = dict(file)
    state = {
        name.removeprefix("state."): array
        for name, array in arrays.items()
        if name.startswith("state.")
    }
    return state, arrays["x"], arrays["y"]


@pytest.mark.parametrize("form", ["file", "dict"])
def test_the_network_computes_what_the_torch_network_did(
    tmp_path, net, torch_net, form
):
    state, x, y = torch_net
    weights = state
    if form == "file":
        weights = tmp_path / "net.safetensors"
        safetensors.save_file(state, weights)
    table = load_torch_weights(net, weights, NAMES)
    np.testing.assert_allclose(net(Tensor(x)).asnumpy(), y, rtol=1e-4, atol=1e-5)
    assert len(table.matched) == len(list(net.get_parameters()))
    assert table.missing == {}
    assert list(table.left) == ["bn.num_batches_tracked"]
    how = {match.cell: (match.torch, match.how, match.moved) for match in table.matched}
    assert how["bn.gamma"] == ("bn.weight", "name", "")
    assert how["temporal.weight"][2] == "(6, 4, 3) -> (6, 4, 1, 3)"
    assert how["head.weight"] == ("classifier.weight", "shape", "")
    lines = str(table).splitlines()
    assert lines[0].split() == ["torch", "cellnet", "matched", "by", "moved"]
    assert any(line.split()[:2] == ["classifier.bias", "head.bias"] for line in lines)


def test_what_is_not_certain_is_left_and_said(net, torch_net):
    state, _, _ = torch_net
    before = {p.name: p.asnumpy() for p in net.get_parameters()}
    wide = {**state, "other.weight": np.ones((3, 10), np.float32), "odd": np.ones(99)}
    table = load_torch_weights(net, wide, NAMES)
    assert "2 tensors for 1 Parameters" in table.missing["head.weight"]
    assert "names=" in table.left["other.weight"]
    assert table.left["odd"] == "nothing fits"
    np.testing.assert_array_equal(net.head.weight.asnumpy(), before["head.weight"])
    # a name that fits, of a shape that does not
    table = load_torch_weights(
        net, {**state, "head.weight": np.ones((3, 9), np.float32)}, NAMES
    )
    assert table.left["head.weight"] == "nothing fits"
    assert ("classifier.weight", "shape") in [(m.torch, m.how) for m in table.matched]


def test_strict_refuses_and_changes_nothing(net, torch_net):
    state, _, _ = torch_net
    before = {p.name: p.asnumpy() for p in net.get_parameters()}
    with pytest.raises(ValueError, match=r"unchanged.\ntorch +cellnet"):
        load_torch_weights(net, state, NAMES, strict=True)
    for parameter in net.get_parameters():
        np.testing.assert_array_equal(parameter.asnumpy(), before[parameter.name])
    del state["features.1.num_batches_tracked"]
    load_torch_weights(net, state, NAMES, strict=True)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ("net.pth", ValueError, "is a pickle"),
        ("none.safetensors", ValueError, "no such checkpoint file"),
        (3, TypeError, "a dict, got int"),
        ({"a": np.ones(77)}, RuntimeError, "nothing fits"),
    ],
)
def test_errors(net, weights, error, message):
    with pytest.raises(error, match=message):
        load_torch_weights(net, weights)
    with pytest.raises(TypeError, match="net must be a Cell"):
        load_torch_weights(3, weights)
