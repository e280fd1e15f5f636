"""Hooks around construct and on the way back, and settings of a Cell."""

import logging

import numpy as np
import pytest

import cellnet as ms
from cellnet import nn
from cellnet.graph import grad
from cellnet.nn.cell import MixedPrecisionType
from cellnet.tensor import Tensor


class Power(nn.Cell):
    def construct(self, x, times=1):
        return x * times


def test_order_and_keywords_of_forward_hooks(mode):
    del mode
    net, order = Power(), []

    def note(name):
        return lambda *args: order.append(name)

    net.register_forward_pre_hook(note("second"))
    net.register_forward_pre_hook(note("first"), prepend=True)
    net.register_forward_hook(note("fourth"))
    net.register_forward_hook(note("third"), prepend=True)
    net.register_forward_pre_hook(
        lambda cell, args, kwargs: (args, {"times": kwargs["times"] + 1}),
        with_kwargs=True,
    )
    net.register_forward_hook(
        lambda cell, args, kwargs, out: out + kwargs["times"], with_kwargs=True
    )
    assert float(net(Tensor(3.0), times=4)) == 20.0
    assert order == ["first", "second", "third", "fourth"]


def test_a_hook_that_is_always_called(caplog):
    ms.set_context(mode=ms.PYNATIVE_MODE)
    net, seen = Power(), []
    net.register_forward_hook(lambda *args: seen.append("skipped"))
    net.register_forward_hook(
        lambda cell, args, out: seen.append(out), always_call=True
    )
    net.register_forward_hook(lambda *args: 1 / 0, always_call=True)
    net.register_forward_pre_hook(_refuse)
    caplog.set_level(logging.WARNING, "cellnet")
    with pytest.raises(ValueError, match="times"):
        net(Tensor(1.0))
    assert seen == [None]
    assert "ZeroDivisionError" in caplog.text


def _refuse(cell, args):
    raise ValueError("times")


def test_a_pre_hook_with_keywords_gives_both():
    net = Power()
    net.register_forward_pre_hook(lambda cell, args, kwargs: args, with_kwargs=True)
    with pytest.raises(RuntimeError, match="inputs, kwargs"):
        net(Tensor(1.0))


def test_backward_pre_hooks_come_first_and_in_order(mode):
    del mode
    net, seen = nn.Dense(2, 1, weight_init=3.0, has_bias=False), []

    def plus(cell, gradients):
        seen.append(("plus", cell is net, len(gradients)))
        return gradients[0] + 1

    def twice(cell, gradients):
        seen.append(("twice", cell is net, len(gradients)))
        return (gradients[0] * 2,)

    def after(cell, inputs, outputs):
        del cell
        return inputs[0] + outputs[0]

    handles = [
        net.register_backward_pre_hook(plus),
        net.register_backward_pre_hook(twice),
        net.register_backward_hook(after),
    ]
    slope = grad(lambda x: net(x).sum())
    x = Tensor([[1.0, 2.0]])
    # (1 + 1) * 2 reaches the Cell; 3 * 4 leaves it, and the last hook adds 4
    assert slope(x).asnumpy().tolist() == [[16, 16]]
    assert seen[:2] == [("plus", True, 1), ("twice", True, 1)]
    for handle in handles:
        handle.remove()
    assert slope(x).asnumpy().tolist() == [[3, 3]]


def test_get_sub_cell():
    net = nn.SequentialCell(nn.SequentialCell(nn.Dense(2, 2)), nn.ReLU())
    assert net.get_sub_cell("") is net
    assert net.get_sub_cell("0.0") is net[0][0]
    for wrong in ("2", "0.0.weight", "0.foo"):
        with pytest.raises(AttributeError, match=wrong.split(".")[-1]):
            net.get_sub_cell(wrong)


def test_compiled():
    net = Power()
    assert not net.compiled
    ms.set_context(mode=ms.PYNATIVE_MODE)
    net(Tensor(1.0))
    assert not net.compiled
    assert float(net.compile_and_run(Tensor(2.0), times=3)) == 6.0
    assert net.compiled


def test_settings(mode):
    del mode
    net = nn.Dense(2, 1, weight_init=1.0, has_bias=False)
    x = Tensor([[1.0 + 2.0**-12, 1.0]])
    exact = net(x).asnumpy()
    assert net.get_mixed_precision_type() is MixedPrecisionType.NOTSET
    net.set_mixed_precision_type(MixedPrecisionType.FP16)
    assert net(x).dtype is ms.float16
    assert float(net(x).asnumpy()[0, 0]) == 2.0
    net.set_mixed_precision_type(MixedPrecisionType.NOTSET)
    np.testing.assert_array_equal(net(x).asnumpy(), exact)
    assert net.to_float(ms.bfloat16).get_mixed_precision_type().name == "BF16"
    cast = net.cast_inputs((x, 3, Tensor([1])), ms.float16)
    assert (cast[0].dtype, cast[1], cast[2].dtype) == (ms.float16, 3, Tensor([1]).dtype)
    assert net.jit_config_dict == net.parameter_layout_dict == {}
    net.set_jit_config(ms.JitConfig("O1"))
    assert net.jit_config_dict["jit_level"] == "O1"
    assert net.set_broadcast_flag().set_boost("less_bn") is net
    assert net.shard(((1, 1),)) is None


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: Power().set_boost("foo"), ValueError),
        (lambda: Power().set_mixed_precision_type("FP16"), TypeError),
        (lambda: Power().register_backward_pre_hook(3), TypeError),
        (lambda: Power().register_state_dict_pre_hook(3), TypeError),
        (lambda: _optimizer(unique="a"), TypeError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()


def _optimizer(unique):
    optimizer = nn.SGD(nn.Dense(1, 1).trainable_params())
    assert optimizer.unique is True
    optimizer.unique = unique


def test_key_of_a_parameter():
    weight = nn.Dense(1, 1).weight
    assert weight.key == -1
    assert weight.inited_param is None
    weight.key = 3
    assert weight.key == 3
