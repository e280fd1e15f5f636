"""An optimizer is state in Parameters: it compiles once, alone or inside a step."""

import copy

import numpy as np
import optax
import pytest

from cellnet import context
from cellnet.graph import GradOperation
from cellnet.nn.cell import Cell
from cellnet.nn.learning_rate_schedule import ExponentialDecayLR
from cellnet.nn.optim import (
    ASGD,
    FTRL,
    LARS,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdaMax,
    AdamWeightDecay,
    Lamb,
    Momentum,
    OptaxOptimizer,
    Optimizer,
    ProximalAdagrad,
    RMSProp,
    Rprop,
)
from cellnet.ops._op import op
from cellnet.parameter import Parameter, ParameterTuple
from cellnet.tensor import Tensor

OPTIMIZERS = {
    "Momentum": lambda p: Momentum(p, 0.1, 0.9, weight_decay=0.1, loss_scale=2.0),
    "SGD": lambda p: SGD(p, 0.1, 0.9, 0.1),
    "Adam": lambda p: Adam(p, use_amsgrad=True, use_nesterov=True),
    "AdamWeightDecay": lambda p: AdamWeightDecay(p, 0.1, weight_decay=0.1),
    "Lamb": lambda p: Lamb(p, 0.1, weight_decay=0.1),
    "Adagrad": lambda p: Adagrad(p, learning_rate=0.1),
    "RMSProp": lambda p: RMSProp(p, 0.1, momentum=0.5, centered=True),
    "AdaMax": lambda p: AdaMax(p, 0.1, loss_scale=2.0),
    "Adadelta": lambda p: Adadelta(p, 0.1, weight_decay=0.1),
    "ASGD": lambda p: ASGD(p, 0.1, t0=2.0),
    "Rprop": lambda p: Rprop(p, 0.1),
    "FTRL": lambda p: FTRL(p, learning_rate=0.1, l1=0.1),
    "ProximalAdagrad": lambda p: ProximalAdagrad(p, learning_rate=0.1, l2=0.1),
    "LARS": lambda p: LARS(Momentum(p, 0.1, 0.9, weight_decay=0.1)),
    "listed": lambda p: Momentum(p, [0.1, 0.2, 0.3, 0.4], 0.9),
    "schedule": lambda p: Momentum(p, ExponentialDecayLR(0.1, 0.5, 2), 0.9),
    "groups": lambda p: Momentum(
        [
            {"params": p[:1], "lr": [0.1, 0.2, 0.3, 0.4], "weight_decay": 0.1},
            {"params": p[1:]},
        ],
        0.1,
        0.9,
    ),
    "optax": lambda p: OptaxOptimizer(p, optax.adamw(0.1)),
}


class Line(Cell):
    """Squared error of ``x @ w.T + b``."""

    def __init__(self, params):
        super().__init__()
        self.w, self.b = (p.clone() for p in params)

    def construct(self, x):
        return op(lambda x, w, b: ((x @ w.T + b) ** 2).mean())(x, self.w, self.b)


class Step(Cell):
    """Loss, gradients and update in one construct, as in MindSpore's tutorials."""

    def __init__(self, network, optimizer):
        super().__init__(auto_prefix=False)
        self.network = network
        self.weights = ParameterTuple(network.trainable_params())
        self.optimizer = optimizer
        self.grad = GradOperation(get_by_list=True)

    def construct(self, x):
        loss = self.network(x)
        self.optimizer(self.grad(self.network, self.weights)(x))
        return loss


def states(optimizer):
    return {p.name: p.asnumpy() for p in optimizer.get_parameters()}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_program_for_all_steps_that_equals_pynative(name, params, run):
    compiled = OPTIMIZERS[name]([p.clone() for p in params])
    run(compiled)
    assert compiled.compile_cache.num_traces == 1
    # a weak type would make XLA compile the second step again
    assert not any(p._value.weak_type for p in compiled.get_parameters())
    assert int(compiled.global_step.asnumpy()[0]) == 4

    eager = OPTIMIZERS[name](params)
    context.set_context(mode=context.PYNATIVE_MODE)
    try:
        run(eager)
    finally:
        context.set_context(mode=context.GRAPH_MODE)
    got, want = states(compiled), states(eager)
    assert list(got) == list(want)
    for key, value in want.items():
        np.testing.assert_allclose(got[key], value, rtol=2e-5, atol=1e-6, err_msg=key)


@pytest.mark.parametrize("name", ["Momentum", "Adam", "groups", "optax"])
def test_a_compiled_step_carries_the_state(name, params):
    x = Tensor(np.random.default_rng(1).standard_normal((4, 3)).astype(np.float32))
    together = Line(params)
    step = Step(together, OPTIMIZERS[name](together.trainable_params()))
    losses = [float(step(x)) for _ in range(4)]
    assert step.compile_cache.num_traces == 1

    apart = Line(params)
    optimizer = OPTIMIZERS[name](apart.trainable_params())
    grad = GradOperation(get_by_list=True)(apart, optimizer.parameters)
    for loss in losses:
        np.testing.assert_allclose(float(apart(x)), loss, rtol=1e-5)
        optimizer(grad(x))
    got, want = states(step.optimizer), states(optimizer)
    for key, value in want.items():
        np.testing.assert_allclose(got[key], value, rtol=1e-4, atol=1e-6, err_msg=key)
    assert losses[-1] != losses[0]


def test_a_copy_goes_its_own_way(params, gradients):
    optimizer = Momentum(params, 0.1, 0.9)
    twin = copy.deepcopy(optimizer)
    grads = tuple(Tensor(g) for g in gradients[0])
    before = params[0].asnumpy()
    twin(grads)
    np.testing.assert_array_equal(params[0].asnumpy(), before)
    optimizer(grads)
    np.testing.assert_array_equal(params[0].asnumpy(), twin.parameters[0].asnumpy())


class OwnMomentum(Optimizer):
    """An optimizer with its own construct, as MindSpore's documentation writes one."""

    def __init__(self, params, learning_rate, momentum=0.9, **kwargs):
        super().__init__(learning_rate, params, **kwargs)
        self.moments = self.parameters.clone(prefix="moments", init="zeros")
        self.momentum = momentum

    def construct(self, gradients):
        lr = self.get_lr()
        gradients = self.flatten_gradients(gradients)
        gradients = self.decay_weight(gradients)
        gradients = self.gradients_centralization(gradients)
        gradients = self.scale_grad(gradients)
        for param, moment, grad in zip(
            self.parameters, self.moments, gradients, strict=True
        ):
            moment.set_data(op(lambda v, g: self.momentum * v + g)(moment, grad))
            param.set_data(op(lambda p, lr, v: p - lr * v)(param, lr, moment))
        self.assignadd(self.global_step, self.global_step_increase_tensor)
        return True


def test_a_subclass_may_construct_by_itself(params, run, gradients):
    settings = {"weight_decay": 0.1, "loss_scale": 8.0}
    twins = [p.clone() for p in params]
    expected = run(Momentum(twins, [0.1, 0.2, 0.3, 0.4], 0.9, **settings))
    own = OwnMomentum(params, [0.1, 0.2, 0.3, 0.4], **settings)
    for grads, want in zip(gradients, expected, strict=True):
        own(tuple(Tensor(g) for g in grads))
        for parameter, value in zip(params, want, strict=True):
            np.testing.assert_allclose(parameter.asnumpy(), value, rtol=1e-5)


def test_two_optimizers_over_two_halves(params, gradients):
    first, second = SGD(params[:1], 0.5), SGD(params[1:], 0.25)

    class Both(Cell):
        def __init__(self):
            super().__init__(auto_prefix=False)
            self.first, self.second = first, second

        def construct(self, a, b):
            self.first((a,))
            self.second((b,))
            return a

    before = [p.asnumpy() for p in params]
    Both()(*(Tensor(g) for g in gradients[0]))
    for old, parameter, grad, rate in zip(
        before, params, gradients[0], (0.5, 0.25), strict=True
    ):
        np.testing.assert_allclose(parameter.asnumpy(), old - rate * grad, rtol=1e-6)


def test_values_handed_out_before_a_step_survive_it(params, gradients):
    optimizer = Momentum(params, 0.1, 0.9)
    grads = tuple(Tensor(g) for g in gradients[0])
    optimizer(grads)
    kept = params[0].value()
    before = kept.asnumpy()
    optimizer(grads)
    np.testing.assert_array_equal(kept.asnumpy(), before)
    assert isinstance(params[0], Parameter)
