"""Sinking changes nothing but the time it takes.

Training by hand, a step at a time, is what sunk and unsunk training are compared with.
"""

import functools

import jax
import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet import Model, Parameter, ParameterTuple, Tensor, context, nn, ops
from cellnet.train.callback import Callback, LossMonitor
from tests.train._training import (
    BATCH,
    Compilations,
    LeastSquares,
    Losses,
    Net,
    Plain,
    Y,
    assert_same_training,
    descend,
    image_data,
    least_squares_data,
    make_model,
    parts,
    train,
    train_by_hand,
)

NUM_STEPS = 210
# a pass has 3 batches, the last one short, or 2 whole ones
DATA = {
    "in order": {},
    "shuffled source": {"shuffle": True},
    "shuffle buffer, no short batch": {"buffer": 5, "drop_remainder": True},
}


@functools.cache
def expected_training(data, kind=Net):
    return train_by_hand(image_data(**DATA[data]), NUM_STEPS, kind)


@pytest.mark.parametrize(
    ("data", "sink", "sink_size"),
    [
        *(("in order", True, size) for size in (-1, 1, 7, 70)),
        ("in order", False, -1),
        ("shuffled source", True, -1),
        ("shuffled source", True, 7),
        ("shuffled source", False, -1),
        ("shuffle buffer, no short batch", True, 7),
        ("shuffle buffer, no short batch", False, -1),
    ],
)
def test_losses_and_weights_are_those_of_training_by_hand(data, sink, sink_size):
    dataset = image_data(**DATA[data])
    size = dataset.get_dataset_size() if sink_size == -1 else sink_size
    actual = train(
        make_model(Net),
        NUM_STEPS // size,
        dataset,
        dataset_sink_mode=sink,
        sink_size=sink_size,
    )
    assert_same_training(actual, expected_training(data))


@pytest.mark.parametrize(
    ("budget", "sink", "line"),
    [
        (10**6, True, "on the device, its map stages run once"),
        (500, True, "on the device raw, its map stages run in every step"),
        (100, True, "staged from the host in chunks"),
        (100, False, "staged from the host in chunks"),
    ],
)
def test_where_the_data_lives_changes_nothing_and_is_said(budget, line, sink, caplog):
    context.set_context(sink_budget=budget)
    actual = train(make_model(), 70, image_data(shuffle=True), dataset_sink_mode=sink)
    (said,) = [t for t in caplog.messages if t.startswith("data ")]
    assert line in said
    assert_same_training(actual, expected_training("shuffled source", Plain))


@pytest.mark.parametrize("sink_size", [-1, 5])
def test_staged_chunks_of_some_steps(sink_size):
    """A chunk holds 4 batches at most, a pass has 6, a sink 5 or 6."""
    batches = list(image_data().create_tuple_iterator(num_epochs=1, output_numpy=True))
    batches = [batches[0], batches[1]] * 3
    context.set_context(sink_budget=2 * 4 * sum(c.nbytes for c in batches[0]))
    epochs = 30 // (6 if sink_size == -1 else 5)
    actual = train(
        make_model(), epochs, batches, dataset_sink_mode=True, sink_size=sink_size
    )
    expected = train_by_hand(image_data(drop_remainder=True), 30)
    assert_same_training(actual, expected)


def test_sunk_least_squares_are_those_of_numpy():
    x = np.random.default_rng(1).normal(size=(12, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [-2.0], [0.5]], np.float32)
    net = nn.Dense(3, 1, weight_init="zeros", has_bias=False)
    model = Model(net, nn.MSELoss(), nn.SGD(net.trainable_params(), 0.1))
    data = ds.NumpySlicesDataset((x, y), ["x", "y"], shuffle=False).batch(5)
    losses, weights = train(model, 3, data, dataset_sink_mode=True, sink_size=4)
    w, expected = np.zeros((1, 3), np.float32), []
    for step in range(12):
        rows = slice(step % 3 * 5, step % 3 * 5 + 5)
        error = x[rows] @ w.T - y[rows]
        expected.append(np.mean(error**2))
        w -= 0.1 * 2 * error.T @ x[rows] / len(error)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(weights["weight"], w, rtol=1e-5)


class Steps(Callback):
    """Notes the hooks and where they saw the training."""

    def __init__(self):
        self.seen = []

    def _note(self, hook, run_context):
        params = run_context.original_args()
        self.seen.append((hook, params.cur_epoch_num, params.cur_step_num))

    def begin(self, run_context):
        self._note("begin", run_context)

    def epoch_begin(self, run_context):
        self._note("epoch_begin", run_context)

    def step_begin(self, run_context):
        self._note("step_begin", run_context)

    def step_end(self, run_context):
        self._note("step_end", run_context)

    def epoch_end(self, run_context):
        self._note("epoch_end", run_context)

    def end(self, run_context):
        self._note("end", run_context)


@pytest.mark.parametrize(
    ("sink", "size", "sinks_of_an_epoch"),
    [(True, 7, 1), (True, -1, 1), (False, -1, 3), (False, 7, 3)],
)
def test_hooks_come_once_a_sink_and_the_steps_grow_by_its_size(
    sink, size, sinks_of_an_epoch
):
    steps = Steps()
    make_model().train(2, image_data(), steps, dataset_sink_mode=sink, sink_size=size)
    grown = 7 if sink and size == 7 else 3 // sinks_of_an_epoch
    expected, done = [("begin", 0, 0)], 0
    for epoch in (1, 2):
        expected.append(("epoch_begin", epoch, done))
        for _ in range(sinks_of_an_epoch):
            done += grown
            expected.append(("step_begin", epoch, done))
            expected.append(("step_end", epoch, done))
        expected.append(("epoch_end", epoch, done))
    expected.append(("end", 2, done))
    assert steps.seen == expected


@pytest.mark.parametrize(
    ("sink", "places"),
    [
        (True, ["epoch: 1 step: 7", "epoch: 2 step: 7"]),
        (False, [f"epoch: {e} step: {s}" for e in (1, 2) for s in (1, 2, 3)]),
    ],
)
def test_loss_monitor_prints_the_loss_at_the_end_of_each_sink(sink, places, capsys):
    make_model().train(
        2, image_data(), LossMonitor(), dataset_sink_mode=sink, sink_size=7
    )
    losses = expected_training("in order", Plain)[0]
    ends = [6, 13] if sink else range(6)
    lines = capsys.readouterr().out.splitlines()
    for line, place, end in zip(lines, places, ends, strict=True):
        said, _, value = line.partition(", loss is ")
        assert said == place
        np.testing.assert_allclose(float(value), losses[end], rtol=1e-5)


class SeedStep(nn.Cell):
    """A training step as MindSpore's guide writes it."""

    def __init__(self, network, optimizer, sens=1.0):
        super().__init__(auto_prefix=False)
        self.network = network
        self.weights = ParameterTuple(network.trainable_params())
        self.optimizer = optimizer
        self.grad = ops.GradOperation(get_by_list=True, sens_param=True)
        self.sens = sens

    def set_sens(self, value):
        self.sens = value

    def construct(self, data, label):
        loss = self.network(data, label)
        sens = ops.Fill()(ops.DType()(loss), ops.Shape()(loss), self.sens)
        grads = self.grad(self.network, self.weights)(data, label, sens)
        return ops.depend(loss, self.optimizer(grads))


class ChangeSens(Callback):
    def __init__(self, step):
        self.step = step

    def on_train_epoch_end(self, run_context):
        self.step.set_sens(3.0)


@pytest.mark.parametrize("sink", [True, False])
@pytest.mark.parametrize("kind", [SeedStep, nn.TrainOneStepCell])
def test_sens_set_between_sinks_counts_from_the_next_on(kind, sink):
    net = LeastSquares()
    step = kind(net, nn.SGD(net.trainable_params(), 0.1))
    model = Model(step)
    model.train(3, least_squares_data(), ChangeSens(step), dataset_sink_mode=sink)
    expected = descend([1, 1, 3, 3, 3, 3])
    np.testing.assert_allclose(net.w.asnumpy(), expected, rtol=1e-5)
    assert step.compile_cache.num_traces == 2  # one for each sens


def test_a_step_of_ones_own_draws_and_averages_once():
    """Dropout and moving averages as in nn.TrainOneStepCell, though it runs twice."""
    net, loss, optimizer = parts(Net)
    model = Model(SeedStep(nn.WithLossCell(net, loss), optimizer))
    data = "shuffle buffer, no short batch"
    dataset = image_data(**DATA[data])
    losses, _ = train(model, 30, dataset, dataset_sink_mode=True, sink_size=7)
    expected = expected_training(data)[0]
    np.testing.assert_allclose(losses, expected, rtol=1e-5, atol=1e-6)


class Sum(nn.Cell):
    def __init__(self):
        super().__init__()
        self.total = Parameter(Tensor(0.0), name="total")

    def construct(self, x):
        self.total += x.mean()
        return self.total + 0.0


class Watch(Callback):
    """Counts the programs compiled in each epoch."""

    def __enter__(self):
        self.compilations = Compilations().__enter__()
        self.counts = []
        return self

    def __exit__(self, *error):
        self.compilations.__exit__(*error)

    def on_train_epoch_end(self, run_context):
        self.counts.append(self.compilations.count - sum(self.counts))


@pytest.mark.parametrize(
    "settings",
    [
        {"dataset_sink_mode": True},
        {"dataset_sink_mode": True, "sink_size": 6},
        {"dataset_sink_mode": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("budget", [None, 100], ids=["resident", "staged"])
def test_nothing_is_compiled_after_the_first_epoch(settings, budget):
    context.set_context(sink_budget=budget)
    model, watch, data = make_model(), Watch(), image_data(shuffle=True)
    model.train(3, data, watch, **settings)
    assert watch.counts[0] > 0
    assert watch.counts[1:] == [0, 0]
    model.train(2, data, watch, **settings)  # nor by a second training
    assert watch.counts == [0, 0]
    # whole batches and the short one
    assert model.train_network.compile_cache.num_traces == 2


@pytest.mark.parametrize("budget", [None, 2000], ids=["resident", "staged"])
def test_few_programs_serve_passes_that_end_in_the_middle_of_a_sink(budget):
    """A pass of 37 batches, the last one short, in sinks of 25: 37 odd lengths."""
    context.set_context(sink_budget=budget)
    x = np.arange(37 * 4 - 1, dtype=np.float32)
    data = ds.NumpySlicesDataset((x,), ["x"], shuffle=False).batch(4)
    net, watch = Sum(), Watch()
    losses = Losses()
    settings = {"dataset_sink_mode": True, "sink_size": 25}
    Model(net).train(37, data, [watch, losses], **settings)
    means = [x[i : i + 4].mean() for i in range(0, len(x), 4)]
    np.testing.assert_allclose(losses.values, np.cumsum(means * 25), rtol=1e-5)
    # 4 odd ones, powers of 2 up to 16, the short batch, and copies of the data
    assert sum(watch.counts) <= 4 + 5 + 1 + 4


class Measured:
    """Batches of 64 kB that look, whenever one is asked for, at the device."""

    def __init__(self, num_batches):
        self.num_batches = num_batches
        self.most = 0

    def __iter__(self):
        for index in range(self.num_batches):
            # no array may stay in a variable here, or it would live on
            held = sum(
                a.nbytes for a in jax.live_arrays() if a.shape[-2:] == self.shape
            )
            self.most = max(self.most, held)
            yield (np.full(self.shape, index, np.float32),)

    shape = (BATCH, 4096)
    batch_bytes = BATCH * 4096 * 4


def test_memory_for_data_does_not_grow_with_the_sink():
    budget = 8 * Measured.batch_bytes
    context.set_context(sink_budget=budget)
    most = {}
    for size in (8, 64):
        data, net = Measured(16), Sum()
        Model(net).train(128 // size, data, dataset_sink_mode=True, sink_size=size)
        assert float(net.total) == 8 * sum(range(16))
        most[size] = data.most
    assert Measured.batch_bytes * 4 <= most[64] <= budget
    assert most[64] <= most[8] + Measured.batch_bytes


def test_pynative_sinks_give_the_same_numbers():
    context.set_context(mode=context.PYNATIVE_MODE)
    net, x = Sum(), np.arange(8, dtype=np.float32)
    data = ds.NumpySlicesDataset((x,), ["x"], shuffle=False).batch(2)
    losses, _ = train(Model(net), 3, data, dataset_sink_mode=True, sink_size=3)
    assert net.compile_cache.num_traces == 0
    means = np.array([0.5, 2.5, 4.5, 6.5] * 2 + [0.5])
    np.testing.assert_allclose(losses, means.cumsum())


class Untraceable(LeastSquares):
    def construct(self, x, y):
        loss = super().construct(x, y)
        return loss * 2 if loss.asnumpy() > 0 else loss


def test_a_step_that_cannot_be_compiled_runs_and_says_so():
    net = Untraceable()
    step = nn.TrainOneStepCell(net, nn.SGD(net.trainable_params(), 0.1))
    with pytest.warns(RuntimeWarning, match="if loss.asnumpy.. > 0"):
        losses, _ = train(Model(step), 3, least_squares_data(), dataset_sink_mode=True)
    np.testing.assert_allclose(net.w.asnumpy(), descend([2] * 6), rtol=1e-5)
    np.testing.assert_allclose(losses[0], 2 * np.mean(Y[:4] ** 2), rtol=1e-5)


@pytest.mark.skipif(
    jax.default_backend() == "cpu", reason="memory of a CPU is never transferred"
)
def test_no_value_comes_back_to_the_host_inside_an_epoch():
    model = make_model()
    data = image_data()
    train(model, 6, data, dataset_sink_mode=True)  # compiles; uploads the data
    with jax.transfer_guard("disallow"):
        model.train(1, data, dataset_sink_mode=True)
