"""Names, order, shapes and types of states are those of a MindSpore checkpoint."""

import numpy as np
import pytest

from cellnet.nn.learning_rate_schedule import ExponentialDecayLR
from cellnet.nn.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamWeightDecay,
    Lamb,
    Momentum,
    RMSProp,
)

HEAD = ["global_step", "learning_rate", "fc.weight", "fc.bias"]


def of_each(*prefixes):
    return [f"{p}.fc.{kind}" for p in prefixes for kind in ("weight", "bias")]


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda p: Momentum(p, 0.1, 0.9), ["momentum", *of_each("moments")]),
        (lambda p: SGD(p, 0.1), ["momentum", *of_each("accum", "stat")]),
        (
            lambda p: Adam(p),
            ["beta1_power", "beta2_power", *of_each("moment1", "moment2")],
        ),
        (
            lambda p: Adam(p, use_amsgrad=True),
            ["beta1_power", "beta2_power", *of_each("moment1", "moment2", "vhat")],
        ),
        (lambda p: AdamWeightDecay(p), of_each("adam_m", "adam_v")),
        (lambda p: Lamb(p, 0.1), of_each("lamb_m", "lamb_v")),
        (lambda p: Adagrad(p), of_each("accum")),
        (lambda p: RMSProp(p), of_each("mean_square", "moment")),
        (
            lambda p: RMSProp(p, centered=True),
            of_each("mean_grad", "mean_square", "moment"),
        ),
    ],
)
def test_names_in_order(make, names, params):
    optimizer = make(params)
    assert [p.name for p in optimizer.get_parameters()] == HEAD + names
    assert [key for key, _ in optimizer.parameters_and_names()] == HEAD + names
    assert all(p.requires_grad for p in optimizer.get_parameters())


def test_shapes_and_types(params):
    optimizer = Momentum(params, 0.1, 0.9)
    found = {p.name: (p.shape, str(p.dtype)) for p in optimizer.get_parameters()}
    assert found["global_step"] == ((1,), "Int32")
    assert found["learning_rate"] == ((), "Float32")
    assert found["momentum"] == ((), "Float32")
    assert found["moments.fc.weight"] == ((2, 3), "Float32")


def test_listed_rate_comes_last_under_a_child(params):
    optimizer = Momentum(params, [0.1, 0.2], 0.9)
    keys, rates = zip(*optimizer.parameters_and_names(), strict=True)
    assert keys[0] == "global_step"
    assert keys[-1] == "learning_rate.learning_rate"
    assert rates[-1].name == "learning_rate"
    np.testing.assert_array_equal(rates[-1].asnumpy(), np.float32([0.1, 0.2]))


def test_constant_rates_of_groups(params):
    groups = [{"params": params[1:], "lr": 0.2}, {"params": params[:1]}]
    optimizer = Momentum(groups, 0.1, 0.9)
    assert [p.name for p in optimizer.get_parameters()] == [
        "global_step",
        "learning_rate_group_0",
        "learning_rate",
        "fc.bias",
        "fc.weight",
        "momentum",
        "moments.fc.bias",
        "moments.fc.weight",
    ]


def test_changing_rates_of_groups(params):
    groups = [
        {"params": params[:1]},
        {"params": params[1:], "lr": [0.2, 0.1]},
    ]
    optimizer = Momentum(groups, 0.1, 0.9)
    keys = [key for key, _ in optimizer.parameters_and_names()]
    assert keys[-2:] == [
        "learning_rate.0.learning_rate",
        "learning_rate.1.learning_rate",
    ]
    names = [p.name for p in optimizer.get_parameters()]
    assert names[-2:] == ["learning_rate", "learning_rate_group_1"]


def test_schedule_has_no_parameter(params):
    optimizer = Momentum(params, ExponentialDecayLR(0.1, 0.9, 4), 0.9)
    names = [p.name for p in optimizer.get_parameters()]
    assert "learning_rate" not in names
    assert optimizer.dynamic_lr


def test_attributes(params):
    optimizer = Momentum(params, 0.1, 0.9, weight_decay=0.5, loss_scale=4)
    assert optimizer.parameters is optimizer.params
    assert list(optimizer.parameters) == params
    assert optimizer.learning_rate.name == "learning_rate"
    assert float(optimizer.weight_decay) == 0.5
    assert optimizer.loss_scale == 4.0
    assert optimizer.need_scale
    assert float(optimizer.reciprocal_scale) == 0.25
    assert optimizer.exec_weight_decay
    assert not optimizer.is_group
    assert repr(optimizer) == "Momentum()"
