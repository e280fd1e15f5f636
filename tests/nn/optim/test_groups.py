"""Groups, weight decay, loss scale and centralisation, as compiled."""

import numpy as np
import pytest

from cellnet.nn.learning_rate_schedule import LearningRateSchedule
from cellnet.nn.optim import SGD, AdamWeightDecay, Momentum
from cellnet.ops._op import op
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor


def ones(*shape):
    return Tensor(np.ones(shape, np.float32))


def named(name, *shape):
    return Parameter(ones(*shape), name=name)


class CountDown(LearningRateSchedule):
    """0.5, 0.25, 0.125, ..."""

    def construct(self, global_step):
        return op(lambda step: 0.5 ** (step + 1.0))(global_step)


def test_each_group_has_its_rate():
    a, b, c = (named(n, 2) for n in "abc")
    optimizer = SGD([{"params": [a], "lr": 0.5}, {"params": [b, c]}], 0.25)
    optimizer((ones(2),) * 3)
    assert [p.asnumpy()[0] for p in (a, b, c)] == [0.5, 0.75, 0.75]
    rates = [float(r) for r in optimizer.get_lr()]
    assert rates == [0.5, 0.25, 0.25]


def test_groups_mix_lists_schedules_and_constants():
    a, b, c = (named(n, 2) for n in "abc")
    groups = [
        {"params": [a], "lr": [0.5, 0.25]},
        {"params": [b], "lr": CountDown()},
        {"params": [c]},
    ]
    optimizer = SGD(groups, 0.125)
    optimizer((ones(2),) * 3)
    assert [p.asnumpy()[0] for p in (a, b, c)] == [0.5, 0.5, 0.875]
    optimizer((ones(2),) * 3)
    assert [p.asnumpy()[0] for p in (a, b, c)] == [0.25, 0.25, 0.75]


def test_order_params_gives_the_order_of_gradients():
    a, b = named("a", 2), named("b", 3)
    groups = [{"params": [b], "lr": 0.5}, {"params": [a]}, {"order_params": [a, b]}]
    optimizer = SGD(groups, 0.25)
    assert [p.name for p in optimizer.parameters] == ["a", "b"]
    assert optimizer.is_group_params_ordered
    optimizer((ones(2), ones(3)))
    assert a.asnumpy()[0] == 0.75
    assert b.asnumpy()[0] == 0.5


def test_weight_decay_spares_beta_and_gamma():
    params = [named(n, 1) for n in ("bn.gamma", "bn.beta", "fc.bias", "fc.weight")]
    SGD(params, 0.5, weight_decay=0.5)((Tensor(np.zeros(1, np.float32)),) * 4)
    assert [p.asnumpy()[0] for p in params] == [1.0, 1.0, 0.75, 0.75]


def test_weight_decay_of_groups():
    gamma, own, none = named("bn.gamma", 1), named("a", 1), named("b", 1)
    groups = [
        {"params": [gamma]},
        {"params": [own], "weight_decay": 1.0},
        {"params": [none], "weight_decay": 0.0},
    ]
    optimizer = SGD(groups, 0.5, weight_decay=0.5)
    optimizer((Tensor(np.zeros(1, np.float32)),) * 3)
    # in groups the optimizer's decay holds for all names
    assert [p.asnumpy()[0] for p in (gamma, own, none)] == [0.75, 0.5, 1.0]
    assert [float(d) for d in optimizer.get_weight_decay()] == [0.5, 1.0, 0.0]


def test_weight_decay_by_a_schedule():
    w = named("w", 1)
    optimizer = SGD([w], 1.0, weight_decay=CountDown())
    zero = (Tensor(np.zeros(1, np.float32)),)
    optimizer(zero)
    assert w.asnumpy()[0] == 0.5
    optimizer(zero)
    assert w.asnumpy()[0] == 0.375
    assert optimizer.dynamic_weight_decay


def test_decoupled_decay_is_not_scaled_by_the_gradient():
    spared, w = named("gamma", 1), named("w", 1)
    optimizer = AdamWeightDecay([spared, w], 0.5, weight_decay=0.5)
    optimizer((Tensor(np.zeros(1, np.float32)),) * 2)
    assert spared.asnumpy()[0] == 1.0
    assert w.asnumpy()[0] == 0.75


def test_loss_scale_comes_off_before_the_decay(params, run):
    twins = [p.clone() for p in params]
    plain = run(Momentum(params, 0.1, 0.9, weight_decay=0.1))
    scaled = run(Momentum(twins, 0.1, 0.9, 0.1, loss_scale=1024.0), scale=1024.0)
    for got, want in zip(scaled, plain, strict=True):
        for value, reference in zip(got, want, strict=True):
            np.testing.assert_allclose(value, reference, rtol=1e-6)


def test_a_changed_loss_scale_takes_effect(params):
    optimizer = SGD(params, 1.0)
    grads = (ones(2, 3), ones(2))
    optimizer(grads)
    before = params[1].asnumpy()
    optimizer.loss_scale = 4.0
    optimizer(grads)
    np.testing.assert_allclose(before - params[1].asnumpy(), 0.25, rtol=1e-6)


def test_centralisation_of_convolutions_only():
    conv, dense = named("conv.weight", 2, 1, 1, 2), named("fc.weight", 2, 2)
    grad = np.array([0.0, 1.0, 4.0, 9.0], np.float32)
    groups = [{"params": [conv, dense], "grad_centralization": True}]
    SGD(groups, 1.0)((Tensor(grad.reshape(2, 1, 1, 2)), Tensor(grad.reshape(2, 2))))
    np.testing.assert_array_equal(1 - conv.asnumpy().ravel(), [-0.5, 0.5, -2.5, 2.5])
    np.testing.assert_array_equal(1 - dense.asnumpy().ravel(), grad)


@pytest.mark.parametrize("held", ["constant", "list", "group"])
def test_lr_parameter_can_be_read_and_set(held):
    a, b = named("a", 1), named("b", 1)
    rate = [0.5, 0.5] if held == "list" else 0.5
    groups = [{"params": [a]}, {"params": [b], "lr": 0.25}]
    optimizer = SGD(groups if held == "group" else [a, b], rate)
    parameter = optimizer.get_lr_parameter(a)
    assert parameter.name == "learning_rate"
    parameter.set_data(Tensor(np.full(parameter.shape, 0.125, np.float32)))
    optimizer((ones(1), ones(1)))
    assert a.asnumpy()[0] == 0.875
    assert optimizer.get_lr_parameter([a, b])[0] is parameter
