"""Training with a scaled loss through the Model: what overflows changes no weight."""

import numpy as np
import pytest

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, Parameter, Tensor, context, nn
from cellnet.train import DynamicLossScaleManager, FixedLossScaleManager
from cellnet.train.callback import Callback
from tests.train._training import (
    LeastSquares,
    assert_same_training,
    image_data,
    parts,
    train,
)

OVERFLOWS = "..xx....x......x"  # steps with an infinite number in their data
_random = np.random.default_rng(0)
X = _random.normal(size=(2 * len(OVERFLOWS), 2)).astype(np.float32)
Y = _random.normal(size=len(X)).astype(np.float32)
for _step, _mark in enumerate(OVERFLOWS):
    if _mark == "x":
        X[2 * _step, 0] = np.inf


def rows():
    return ds.NumpySlicesDataset((X, Y), ["x", "y"], shuffle=False).batch(2)


def simulate(scale, window=None):
    """Momentum that leaves out the steps above: (weights, scale before each step)."""
    w, velocity = np.zeros(2), np.zeros(2)
    clean, scales = 0, []
    for step, mark in enumerate(OVERFLOWS):
        scales.append(scale)
        if mark == "x":
            clean = 0
            scale = max(scale / 2, 1) if window else scale
            continue
        x, y = X[2 * step : 2 * step + 2].astype(np.float64), Y[2 * step : 2 * step + 2]
        velocity = 0.9 * velocity + 2 * x.T @ (x @ w - y) / 2
        w = w - 0.02 * velocity
        clean += 1
        if window and clean == window:
            clean, scale = 0, scale * 2
    return w, scales


class Results(Callback):
    """What each step returned: loss, whether it overflowed, the scale it used."""

    def __init__(self):
        self.overflows, self.scales = [], []

    def on_train_step_end(self, run_context):
        for _, overflow, scale in run_context.original_args().sink_result.history:
            self.overflows.extend(np.asarray(overflow).tolist())
            self.scales.extend(np.asarray(scale).tolist())


def by_manager(manager):
    net = LeastSquares()
    optimizer = nn.Momentum(net.trainable_params(), 0.02, 0.9)
    return net, optimizer, Model(net, None, optimizer, loss_scale_manager=manager)


def by_cell(update):
    net = LeastSquares()
    optimizer = nn.Momentum(net.trainable_params(), 0.02, 0.9)
    step = nn.TrainOneStepWithLossScaleCell(net, optimizer, update)
    return net, optimizer, Model(step)


MAKERS = {
    "dynamic manager": (lambda: by_manager(DynamicLossScaleManager(8, 2, 3)), 3),
    "fixed manager": (lambda: by_manager(FixedLossScaleManager(8.0)), None),
    "dynamic cell": (lambda: by_cell(nn.DynamicLossScaleUpdateCell(8, 2, 3)), 3),
    "fixed cell": (lambda: by_cell(nn.FixedLossScaleUpdateCell(8)), None),
    "tensor": (lambda: by_cell(Tensor(8.0)), None),
}


@pytest.mark.parametrize(
    ("maker", "sink", "budget"),
    [
        *((maker, True, None) for maker in MAKERS),
        ("dynamic manager", True, 40),  # bytes: staged, a batch at a time
        ("dynamic manager", False, None),
    ],
)
def test_an_overflow_changes_the_scale_only(maker, sink, budget):
    context.set_context(sink_budget=budget)
    make, window = MAKERS[maker]
    net, optimizer, model = make()
    results = Results()
    model.train(1, rows(), results, dataset_sink_mode=sink)
    weights, scales = simulate(8.0, window)
    np.testing.assert_allclose(net.w.asnumpy(), weights, rtol=1e-5)
    assert results.scales == scales
    assert "".join(".x"[bool(o)] for o in results.overflows) == OVERFLOWS
    # the optimizer's clock stands still too
    assert optimizer.global_step.asnumpy().tolist() == [OVERFLOWS.count(".")]


def test_the_scale_goes_no_lower_than_one():
    _, _, model = by_manager(DynamicLossScaleManager(2, 2, 100))
    results = Results()
    model.train(1, rows(), results, dataset_sink_mode=True)
    assert min(results.scales) == 1.0


def test_a_scale_set_between_epochs_counts_from_the_next_on():
    _, _, model = by_cell(Tensor(8.0))

    class Raise(Callback):
        def on_train_epoch_end(self, run_context):
            model.train_network.set_sense_scale(32.0)

    results = Results()
    model.train(2, rows(), [results, Raise()], dataset_sink_mode=True)
    count = len(OVERFLOWS)
    assert results.scales == [8.0] * count + [32.0] * count
    assert model.train_network.compile_cache.num_traces == 1


def test_a_fixed_scale_that_drops_nothing_is_undone_by_the_optimizer():
    net, loss, _ = parts()
    optimizer = nn.Momentum(net.trainable_params(), 0.05, 0.9, loss_scale=128.0)
    manager = FixedLossScaleManager(128.0, drop_overflow_update=False)
    model = Model(net, loss, optimizer, loss_scale_manager=manager)
    actual = train(model, 2, image_data(), dataset_sink_mode=True)
    plain = train(Model(*parts()), 2, image_data(), dataset_sink_mode=True)
    assert_same_training(actual, plain)


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize("own", [1.0, 128.0])
def test_a_scale_that_the_optimizer_does_not_undo_is_said(own, drop, caplog):
    net, loss, _ = parts()
    optimizer = nn.SGD(net.trainable_params(), 0.1, loss_scale=own)
    Model(net, loss, optimizer, loss_scale_manager=FixedLossScaleManager(128.0, drop))
    left = 1.0 if drop else 128.0
    said = f"{left / own:g} times the gradients. Give the optimizer loss_scale={left:g}"
    assert (said in caplog.text) == (own != left)


def test_small_gradients_of_float16_survive_a_scale_whose_inverse_does_not():
    class Slope(nn.Cell):
        def __init__(self):
            super().__init__()
            self.w = Parameter(Tensor([0.0], ms.float16), name="w")

        def construct(self, x):
            return (self.w.astype(ms.float32) * x).sum()

    net = Slope()
    optimizer = nn.SGD(net.trainable_params(), 1e5)
    step = nn.TrainOneStepWithLossScaleCell(net, optimizer, Tensor(2.0**25))
    step(Tensor([1e-6]))  # 1 / 2**25 is 0 in float16
    np.testing.assert_allclose(net.w.asnumpy(), [-0.1], rtol=0.02)
