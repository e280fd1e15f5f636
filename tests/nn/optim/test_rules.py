"""Update rules against their formulas in NumPy; test_compiled.py has both modes."""

import numpy as np
import pytest

from cellnet.nn.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamWeightDecay,
    Lamb,
    Momentum,
    RMSProp,
)
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

# Each rule is a generator: made with the initial value, sent gradients, yields values.


def momentum_rule(w, lr=0.1, m=0.9, nesterov=False):
    v = np.zeros_like(w)
    while True:
        g = yield w
        v = m * v + g
        w = w - lr * (g + m * v if nesterov else v)


def sgd_rule(w, lr=0.1, m=0.9, dampening=0.0, nesterov=False):
    v = None
    while True:
        g = yield w
        v = g if v is None or m == 0 else m * v + (1 - dampening) * g
        w = w - lr * (g + m * v if nesterov else v)


def adam_rule(w, lr=0.01, b1=0.9, b2=0.999, eps=1e-3, nesterov=False, amsgrad=False):
    m, v, largest = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    t = 0
    while True:
        g = yield w
        t += 1
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        largest = np.maximum(largest, v)
        ahead = b1 * m + (1 - b1) * g if nesterov else m
        rate = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
        w = w - rate * ahead / (np.sqrt(largest if amsgrad else v) + eps)


def adam_weight_decay_rule(w, lr=0.01, b1=0.9, b2=0.999, eps=1e-6, decay=0.1):
    m, v = np.zeros_like(w), np.zeros_like(w)
    while True:
        g = yield w
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        w = w - lr * (m / (np.sqrt(v) + eps) + decay * w)


def lamb_rule(w, lr=0.01, b1=0.9, b2=0.999, eps=1e-6, decay=0.1):
    m, v = np.zeros_like(w), np.zeros_like(w)
    t = 0
    while True:
        g = yield w
        t += 1
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        u = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps) + decay * w
        w = w - lr * np.linalg.norm(w) / np.linalg.norm(u) * u


def adagrad_rule(w, lr=0.01, accum=0.1, update=True):
    a = np.full_like(w, accum)
    while True:
        g = yield w
        a = a + g**2 if update else a
        w = w - lr * g / np.sqrt(a)


def rmsprop_rule(w, lr=0.1, d=0.9, m=0.0, eps=1e-10, centered=False):
    s, a, n = np.ones_like(w), np.zeros_like(w), np.zeros_like(w)
    while True:
        g = yield w
        s = d * s + (1 - d) * g**2
        a = d * a + (1 - d) * g
        n = m * n + lr * g / np.sqrt((s - a**2 if centered else s) + eps)
        w = w - n


def options(optimizer, rule, **kwargs):
    return pytest.param(optimizer, rule, kwargs, id=_label(optimizer, kwargs))


def _label(optimizer, kwargs):
    return "-".join([optimizer.__name__, *kwargs.get("to", {})])


RULES = [
    options(Momentum, momentum_rule, to={"learning_rate": 0.1, "momentum": 0.9}),
    options(
        Momentum,
        momentum_rule,
        to={"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": True},
        by={"nesterov": True},
    ),
    options(SGD, sgd_rule, to={"learning_rate": 0.1}, by={"m": 0.0}),
    options(
        SGD,
        sgd_rule,
        to={"learning_rate": 0.1, "dampening": 0.5},
        by={"m": 0.0, "dampening": 0.5},
    ),
    options(SGD, sgd_rule, to={"learning_rate": 0.1, "momentum": 0.9}),
    options(
        SGD,
        sgd_rule,
        to={"learning_rate": 0.1, "momentum": 0.9, "dampening": 0.3},
        by={"dampening": 0.3},
    ),
    options(
        SGD,
        sgd_rule,
        to={"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        by={"nesterov": True},
    ),
    options(Adam, adam_rule, to={"learning_rate": 0.01, "eps": 1e-3}),
    options(
        Adam,
        adam_rule,
        to={"learning_rate": 0.01, "eps": 1e-3, "use_nesterov": True},
        by={"nesterov": True},
    ),
    options(
        Adam,
        adam_rule,
        to={"learning_rate": 0.01, "eps": 1e-3, "beta2": 0.5, "use_amsgrad": True},
        by={"b2": 0.5, "amsgrad": True},
    ),
    options(
        AdamWeightDecay,
        adam_weight_decay_rule,
        to={"learning_rate": 0.01, "weight_decay": 0.1},
    ),
    options(Lamb, lamb_rule, to={"learning_rate": 0.01, "weight_decay": 0.1}),
    options(Lamb, lamb_rule, to={"learning_rate": 0.01}, by={"decay": 0.0}),
    options(Adagrad, adagrad_rule, to={"learning_rate": 0.01}),
    options(
        Adagrad,
        adagrad_rule,
        to={"learning_rate": 0.01, "update_slots": False},
        by={"update": False},
    ),
    options(RMSProp, rmsprop_rule, to={"learning_rate": 0.1}),
    options(
        RMSProp,
        rmsprop_rule,
        to={"learning_rate": 0.1, "momentum": 0.5, "epsilon": 0.1},
        by={"m": 0.5, "eps": 0.1},
    ),
    options(
        RMSProp,
        rmsprop_rule,
        to={"learning_rate": 0.1, "momentum": 0.5, "centered": True},
        by={"m": 0.5, "centered": True},
    ),
]


@pytest.mark.parametrize(("optimizer", "rule", "kwargs"), RULES)
def test_four_steps_follow_the_formula(optimizer, rule, kwargs, params, gradients, run):
    rules = [
        rule(p.asnumpy().astype(np.float64), **kwargs.get("by", {})) for p in params
    ]
    for values in rules:
        next(values)
    expected = [
        [values.send(g) for values, g in zip(rules, step, strict=True)]
        for step in gradients
    ]
    history = run(optimizer(params, **kwargs["to"]))
    for got, want in zip(history, expected, strict=True):
        for value, reference in zip(got, want, strict=True):
            # 1 - beta2 ** t in float32 is good to 1e-4 only, as in MindSpore
            np.testing.assert_allclose(value, reference, rtol=3e-5, atol=2e-6)


def test_adam_step_is_not_optax_adams(params, gradients):
    # the point of the own transformation: epsilon stands outside the bias correction
    grads = gradients[0]
    Adam(params, learning_rate=0.1, eps=0.1)(tuple(Tensor(g) for g in grads))
    g = grads[1].astype(np.float64)
    outer = 0.1 * np.sqrt(0.001) * g / (np.sqrt(0.001) * np.abs(g) + 0.1)
    inner = 0.1 * g / (np.abs(g) + 0.1)
    moved = np.array([0.1, -0.3]) - params[1].asnumpy()
    np.testing.assert_allclose(moved, outer, rtol=1e-3)
    assert np.abs(moved - inner).max() > 1e-2


def test_sgd_state_begins_at_the_first_step(params, run):
    optimizer = SGD(params, 0.1, momentum=0.9)
    assert all((s.asnumpy() == 1).all() for s in optimizer.stat)
    run(optimizer)
    assert all((s.asnumpy() == 0).all() for s in optimizer.stat)
    assert all((a.asnumpy() != 0).all() for a in optimizer.accum)


def test_sgd_without_momentum_keeps_its_state(params, run):
    optimizer = SGD(params, 0.1)
    run(optimizer)
    assert all((s.asnumpy() == 1).all() for s in optimizer.stat)
    assert all((a.asnumpy() == 0).all() for a in optimizer.accum)


def test_adam_counts_in_powers_of_its_betas(params, run):
    optimizer = Adam(params, beta1=0.5, beta2=0.25)
    assert float(optimizer.beta1_power) == 1.0
    run(optimizer)
    assert float(optimizer.beta1_power) == 0.5**4
    assert float(optimizer.beta2_power) == 0.25**4


def test_momentum_is_read_at_every_step(params, gradients):
    optimizer = Momentum(params, 1.0, 0.9)
    grads = tuple(Tensor(np.ones_like(g)) for g in gradients[0])
    optimizer(grads)
    optimizer.momentum.set_data(Tensor(0.0))
    before = params[1].asnumpy()
    optimizer(grads)
    np.testing.assert_allclose(before - params[1].asnumpy(), 1.0, rtol=1e-6)


@pytest.mark.parametrize("optimizer", [Momentum, SGD, Adam])
def test_half_precision_is_stored_in_half_and_computed_in_single(optimizer):
    value = np.array([1.0, -2.0], np.float16)
    grad = np.array([1e-4, 3e-4], np.float16)  # its square underflows in float16
    w = Parameter(Tensor(value), name="w")
    kwargs = {} if optimizer is Adam else {"momentum": 0.5}
    single = Parameter(Tensor(value.astype(np.float32)), name="w")
    half_optimizer = optimizer([w], learning_rate=0.25, **kwargs)
    half_optimizer((Tensor(grad),))
    optimizer([single], learning_rate=0.25, **kwargs)((Tensor(grad, single.dtype),))
    np.testing.assert_array_equal(w.asnumpy(), single.asnumpy().astype(np.float16))
    states = [p for p in half_optimizer.get_parameters() if p.name.endswith(".w")]
    assert states
    assert {str(p.dtype) for p in states} == {"Float16"}
