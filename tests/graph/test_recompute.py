"""Activations computed again: the same numbers, and fewer of them kept."""

import jax
import numpy as np
import pytest
from jax.ad_checkpoint import print_saved_residuals

from cellnet import Parameter, Tensor, context, nn, ops, recompute, set_seed
from cellnet.graph import functionalize, grad

X = np.random.default_rng(0).standard_normal((8, 4)).astype(np.float32)


class Block(nn.Cell):
    """Something with weights, state, chance and several activations."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(4, 4, weight_init="ones")
        self.norm = nn.BatchNorm1d(4)
        self.dropout = nn.Dropout(p=0.5)

    def construct(self, x, scale=1.0):
        y = self.dropout(ops.tanh(self.norm(self.dense(x)))) * scale
        return {"y": y, "shape": y.shape}


class Net(nn.Cell):
    def __init__(self, how):
        super().__init__()
        self.block = Block()
        self.how = how
        if how == "method":
            self.block.recompute()

    def construct(self, x):
        if self.how == "function":
            found = recompute(self.block, x, scale=3.0)
        else:
            found = self.block(x, scale=3.0)
        assert found["shape"] == (8, 4)
        return (found["y"] ** 2).sum()


def gradients(how, mode):
    context.set_context(mode=mode)
    try:
        set_seed(3)
        net = Net(how)
        net.set_train()
        found = grad(net, 0, net.trainable_params())(Tensor(X))
        state = {p.name: p.asnumpy() for p in net.get_parameters()}
        return jax.tree.map(np.asarray, found), state
    finally:
        context.set_context(mode=context.GRAPH_MODE)


@pytest.mark.parametrize("how", ["function", "method"])
@pytest.mark.parametrize("mode", [context.GRAPH_MODE, context.PYNATIVE_MODE])
def test_the_same_gradients_and_state(how, mode):
    (by_x, by_weights), state = gradients(how, mode)
    (plain_by_x, plain_by_weights), plain_state = gradients("plain", mode)
    np.testing.assert_allclose(by_x.asnumpy(), plain_by_x.asnumpy(), atol=1e-5)
    for mine, theirs in zip(by_weights, plain_by_weights, strict=True):
        np.testing.assert_allclose(mine.asnumpy(), theirs.asnumpy(), atol=1e-4)
    assert state.keys() == plain_state.keys()
    for name, value in state.items():
        np.testing.assert_allclose(value, plain_state[name], atol=1e-6)
    assert np.abs(state["block.norm.moving_mean"]).max() > 0


@pytest.mark.parametrize("how", ["function", "method", "plain"])
def test_only_the_inputs_of_the_block_are_kept(how, capsys):
    net = Net(how)
    net.set_train()
    parameters = list(net.trainable_params())

    def loss(values, x):
        return functionalize(net, parameters)(values, Tensor._wrap(x))[0]._value

    print_saved_residuals(loss, [p._value for p in parameters], X)
    kept = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("f32[8,4]") and "argument" not in line
    ]
    # the square outside of the block keeps its operand
    assert (len(kept) <= 1) == (how != "plain"), kept


def test_a_cell_told_to_recompute_after_it_was_compiled():
    net = Net("plain")
    slope = grad(net)
    before = slope(Tensor(X)).asnumpy()
    net.block.recompute()
    np.testing.assert_allclose(slope(Tensor(X)).asnumpy(), before, atol=1e-5)


def test_second_derivatives_and_parameters_as_inputs():
    weight = Parameter(Tensor([2.0]), name="w")

    class Cube(nn.Cell):
        def construct(self, x, w):
            return x * x * x * w

    def loss(x):
        return recompute(Cube(), x, weight).sum()

    assert grad(grad(loss))(Tensor([3.0])).tolist() == [36.0]
    assert grad(loss, None, weight)(Tensor([3.0])).tolist() == [27.0]


def test_outside_of_a_gradient_it_is_a_call():
    assert recompute(nn.ReLU(), Tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]


def test_misuse():
    with pytest.raises(TypeError, match="block must be a Cell"):
        recompute(lambda x: x, Tensor([1.0]))
    with pytest.raises(ValueError, match="context_fn"):
        recompute(nn.ReLU(), Tensor([1.0]), context_fn=list)
