"""The state of a Cell as a dict, buffers, casts, and hooks on gradients."""

import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn
from cellnet.graph import grad
from cellnet.tensor import Tensor


class Counting(nn.Cell):
    """Adds up its inputs in a buffer."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(2, 3)
        self.register_buffer("total", Tensor([0.0, 0.0]))
        self.register_buffer("scratch", Tensor([1.0]), persistent=False)

    def construct(self, x):
        self.total = self.total + x.sum(0)
        return self.dense(x) * self.scratch


@pytest.fixture
def net():
    return nn.SequentialCell(Counting(), nn.ReLU())


def test_buffers_are_state_of_the_compiled_step(mode, net):
    del mode
    x = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32))
    for _ in range(3):
        net(x)
    assert net[0].total.asnumpy().tolist() == [12, 18]
    assert [name for name, _ in net.named_buffers()] == ["0.total", "0.scratch"]
    assert len(list(net.buffers(recurse=False))) == 0
    assert net.get_buffer("0.total") is net[0].total
    assert [p.name for p in net.get_parameters()] == ["0.dense.weight", "0.dense.bias"]


def test_state_dict_holds_parameters_and_lasting_buffers(net):
    state = net.state_dict()
    assert list(state) == ["0.total", "0.dense.weight", "0.dense.bias"]
    assert state["0.dense.weight"] is net[0].dense.weight
    assert list(net.state_dict(prefix="a."))[0] == "a.0.total"
    other = {}
    assert net.state_dict(destination=other) is other


def test_load_state_dict_copies_values(net):
    source = nn.SequentialCell(Counting(), nn.ReLU())
    source[0].total = Tensor([5.0, 6.0])
    result = net.load_state_dict(source.state_dict())
    assert result == ([], [])
    assert repr(result) == "<All keys matched successfully>"
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(
            value.asnumpy(), source.state_dict()[name].asnumpy()
        )


def test_load_state_dict_says_what_does_not_match(net):
    weight = net[0].dense.weight
    with pytest.raises(RuntimeError, match="missing are 0.total, 0.dense.bias"):
        net.load_state_dict({"0.dense.weight": weight})
    with pytest.raises(RuntimeError, match="unknown are foo"):
        net.load_state_dict({**net.state_dict(), "foo": weight})
    missing, unexpected = net.load_state_dict({"foo": weight}, strict=False)
    assert (len(missing), unexpected) == (3, ["foo"])
    with pytest.raises(RuntimeError, match=r"has shape \(2,\) instead of \(3, 2\)"):
        net.load_state_dict({"0.dense.weight": Tensor([1.0, 2.0])}, strict=False)
    with pytest.raises(TypeError):
        net.load_state_dict(3)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        (3, None, TypeError),
        ("a.b", None, KeyError),
        ("", None, KeyError),
        ("dense", None, KeyError),
        ("x", 3, TypeError),
    ],
)
def test_names_and_values_of_buffers_are_checked(name, value, error):
    with pytest.raises(error):
        Counting().register_buffer(name, value)


def test_to_casts_parameters_and_buffers(net):
    assert net.to(mstype.float16) is net
    assert net[0].dense.weight.dtype is mstype.float16
    assert net[0].total.dtype is mstype.float16
    net.to("CPU").to(Tensor([1.0]))
    assert net[0].total.dtype is mstype.float32
    for wrong in (mstype.int32, 3):
        with pytest.raises(TypeError):
            net.to(wrong)


def test_phase_and_inputs_are_kept(net):
    net.phase = "predict"
    assert net.phase == "predict"
    assert net.get_inputs() is None
    x = Tensor([1.0])
    net.set_inputs(x)
    assert net.get_inputs() == (x,)


def test_backward_hook_sees_and_replaces_gradients(mode):
    del mode
    net, seen = nn.Dense(2, 1, weight_init=3.0, has_bias=False), []

    def hook(cell, inputs, outputs):
        seen.append((cell is net, inputs[0].shape, outputs[0].shape))
        return (inputs[0] * 10,)

    handle = net.register_backward_hook(hook)
    x = Tensor([[1.0, 2.0]])
    slope = grad(lambda x: net(x).sum())
    assert slope(x).asnumpy().tolist() == [[30, 30]]
    assert set(seen) == {(True, (1, 2), (1, 1))}
    handle.remove()
    assert slope(x).asnumpy().tolist() == [[3, 3]]
