"""Schedulers: the rate before each step, against its formula."""

import math

import numpy as np
import pytest

from cellnet import jit
from cellnet.experimental import optim
from cellnet.experimental.optim import lr_scheduler as sched
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

BASE = 0.8


def sgd(*rates):
    groups = [
        {"params": [Parameter(Tensor([1.0]), name=f"w{i}")], "lr": rate}
        for i, rate in enumerate(rates or (BASE,))
    ]
    return optim.SGD(groups, lr=BASE)


def warm_restarts(t, first=2, factor=3, low=0.1):
    length = first
    while t >= length:
        t, length = t - length, length * factor
    return low + (BASE - low) * (1 + math.cos(math.pi * t / length)) / 2


def triangle(t, up=3, down=2):
    place = t % (up + down)
    return place / up if place <= up else (up + down - place) / down


FORMULAS = [
    (lambda o: sched.StepLR(o, 3, 0.5), lambda t: BASE * 0.5 ** (t // 3)),
    (
        lambda o: sched.MultiStepLR(o, [2, 5], 0.1),
        lambda t: BASE * 0.1 ** ((t >= 2) + (t >= 5)),
    ),
    (lambda o: sched.ExponentialLR(o, 0.9), lambda t: BASE * 0.9**t),
    (lambda o: sched.ConstantLR(o, 0.5, 4), lambda t: BASE * (0.5 if t < 4 else 1)),
    (
        lambda o: sched.LinearLR(o, 0.5, 0.9, 4),
        lambda t: BASE * (0.5 + 0.4 * min(t, 4) / 4),
    ),
    (
        lambda o: sched.PolynomialLR(o, 5, 2.0),
        lambda t: BASE * (1 - min(t, 5) / 5) ** 2,
    ),
    (
        lambda o: sched.CosineAnnealingLR(o, 4, 0.1),
        lambda t: 0.1 + (BASE - 0.1) * (1 + math.cos(math.pi * t / 4)) / 2,
    ),
    (lambda o: sched.CosineAnnealingWarmRestarts(o, 2, 3, 0.1), warm_restarts),
    (
        lambda o: sched.CyclicLR(o, 0.2, 1.0, 3, 2),
        lambda t: 0.2 + 0.8 * triangle(t),
    ),
    (
        lambda o: sched.CyclicLR(o, 0.2, 1.0, 3, 2, mode="triangular2"),
        lambda t: 0.2 + 0.8 * triangle(t) / 2 ** (t // 5),
    ),
    (
        lambda o: sched.CyclicLR(o, 0.2, 1.0, 3, 2, mode="exp_range", gamma=0.9),
        lambda t: 0.2 + 0.8 * triangle(t) * 0.9**t,
    ),
    (
        lambda o: sched.CyclicLR(o, 0.2, 1.0, 3, 2, scale_fn=lambda cycle: 1 / cycle),
        lambda t: 0.2 + 0.8 * triangle(t) / (t // 5 + 1),
    ),
    (lambda o: sched.LambdaLR(o, lambda t: 1 / (1 + t)), lambda t: BASE / (1 + t)),
    (lambda o: sched.MultiplicativeLR(o, lambda t: 0.7), lambda t: BASE * 0.7**t),
    (
        lambda o: sched.SequentialLR(
            o, [sched.ConstantLR(o, 0.5, 9), sched.ExponentialLR(o, 0.9)], [3]
        ),
        lambda t: BASE * 0.5 if t < 3 else BASE * 0.9 ** (t - 3),
    ),
]


@pytest.mark.parametrize(("make", "formula"), FORMULAS)
def test_formula(make, formula):
    optimizer = sgd()
    scheduler = make(optimizer)
    rates = []
    for _ in range(13):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        assert float(scheduler.get_last_lr()[0]) == rates[-1]
        scheduler.step()
    np.testing.assert_allclose(rates, [formula(t) for t in range(13)], atol=1e-5)


def test_each_group_has_its_rate():
    optimizer = sgd(0.8, 0.2)
    scheduler = sched.LambdaLR(optimizer, [lambda t: 0.5**t, lambda t: 1.0 + t])
    scheduler.step()
    assert [round(float(r), 6) for r in scheduler.get_last_lr()] == [0.4, 0.4]
    scheduler.step()
    assert [round(float(r), 6) for r in scheduler.get_last_lr()] == [0.2, 0.6]


def test_plateau_waits_then_lowers():
    optimizer = sgd()
    scheduler = sched.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=1, cooldown=2, min_lr=0.3
    )
    rates = []
    for metric in [3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0]:
        scheduler.step(metric)
        rates.append(round(float(optimizer.param_groups[0]["lr"]), 4))
    # twice no better, then two steps of rest and two more; 0.3 is the least
    assert rates == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3, 0.3]


@pytest.mark.parametrize(
    ("settings", "metrics", "lowered"),
    [
        ({"mode": "max"}, [1.0, 2.0, 3.0], False),
        ({"mode": "max"}, [1.0, 1.0], True),
        ({"threshold": 0.5}, [1.0, 0.6], True),
        ({"threshold": 0.5}, [1.0, 0.4], False),
        ({"threshold": 0.5, "threshold_mode": "abs"}, [10.0, 9.6], True),
        ({"threshold": 0.5, "threshold_mode": "abs"}, [10.0, 9.4], False),
        ({"eps": 1.0}, [1.0, 1.0], False),
    ],
)
def test_what_counts_as_better(settings, metrics, lowered):
    optimizer = sgd()
    scheduler = sched.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, **settings)
    for metric in metrics:
        scheduler.step(Tensor(metric))
    assert float(optimizer.param_groups[0]["lr"]) == pytest.approx(
        BASE / 2 if lowered else BASE
    )


def test_a_scheduler_of_ones_own():
    class Halved(sched.LRScheduler):
        def get_lr(self):
            if self.last_epoch == 0:
                return [lr * 1.0 for lr in self._last_lr]
            return [lr * 0.5 for lr in self._last_lr]

    optimizer = sgd()
    scheduler = Halved(optimizer)
    scheduler.step()
    scheduler.step()
    assert float(scheduler.get_last_lr()[0]) == pytest.approx(BASE / 4)


def test_schedulers_go_on_where_a_training_stopped():
    optimizer = sgd()
    optimizer.param_groups[0]["initial_lr"] = Tensor(BASE)
    scheduler = sched.LambdaLR(optimizer, lambda t: 0.5**t, last_epoch=2)
    assert float(scheduler.get_last_lr()[0]) == pytest.approx(BASE * 0.5**3)


def test_step_inside_a_compiled_function():
    optimizer = sgd()
    scheduler = sched.StepLR(optimizer, 2, 0.5)

    @jit
    def train(gradient):
        optimizer((gradient,))
        scheduler.step()
        return gradient

    for _ in range(4):
        train(Tensor([1.0]))
    assert float(optimizer.param_groups[0]["lr"]) == pytest.approx(BASE / 4)
    expected = 1 - 2 * BASE - 2 * BASE / 2
    np.testing.assert_allclose(optimizer.parameters[0].asnumpy(), [expected], rtol=1e-5)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda o: sched.StepLR(3, 1), TypeError),
        (lambda o: sched.StepLR(o, 0), ValueError),
        (lambda o: sched.StepLR(o, 1, last_epoch=-2), ValueError),
        (lambda o: sched.StepLR(o, 1, last_epoch=1), KeyError),
        (lambda o: sched.MultiStepLR(o, (1, 2)), TypeError),
        (lambda o: sched.LinearLR(o, 0.0), ValueError),
        (lambda o: sched.LambdaLR(o, [abs, abs]), ValueError),
        (lambda o: sched.CosineAnnealingWarmRestarts(o, 0), ValueError),
        (lambda o: sched.CyclicLR(o, [0.1, 0.2], 1.0), ValueError),
        (lambda o: sched.ReduceLROnPlateau(o, "best"), ValueError),
        (lambda o: sched.ReduceLROnPlateau(o, factor=1.0), ValueError),
        (lambda o: sched.SequentialLR(o, [sched.StepLR(sgd(), 1)], []), ValueError),
        (lambda o: sched.LRScheduler(o), NotImplementedError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act(sgd())
