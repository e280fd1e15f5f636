"""Learning rates over the steps."""

import numpy as np
import pytest

from cellnet import context
from cellnet.nn.learning_rate_schedule import (
    CosineDecayLR,
    ExponentialDecayLR,
    InverseDecayLR,
    LearningRateSchedule,
    NaturalExpDecayLR,
    PolynomialDecayLR,
    WarmUpLR,
)
from cellnet.nn.optim import SGD
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

RATES = [0.5, 0.25, 0.125]


def scalar():
    return Parameter(Tensor(np.zeros(1, np.float32)), name="w")


ONE = (Tensor(np.ones(1, np.float32)),)


@pytest.mark.parametrize(
    "given",
    [
        RATES,
        tuple(RATES),
        np.array(RATES),
        Tensor(np.array(RATES, np.float32)),
        "iterator",
    ],
    ids=["list", "tuple", "array", "tensor", "iterator"],
)
def test_step_i_uses_entry_i(given, mode):
    w = scalar()
    optimizer = SGD([w], iter(RATES) if isinstance(given, str) else given)
    for index, rate in enumerate(RATES):
        assert int(optimizer.global_step.asnumpy()[0]) == index
        assert float(optimizer.get_lr()) == rate
        before = w.asnumpy()[0]
        optimizer(ONE)
        assert before - w.asnumpy()[0] == rate
    assert optimizer.dynamic_lr


def test_past_the_end_eager_stops_and_compiled_keeps_the_last():
    w = scalar()
    optimizer = SGD([w], [0.5, 0.25])
    for _ in range(3):
        optimizer(ONE)
    assert w.asnumpy()[0] == -1.0
    before = context.get_context("mode")
    context.set_context(mode=context.PYNATIVE_MODE)
    try:
        with pytest.raises(RuntimeError, match="has 2 entries, none for step 3"):
            optimizer(ONE)
    finally:
        context.set_context(mode=before)


def test_a_schedule_starts_at_step_0(mode):
    w = scalar()
    optimizer = SGD([w], ExponentialDecayLR(0.5, 0.5, 1))
    for rate in (0.5, 0.25, 0.125):
        assert float(optimizer.get_lr()) == rate
        before = w.asnumpy()[0]
        optimizer(ONE)
        assert before - w.asnumpy()[0] == rate


def test_constant_rate_is_a_parameter_that_can_be_set(mode):
    w = scalar()
    optimizer = SGD([w], Tensor(0.5))
    assert optimizer.get_lr() is optimizer.learning_rate
    optimizer(ONE)
    optimizer.learning_rate.set_data(Tensor(0.25))
    optimizer(ONE)
    assert w.asnumpy()[0] == -0.75
    with pytest.raises(TypeError, match="is a Parameter"):
        optimizer.learning_rate = 0.5


STEPS = np.arange(12)


def stairs(step, width):
    return np.floor(step / width)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (ExponentialDecayLR(0.1, 0.9, 4), 0.1 * 0.9 ** (STEPS / 4)),
        (ExponentialDecayLR(0.1, 0.9, 4, True), 0.1 * 0.9 ** stairs(STEPS, 4)),
        (NaturalExpDecayLR(0.1, 0.9, 4), 0.1 * np.exp(-0.9 * STEPS)),
        (
            NaturalExpDecayLR(0.1, 0.9, 4, True),
            0.1 * np.exp(-0.9 * 4 * stairs(STEPS, 4)),
        ),
        (InverseDecayLR(0.1, 0.9, 4), 0.1 / (1 + 0.9 * STEPS / 4)),
        (InverseDecayLR(0.1, 0.9, 4, True), 0.1 / (1 + 0.9 * stairs(STEPS, 4))),
        (
            CosineDecayLR(0.01, 0.1, 4),
            0.01 + 0.045 * (1 + np.cos(np.pi * np.minimum(STEPS, 4) / 4)),
        ),
        (
            PolynomialDecayLR(0.1, 0.01, 4, 0.5),
            0.09 * np.sqrt(1 - np.minimum(STEPS, 4) / 4) + 0.01,
        ),
        (
            PolynomialDecayLR(0.1, 0.01, 4, 0.5, True),
            0.09 * np.sqrt(1 - STEPS / (4 * np.maximum(np.ceil(STEPS / 4), 1))) + 0.01,
        ),
        (WarmUpLR(0.1, 4), 0.1 * np.minimum(STEPS, 4) / 4),
        (WarmUpLR(0.0, 4), np.zeros(12)),
    ],
)
def test_schedules_follow_their_formulas(schedule, expected):
    rates = schedule(Tensor(STEPS.astype(np.int32)))
    assert rates.shape == STEPS.shape
    assert str(rates.dtype) == "Float32"
    np.testing.assert_allclose(rates.asnumpy(), expected, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_rate_has_the_shape_of_the_step(shape):
    rate = WarmUpLR(0.5, 4)(Tensor(np.full(shape, 2, np.int32)))
    assert rate.shape == shape
    assert rate.asnumpy() == 0.25


def test_a_changed_setting_of_a_schedule_takes_effect():
    schedule = WarmUpLR(0.5, 4)
    assert float(schedule(Tensor(4))) == 0.5
    schedule.learning_rate = 0.25
    assert float(schedule(Tensor(4))) == 0.25


def test_base_schedule_says_what_to_define():
    with pytest.raises(NotImplementedError, match="must define construct"):
        LearningRateSchedule()(Tensor(0))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: ExponentialDecayLR(0.0, 0.9, 4), ValueError),
        (lambda: ExponentialDecayLR(1, 0.9, 4), TypeError),
        (lambda: ExponentialDecayLR(0.1, -0.1, 4), ValueError),
        (lambda: ExponentialDecayLR(0.1, 0.9, 0), ValueError),
        (lambda: ExponentialDecayLR(0.1, 0.9, 4.0), TypeError),
        (lambda: ExponentialDecayLR(0.1, 0.9, 4, 1), TypeError),
        (lambda: CosineDecayLR(-0.1, 0.1, 4), ValueError),
        (lambda: CosineDecayLR(0.1, 0.1, 4), ValueError),
        (lambda: CosineDecayLR(0, 0.1, 4), TypeError),
        (lambda: PolynomialDecayLR(0.1, 0.01, 4, 0.0), ValueError),
        (lambda: PolynomialDecayLR(0.1, 0.01, 4, 1), TypeError),
        (lambda: PolynomialDecayLR(0.1, -0.01, 4, 0.5), ValueError),
        (lambda: WarmUpLR(-0.1, 4), ValueError),
        (lambda: WarmUpLR(0.1, 0), ValueError),
        (lambda: WarmUpLR(1, 2), TypeError),
    ],
)
def test_bad_settings_of_schedules(make, error):
    with pytest.raises(error, match="must be"):
        make()
