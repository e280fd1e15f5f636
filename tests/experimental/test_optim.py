"""Optimizers with ``param_groups`` against PyTorch's formulas in NumPy."""

import numpy as np
import pytest

from cellnet import context, nn, ops
from cellnet.experimental import optim
from cellnet.graph import value_and_grad
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

WEIGHT = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -4.0]], np.float32)
GRADIENTS = np.random.default_rng(0).standard_normal((6, 2, 3)).astype(np.float32)


@pytest.fixture(params=[context.GRAPH_MODE, context.PYNATIVE_MODE])
def mode(request):
    before = context.get_context("mode")
    context.set_context(mode=request.param)
    yield request.param
    context.set_context(mode=before)


def weight(name="w"):
    return Parameter(Tensor(WEIGHT), name=name)


# Each rule is a generator: made with the initial value, sent gradients, yields values.


def adam_rule(w, lr=0.1, b1=0.9, b2=0.999, eps=1e-3, coupled=0.0, apart=0.0):
    m, v, t = np.zeros_like(w), np.zeros_like(w), 0
    while True:
        g = (yield w) + coupled * w
        t += 1
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        step = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps)
        w = w - lr * (step + apart * w)


def amsgrad_rule(w, lr=0.1, b1=0.9, b2=0.5, eps=1e-3):
    m, v, top, t = *(np.zeros_like(w) for _ in range(3)), 0
    while True:
        g = yield w
        t += 1
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        top = np.maximum(top, v / (1 - b2**t))
        w = w - lr * m / (1 - b1**t) / (np.sqrt(top) + eps)


def sgd_rule(w, lr=0.1, m=0.9, dampening=0.2, nesterov=False):
    v = None
    while True:
        g = yield w
        v = g if v is None else m * v + (1 - dampening) * g
        w = w - lr * (g + m * v if nesterov else v)


def adagrad_rule(w, lr=0.1, slower=0.1, start=0.2, eps=1e-3):
    a, t = np.full_like(w, start), 0
    while True:
        g = yield w
        a = a + g**2
        w = w - lr / (1 + t * slower) * g / (np.sqrt(a) + eps)
        t += 1


def rmsprop_rule(w, lr=0.1, alpha=0.9, eps=1e-3, m=0.5, centered=False):
    s, a, n = (np.zeros_like(w) for _ in range(3))
    while True:
        g = yield w
        s = alpha * s + (1 - alpha) * g**2
        a = alpha * a + (1 - alpha) * g
        n = m * n + g / (np.sqrt(s - a**2 if centered else s) + eps)
        w = w - lr * n


def adamax_rule(w, lr=0.1, b1=0.9, b2=0.999, eps=1e-3):
    m, u, t = np.zeros_like(w), np.zeros_like(w), 0
    while True:
        g = yield w
        t += 1
        m = b1 * m + (1 - b1) * g
        u = np.maximum(b2 * u, abs(g) + eps)
        w = w - lr / (1 - b1**t) * m / u


def nadam_rule(w, lr=0.1, b1=0.9, b2=0.999, eps=1e-3, decay=4e-3):
    m, v, t, product = np.zeros_like(w), np.zeros_like(w), 0, 1.0
    while True:
        g = yield w
        t += 1
        now, ahead = (b1 * (1 - 0.5 * 0.96 ** (k * decay)) for k in (t, t + 1))
        product *= now
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        step = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
        w = w - lr * step / (np.sqrt(v / (1 - b2**t)) + eps)


def asgd_rule(w, lr=0.1, lambd=0.1, alpha=0.75):
    eta, t = lr, 0
    while True:
        g = yield w
        t += 1
        w = w * (1 - lambd * eta) - eta * g
        eta = lr / (1 + lambd * lr * t) ** alpha


RULES = [
    (lambda p: optim.SGD(p, 0.1, 0.9, 0.2), sgd_rule, {}),
    (
        lambda p: optim.SGD(p, 0.1, 0.9, nesterov=True),
        sgd_rule,
        {"dampening": 0, "nesterov": True},
    ),
    (lambda p: optim.Adam(p, 0.1, eps=1e-3), adam_rule, {}),
    (
        lambda p: optim.Adam(p, 0.1, eps=1e-3, weight_decay=0.1),
        adam_rule,
        {"coupled": 0.1},
    ),
    (
        lambda p: optim.AdamW(p, 0.1, eps=1e-3, weight_decay=0.1),
        adam_rule,
        {"apart": 0.1},
    ),
    (lambda p: optim.Adam(p, 0.1, (0.9, 0.5), 1e-3, amsgrad=True), amsgrad_rule, {}),
    (lambda p: optim.Adagrad(p, 0.1, 0.1, 0.0, 0.2, 1e-3), adagrad_rule, {}),
    (lambda p: optim.RMSprop(p, 0.1, 0.9, 1e-3, momentum=0.5), rmsprop_rule, {}),
    (
        lambda p: optim.RMSprop(p, 0.1, 0.9, 1e-3, momentum=0.5, centered=True),
        rmsprop_rule,
        {"centered": True},
    ),
    (lambda p: optim.Adamax(p, 0.1, eps=1e-3), adamax_rule, {}),
    (lambda p: optim.NAdam(p, 0.1, eps=1e-3), nadam_rule, {}),
    (lambda p: optim.ASGD(p, 0.1, 0.1), asgd_rule, {}),
]


@pytest.mark.parametrize(("make", "rule", "settings"), RULES)
def test_rule(mode, make, rule, settings):
    del mode
    w = weight()
    optimizer, expected = make([w]), rule(WEIGHT.astype(np.float64), **settings)
    next(expected)
    for g in GRADIENTS:
        assert optimizer((Tensor(g),)) is True
        value = expected.send(g.astype(np.float64))
        np.testing.assert_allclose(w.asnumpy(), value, rtol=2e-5, atol=2e-6)


def test_maximize_goes_the_other_way():
    up, down = weight("up"), weight("down")
    optim.Adam([up], 0.1, maximize=True)((Tensor(GRADIENTS[0]),))
    optim.Adam([down], 0.1)((Tensor(-GRADIENTS[0]),))
    np.testing.assert_array_equal(up.asnumpy(), down.asnumpy())


def test_groups_have_their_own_settings():
    a, b = weight("a"), weight("b")
    groups = [{"params": [a], "lr": 0.5}, {"params": [b], "weight_decay": 1.0}]
    optimizer = optim.SGD(groups, lr=0.1)
    assert [g["lr"].name for g in optimizer.param_groups] == [
        *("learning_rate_group_0", "learning_rate_group_1")
    ]
    zero = Tensor(np.zeros_like(WEIGHT))
    optimizer((Tensor(np.ones_like(WEIGHT)), zero))
    np.testing.assert_allclose(a.asnumpy(), WEIGHT - 0.5, rtol=1e-6)
    np.testing.assert_allclose(b.asnumpy(), WEIGHT * 0.9, rtol=1e-6)


def test_a_group_may_come_later(mode):
    del mode
    a, b = weight("a"), weight("b")
    optimizer = optim.Adam([a], lr=0.1)
    optimizer((Tensor(GRADIENTS[0]),))
    optimizer.add_param_group({"params": [b], "lr": 0.0})
    optimizer((Tensor(GRADIENTS[1]), Tensor(GRADIENTS[1])))
    np.testing.assert_array_equal(b.asnumpy(), WEIGHT)
    assert len(optimizer.param_groups) == 2
    names = [p.name for p in optimizer.get_parameters()]
    assert {"exp_avg.a", "exp_avg.b", "state_step"} <= set(names)
    with pytest.raises(ValueError, match="twice"):
        optimizer.add_param_group({"params": [b]})


@pytest.mark.parametrize("new", [0.25, Tensor(0.25)])
def test_the_rate_changes_without_compiling(new):
    w = weight()
    optimizer = optim.SGD([w], lr=0.5)
    ones = (Tensor(np.ones_like(WEIGHT)),)
    optimizer(ones)
    programs = optimizer.compile_cache
    compiled = len(programs._programs) if hasattr(programs, "_programs") else None
    optimizer.param_groups[0]["lr"] = new
    optimizer(ones)
    ops.assign(optimizer.param_groups[0]["lr"], Tensor(1.0))
    optimizer(ones)
    np.testing.assert_allclose(w.asnumpy(), WEIGHT - 0.5 - 0.25 - 1.0, rtol=1e-6)
    if compiled is not None:
        assert len(programs._programs) == compiled


def test_other_settings_take_effect_at_the_next_step(mode):
    del mode
    w = weight()
    optimizer = optim.SGD([w], lr=1.0)
    zero = (Tensor(np.zeros_like(WEIGHT)),)
    optimizer(zero)
    np.testing.assert_array_equal(w.asnumpy(), WEIGHT)
    optimizer.param_groups[0]["weight_decay"] = 0.5
    optimizer(zero)
    np.testing.assert_allclose(w.asnumpy(), WEIGHT / 2, rtol=1e-6)


def test_training_a_network_as_a_function(mode):
    del mode
    net, loss = nn.Dense(3, 1), nn.MSELoss()
    optimizer = optim.AdamW(net.trainable_params(), lr=0.05)
    step = value_and_grad(
        lambda x, y: loss(net(x), y), None, optimizer.parameters, has_aux=False
    )
    x = Tensor(np.random.default_rng(1).standard_normal((16, 3)).astype(np.float32))
    y = Tensor((x.asnumpy() @ [[1.0], [2.0], [-1.0]]).astype(np.float32))
    losses = []
    for _ in range(30):
        value, gradients = step(x, y)
        optimizer(gradients)
        losses.append(float(value))
    assert losses[-1] < losses[0] / 4


def test_repr_lists_the_groups():
    text = repr(optim.SGD([weight()], lr=0.5))
    assert text.startswith("SGD (\nParameter Group 0\n    dampening: 0\n    lr: 0.5\n")


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda p: optim.SGD(p, -1.0), ValueError),
        (lambda p: optim.SGD(p, [0.1]), ValueError),
        (lambda p: optim.SGD(p, 0.1, nesterov=True), ValueError),
        (lambda p: optim.SGD(p, 0.1, maximize=1), TypeError),
        (lambda p: optim.SGD([], 0.1), ValueError),
        (lambda p: optim.SGD(p[0], 0.1), TypeError),
        (lambda p: optim.SGD([3], 0.1), TypeError),
        (lambda p: optim.SGD([{"lr": 0.1}], 0.1), KeyError),
        (lambda p: optim.SGD([*p, *p], 0.1), ValueError),
        (lambda p: optim.Adam(p, betas=(0.9, 1.0)), ValueError),
        (lambda p: optim.Adam(p, eps=-1.0), ValueError),
        (lambda p: optim.Adadelta(p, rho=1.5), ValueError),
        (lambda p: optim.Rprop(p, etas=(0.5, 0.9)), ValueError),
        (lambda p: optim.SGD(p, 0.1)(()), RuntimeError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act([weight()])
