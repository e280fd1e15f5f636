"""Hooks and extra state on the way of a Cell's state, out and in."""

import numpy as np
import pytest

from cellnet import nn
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


class Scaled(nn.Cell):
    """Has a Parameter, a buffer, a child, and a setting that goes with its state."""

    def __init__(self, power=1):
        super().__init__()
        self.register_buffer("shift", Tensor([1.0]))
        self.scale = Parameter(Tensor([2.0]), name="scale")
        self.dense = nn.Dense(2, 2)
        self.power = power

    def get_extra_state(self):
        return {"power": self.power}

    def set_extra_state(self, state):
        self.power = state["power"]


@pytest.fixture
def net():
    return nn.SequentialCell(Scaled(), nn.Dense(2, 1, has_bias=False))


def test_order_and_extra_state(net):
    assert list(net.state_dict()) == [
        *("0.scale", "0.shift", "0._extra_state", "0.dense.weight", "0.dense.bias"),
        "1.weight",
    ]
    net[0].power = 3
    other = nn.SequentialCell(Scaled(), nn.Dense(2, 1, has_bias=False))
    assert other.load_state_dict(net.state_dict()) == ([], [])
    assert other[0].power == 3
    state = net.state_dict()
    del state["0._extra_state"]
    assert other.load_state_dict(state, strict=False).missing_keys == ["0._extra_state"]
    plain = nn.SequentialCell(nn.Dense(2, 1))
    state = {**plain.state_dict(), "0._extra_state": 1}
    with pytest.raises(RuntimeError, match="unknown are 0._extra_state"):
        plain.load_state_dict(state)
    with pytest.raises(RuntimeError):
        plain.get_extra_state()


def test_a_shared_cell_has_both_names():
    cell = nn.Dense(2, 2, has_bias=False)
    holder = nn.CellList([cell, cell])
    assert list(holder.state_dict()) == ["0.weight", "1.weight"]
    assert holder.load_state_dict(holder.state_dict()) == ([], [])


def test_hooks_of_state_dict(net):
    calls = []

    def before(cell, prefix, keep_vars):
        calls.append((type(cell).__name__, prefix, keep_vars))

    def after(cell, state, prefix, metadata):
        metadata["version"] = 2
        state[prefix + "extra"] = len(state)
        del cell

    handles = [
        net[0].register_state_dict_pre_hook(before),
        net[0].register_state_dict_post_hook(after),
    ]
    state = net.state_dict()
    assert calls == [("Scaled", "0.", False)]
    assert state["0.extra"] == 5  # those of the Cell and its children, and no others
    seen = []
    net[0].register_load_state_dict_pre_hook(lambda *args: seen.append(args[2:5]))
    with pytest.raises(RuntimeError, match="unknown are 0.extra"):
        net.load_state_dict(state)
    assert seen == [("0.", {"version": 2}, True)]
    for handle in handles:
        handle.remove()
        handle.remove()
    assert "0.extra" not in net.state_dict()


def test_a_hook_renames_keys_of_an_old_file(net):
    state = net.state_dict()
    state["0.factor"] = state.pop("0.scale")
    state["0.factor"] = Tensor([7.0])

    def rename(cell, state, prefix, *rest):
        del cell, rest
        state[prefix + "scale"] = state.pop(prefix + "factor")

    net[0].register_load_state_dict_pre_hook(rename)
    net.load_state_dict(state)
    assert net[0].scale.asnumpy().tolist() == [7.0]
    assert "0.factor" in state  # the caller's own dict is left alone


def test_hooks_after_loading_may_forgive_keys(net):
    state = net.state_dict()
    del state["0.scale"]
    state["1.weight"] = Tensor([[5.0, 6.0]])
    order = []

    def forgive(cell, keys):
        order.append((type(cell).__name__, list(keys.missing_keys)))
        assert net[1].weight.asnumpy().tolist() == [[5, 6]]
        keys.missing_keys.clear()

    net.register_load_state_dict_post_hook(forgive)
    net[0].register_load_state_dict_post_hook(forgive)
    assert net.load_state_dict(state) == ([], [])
    assert order == [("Scaled", ["0.scale"]), ("SequentialCell", [])]
    net[0].register_load_state_dict_post_hook(lambda cell, keys: keys)
    with pytest.raises(RuntimeError, match="must give None"):
        net.load_state_dict(state)


def test_nothing_is_loaded_if_something_does_not_fit(net):
    before = net[1].weight.asnumpy()
    state = {**net.state_dict(), "1.weight": Tensor([[5.0, 6.0]])}
    for wrong in ({"0.scale": Tensor([1.0, 2.0])}, {"0.scale": 3}, {"foo": before}):
        with pytest.raises(RuntimeError, match="|".join(wrong)):
            net.load_state_dict({**state, **wrong})
    np.testing.assert_array_equal(net[1].weight.asnumpy(), before)


def test_to_empty_keeps_shapes_and_types(net):
    weight = net[0].dense.weight
    assert net.to_empty() is net
    assert (weight.shape, weight.asnumpy().any()) == ((2, 2), False)
    assert net[0].shift.asnumpy().tolist() == [0]
    other = Scaled().to_empty(recurse=False)
    assert not other.scale.asnumpy().any()
    assert other.dense.weight.asnumpy().any()
