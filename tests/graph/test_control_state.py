"""State in compiled control flow: Parameters, random keys, training, printing."""

import jax
import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet import (
    Model,
    Parameter,
    Tensor,
    context,
    grad,
    jit,
    nn,
    ops,
    set_seed,
    value_and_grad,
)
from cellnet.common import dtype as mstype

X = np.array([1.1, -2.3, 3.45], np.float32)
MODES = (context.GRAPH_MODE, context.PYNATIVE_MODE)


class Stateful(nn.Cell):
    """Changes Parameters in every way, in branches and loops."""

    def __init__(self):
        super().__init__()
        self.up = Parameter(Tensor(0.0), requires_grad=False)
        self.steps = Parameter(Tensor(0, mstype.int32), requires_grad=False)
        self.w = Parameter(Tensor([1.0, 0.5, 0.7]))
        self.norm = nn.BatchNorm1d(3)
        self.drop = nn.Dropout(p=0.5)
        self.__shift = 2.0  # a name that Python mangles

    def step(self, x):
        self.steps += 1
        return x * self.w

    def construct(self, x):
        y = x + Tensor(np.arange(12, dtype=np.float32).reshape(4, 3))
        if x.sum() > 0:
            self.up = self.up + 1
            y = self.drop(self.norm(y))
        else:
            ops.assign(self.up, self.up * 2 - 1)
        i = 0
        while i < x.max() and i < 5:
            x = self.step(x) * 0.8
            self.up.set_data(self.up + 10)
            if i > 1:
                ops.assign_add(self.up, Tensor(100.0))
            i += 1
        return y.sum() + x.sum() + self.__shift


class Derived(Stateful):
    def construct(self, x):
        if x.max() > 3:
            return super().construct(x)
        return x.sum()


@pytest.mark.parametrize("kind", [Stateful, Derived])
@pytest.mark.parametrize("with_gradient", [False, True])
def test_both_modes_leave_the_same_state(kind, with_gradient):
    histories = []
    for mode in MODES:
        context.set_context(mode=mode)
        set_seed(3)
        net = kind()
        net.set_train()
        history = []
        for x in (X, -X, X * 1.5):
            if with_gradient:
                weights = net.trainable_params()
                out, (dx, dw) = value_and_grad(net, 0, weights)(Tensor(x))
                history += [out, dx, *dw]
            else:
                history.append(net(Tensor(x)))
            history += [p.value() for p in net.get_parameters()]
        histories.append([value.asnumpy() for value in history])
    for compiled, eager in zip(*histories, strict=True):
        np.testing.assert_allclose(compiled, eager, rtol=2e-5, atol=1e-5)


def test_parameters_written_in_one_branch_only():
    class Count(nn.Cell):
        def __init__(self):
            super().__init__()
            self.hits = Parameter(Tensor(0.0), requires_grad=False)

        def construct(self, x):
            if x > 0:
                self.hits += x
            return self.hits * 1

    net = Count()
    values = [float(net(Tensor(v))) for v in (2.0, -1.0, 3.0)]
    assert values == [2.0, 2.0, 5.0]
    assert net.compile_cache.num_traces == 1


def test_a_setting_changed_between_calls_takes_effect():
    class Scaled(nn.Cell):
        def __init__(self):
            super().__init__()
            self.factor = 2.0

        def construct(self, x):
            if x.sum() > 0:
                return x * self.factor
            return x

    net = Scaled()
    np.testing.assert_allclose(net(Tensor(X)).asnumpy(), X * 2, 1e-6)
    net.factor = 4.0
    np.testing.assert_allclose(net(Tensor(X)).asnumpy(), X * 4, 1e-6)


class Guarded(nn.Cell):
    """A regression whose output is limited, with dropout while it is large."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor([0.5, 0.5]))
        self.hits = Parameter(Tensor(0, mstype.int32), requires_grad=False)
        self.drop = nn.Dropout(p=0.2)

    def construct(self, x, y):
        out = x * self.w
        if out.sum() > 0:
            self.hits += 1
            out = self.drop(out)
        n = 0
        while (out * out).sum() > 1 and n < 4:
            out = out * 0.5
            n += 1
        return ((out.sum() - y) ** 2).mean()


def train(mode, sink):
    context.set_context(mode=mode)
    set_seed(1)
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(12, 2)).astype(np.float32)
    y = numbers.normal(size=12).astype(np.float32)
    data = ds.NumpySlicesDataset((x, y), ["x", "y"], shuffle=False).batch(2)
    net = Guarded()
    net.set_train()
    step = nn.TrainOneStepCell(net, nn.Momentum(net.trainable_params(), 0.1, 0.9))
    Model(step).train(3, data, dataset_sink_mode=sink)
    return net.w.asnumpy(), int(net.hits)


def test_sunk_and_unsunk_training_agree_with_eager_training():
    eager, hits = train(context.PYNATIVE_MODE, False)
    assert 0 < hits < 18
    for sink in (True, False):
        found, found_hits = train(context.GRAPH_MODE, sink)
        np.testing.assert_allclose(found, eager, rtol=1e-5)
        assert found_hits == hits


def test_containers_call_converted_children():
    class Limit(nn.Cell):
        def construct(self, x):
            while abs(x).max() > 1:
                x = x / 2
            return x

    net = nn.SequentialCell(Limit(), nn.ReLU())
    np.testing.assert_allclose(net(Tensor(X)).asnumpy(), [1.1 / 4, 0, 3.45 / 4], 1e-6)


def test_gradients_inside_of_branches():
    class Steps(nn.Cell):
        def __init__(self):
            super().__init__()
            self.gradient = grad(self.cost)

        def cost(self, x):
            if x.max() > 2:
                return (x * x).sum()
            return x.sum()

        def construct(self, x):
            k = 0
            while k < 3:
                x = x - 0.1 * self.gradient(x)
                k += 1
            return x

    expected = X
    for _ in range(3):
        expected = expected - 0.1 * (2 * expected if expected.max() > 2 else 1)
    np.testing.assert_allclose(Steps()(Tensor(X)).asnumpy(), expected, rtol=1e-5)


def printing(x):
    print("x is", x, x.sum(), sep=" | ")
    print("nothing to wait for")
    if x.sum() > 0:
        print("positive", x.max())
    k = 0
    while k < 2:
        print(f"step {type(x).__name__}", x[0] + k)
        k = k + x.argmin()
    return x


def test_print_shows_values_when_the_program_runs(capsys):
    compiled = jit(printing)
    texts = []
    for x in (X, -X):
        printing(Tensor(x))
        eager = capsys.readouterr().out
        compiled(Tensor(x))
        jax.effects_barrier()
        texts.append((eager, capsys.readouterr().out))
    said_while_tracing = "nothing to wait for\n"
    for eager, found in texts:
        lines = [line for line in found.splitlines(True) if line != said_while_tracing]
        assert sorted(lines) == sorted(
            line for line in eager.splitlines(True) if line != said_while_tracing
        )
    assert "traced" not in texts[0][1]


def test_static_assertions_hold_and_others_are_dropped():
    @jit
    def checked(x, length):
        assert x.shape == (length,), "wrong length"
        assert x.sum() > 1000
        return x * 2

    np.testing.assert_allclose(checked(Tensor(X), 3).asnumpy(), X * 2, 1e-6)
    with pytest.raises(AssertionError, match="wrong length"):
        checked(Tensor(X), 4)


def test_a_parameter_that_a_loop_writes_on_some_paths():
    class Notes(nn.Cell):
        def __init__(self):
            super().__init__()
            self.best = Parameter(Tensor(0.0), requires_grad=False)
            self.first = Parameter(Tensor(-1.0), requires_grad=False)

        def construct(self, x):
            k = 0
            while k < x.sum():
                if k == 0:  # known in the first round only, while k is a number
                    self.first.set_data(x[0])
                if x.max() > self.best:
                    self.best.set_data(x.max())
                k += 1
                x = x * 1.1 - 0.5
            return x

    for mode in MODES:
        context.set_context(mode=mode)
        net = Notes()
        net(Tensor(X * 2))
        assert float(net.first) == pytest.approx(2.2)
        assert float(net.best) == pytest.approx(7.299)
