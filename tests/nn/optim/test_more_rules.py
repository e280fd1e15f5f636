"""Further update rules against their formulas in NumPy, in both modes."""

import numpy as np
import pytest

from cellnet import nn
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

# Each rule is a generator: made with the initial value, sent gradients, yields values.


def adamax_rule(w, lr=0.1, b1=0.9, b2=0.999, eps=1e-3):
    m, v, t = np.zeros_like(w), np.zeros_like(w), 0
    while True:
        g = yield w
        t += 1
        m = b1 * m + (1 - b1) * g
        v = np.maximum(b2 * v, abs(g))
        w = w - lr / (1 - b1**t) * m / (v + eps)


def adadelta_rule(w, lr=0.5, rho=0.8, eps=1e-3):
    a, d = np.zeros_like(w), np.zeros_like(w)
    while True:
        g = yield w
        a = rho * a + (1 - rho) * g**2
        u = np.sqrt(d + eps) / np.sqrt(a + eps) * g
        d = rho * d + (1 - rho) * u**2
        w = w - lr * u


def asgd_rule(w, lr=0.1, lambd=0.1, alpha=0.75):
    eta, t = lr, 0
    while True:
        g = yield w
        t += 1
        w = w * (1 - lambd * eta) - eta * g
        eta = lr / (1 + lambd * lr * t) ** alpha


def rprop_rule(w, lr=0.1, etas=(0.5, 1.2), bounds=(0.04, 0.13)):
    last, size = np.zeros_like(w), np.full_like(w, lr)
    while True:
        g = (yield w).copy()
        same = g * last
        size = np.where(
            same > 0, size * etas[1], np.where(same < 0, size * etas[0], size)
        )
        size = np.clip(size, *bounds)
        g[same < 0] = 0
        w = w - size * np.sign(g)
        last = g


def ftrl_rule(w, lr=0.2, accum=0.1, p=-0.5, l1=0.1, l2=0.2):
    a, z = np.full_like(w, accum), np.zeros_like(w)
    while True:
        g = yield w
        new = a + g**2
        z = z + g - (new**-p - a**-p) / lr * w
        a = new
        pulled = np.where(abs(z) > l1, np.sign(z) * l1 - z, 0)
        w = pulled / (a**-p / lr + 2 * l2)


def proximal_adagrad_rule(w, lr=0.2, accum=0.1, l1=0.1, l2=0.2):
    a = np.full_like(w, accum)
    while True:
        g = yield w
        a = a + g**2
        r = lr / np.sqrt(a)
        v = w - r * g
        w = np.sign(v) * np.maximum(abs(v) - r * l1, 0) / (1 + r * l2)


def lars_rule(w, lr=0.1, m=0.9, eps=1e-5, coefficient=0.5, decay=0.1):
    v = np.zeros_like(w)
    while True:
        g = yield w
        wn, gn = np.linalg.norm(w), np.linalg.norm(g)
        v = m * v + coefficient * wn / (gn + decay * wn + eps) * (g + decay * w)
        w = w - lr * v


RULES = [
    (lambda p: nn.AdaMax(p, 0.1, eps=1e-3), adamax_rule),
    (lambda p: nn.Adadelta(p, 0.5, 0.8, 1e-3), adadelta_rule),
    (lambda p: nn.ASGD(p, 0.1, 0.1), asgd_rule),
    (lambda p: nn.Rprop(p, 0.1, step_sizes=(0.04, 0.13)), rprop_rule),
    (lambda p: nn.FTRL(p, 0.1, 0.2, l1=0.1, l2=0.2), ftrl_rule),
    (
        lambda p: nn.ProximalAdagrad(p, 0.1, 0.2, l1=0.1, l2=0.2),
        proximal_adagrad_rule,
    ),
    (
        lambda p: nn.LARS(
            nn.Momentum(p, 0.1, 0.9, weight_decay=0.1),
            coefficient=0.5,
            lars_filter=lambda parameter: True,
        ),
        lars_rule,
    ),
]
IDS = [rule.__name__ for _, rule in RULES]


@pytest.mark.parametrize(("make", "rule"), RULES, ids=IDS)
def test_rule(mode, params, gradients, make, rule):
    del mode
    optimizer = make(params)
    rules = [rule(p.asnumpy().astype(np.float64)) for p in params]
    for each in rules:
        next(each)
    for step in gradients:
        optimizer(tuple(map(Tensor, step)))
        for parameter, each, g in zip(params, rules, step, strict=True):
            expected = each.send(g.astype(np.float64))
            np.testing.assert_allclose(
                parameter.asnumpy(), expected, rtol=2e-5, atol=1e-6
            )


def test_asgd_averages_from_t0_on(params, gradients):
    optimizer = nn.ASGD(params, 0.1, t0=1.0)
    values = []
    for step in gradients:
        optimizer(tuple(map(Tensor, step)))
        values.append(params[1].asnumpy())
    # the share of a value is set by the step before it
    average, shares = np.zeros(2), [1, 1, 1, 1 / 2]
    for value, share in zip(values, shares, strict=True):
        average = average + share * (value - average)
    np.testing.assert_allclose(optimizer.ax[1].asnumpy(), average, rtol=1e-5)


@pytest.mark.parametrize("twin", [nn.AdamOffload, nn.LazyAdam])
def test_kin_of_adam_are_adam(params, gradients, twin):
    others = [p.clone() for p in params]
    for optimizer in (
        nn.Adam(params, 0.1, weight_decay=0.1, use_nesterov=True),
        twin(others, 0.1, weight_decay=0.1, use_nesterov=True),
    ):
        for step in gradients:
            optimizer(tuple(map(Tensor, step)))
    for a, b in zip(params, others, strict=True):
        np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


def test_penalties_make_weights_zero():
    w = Parameter(Tensor([0.01, 1.0]), name="w")
    optimizer = nn.ProximalAdagrad([w], accum=1.0, learning_rate=0.1, l1=1.0)
    optimizer((Tensor([0.0, 0.0]),))
    assert w.asnumpy()[0] == 0
    assert w.asnumpy()[1] > 0


def test_lars_leaves_biases_and_clips():
    w = Parameter(Tensor([3.0, 4.0]), name="w")
    bias = Parameter(Tensor([1.0]), name="bias")
    # |w| / |g| = 5, which the rate 0.1 would multiply by 10
    step = nn.LARS(nn.SGD([w, bias], 0.1), coefficient=1.0, use_clip=True)
    step((Tensor([0.6, 0.8]), Tensor([1.0])))
    np.testing.assert_allclose(w.asnumpy(), [2.94, 3.92], rtol=1e-6)
    np.testing.assert_allclose(bias.asnumpy(), [0.9], rtol=1e-6)


def test_ftrl_decays_all_and_keeps_its_rate():
    w = Parameter(Tensor([1.0]), name="bn.beta")
    assert nn.FTRL([w], weight_decay=0.1).decay_flags == (True,)
    with pytest.raises(ValueError, match="one number"):
        nn.FTRL([w], learning_rate=[0.1, 0.2])


def test_broadcast_params_passes_on(params):
    optimizer = nn.Momentum(params, 0.1, 0.9)
    assert optimizer.broadcast_params((True, True)) == (True, True)
