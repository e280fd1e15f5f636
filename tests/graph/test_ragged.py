"""A step on padded batches equals the step that was traced for the short batch."""

import jax
import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet import Model, Tensor, graph, nn
from cellnet.graph.compile import signature
from cellnet.graph.ragged import merge
from cellnet.train.callback import Callback

FULL, SHORT, CLASSES = 8, 5, 3
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(FULL, 2, 8, 8)).astype(np.float32)
LABELS = RNG.integers(0, CLASSES, FULL).astype(np.int32)
SERIES = RNG.normal(size=(FULL, 6, 4)).astype(np.float32)
WORDS = RNG.integers(0, 9, (FULL, 6)).astype(np.int32)


class Last(nn.Cell):
    """The last output of a recurrent layer."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def construct(self, x):
        return self.layer(x)[0][:, -1, :]


class Mean(nn.Cell):
    def construct(self, x):
        return x.mean(1)


def head(features, *cells):
    return nn.SequentialCell(*cells, nn.Dense(features, CLASSES))


def convolutions(*after):
    return head(
        4 * 3 * 3,
        *(nn.Conv2d(2, 4, 3, pad_mode="valid"), *after, nn.ReLU()),
        *(nn.MaxPool2d(2, 2), nn.Flatten()),
    )


def attention():
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
    return head(4, nn.Embedding(9, 4), layer, Mean())


NETWORKS = {
    "dense": (lambda: head(128, nn.Flatten()), IMAGES),
    "convolution": (convolutions, IMAGES),
    "batch norm": (lambda: convolutions(nn.BatchNorm2d(4)), IMAGES),
    "layer norm": (lambda: head(128, nn.Flatten(), nn.LayerNorm((128,))), IMAGES),
    "LSTM": (lambda: head(5, Last(nn.LSTM(4, 5, batch_first=True))), SERIES),
    "GRU": (lambda: head(5, Last(nn.GRU(4, 5, batch_first=True))), SERIES),
    "attention": (attention, WORDS),
}


def step_of(network, reduction="mean"):
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction=reduction)
    # not Adam: it makes a whole step of the rounding of a gradient that is 0
    optimizer = nn.Momentum(network.trainable_params(), 0.01, 0.9, weight_decay=0.1)
    step = nn.TrainOneStepCell(nn.WithLossCell(network, loss), optimizer)
    return step.set_train()


def programs(step, x, y):
    """Those of a full and of a short batch."""
    found = []
    for rows in (FULL, SHORT):
        inputs, key, rebuild = signature((Tensor(x[:rows]), Tensor(y[:rows])), {})
        found.append(step.compile_cache.program(key, inputs, rebuild))
    return found


def run(program, *inputs):
    state = program.written_values, program.held_values, program.constants
    return jax.tree.leaves(jax.jit(program.step)(*state, list(inputs)))


def assert_equal(actual, expected):
    for a, b in zip(actual, expected, strict=True):
        scale = np.abs(b).max(initial=1e-3)
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=2e-6 * scale)


@pytest.mark.parametrize(
    ("name", "reduction"), [("dense", "sum"), *((name, "mean") for name in NETWORKS)]
)
def test_loss_weights_moments_and_averages_of_a_short_batch(name, reduction):
    make, x = NETWORKS[name]
    full, short = programs(step_of(make(), reduction), x, LABELS)
    merged = merge(full, short)
    assert merged is not None
    padded = np.concatenate([x[:SHORT], np.repeat(x[:1], FULL - SHORT, 0)])
    # labels of the padding are none of those that count
    labels = np.concatenate([LABELS[:SHORT], np.repeat(LABELS[:1], FULL - SHORT)])
    actual = run(merged, padded, labels, np.bool_(False))
    assert_equal(actual, run(short, x[:SHORT], LABELS[:SHORT]))
    actual = run(merged, x, LABELS, np.bool_(True))
    assert_equal(actual, run(full, x, LABELS))


class Centred(nn.Cell):
    """Takes away what the rows have in common, by an operation along the batch."""

    def construct(self, x):
        return x - x.flip((0,)) if x.ndim > 1 else x


@pytest.mark.parametrize("cell", [nn.Dropout(p=0.5), Centred()], ids=["noise", "flip"])
def test_what_mixes_rows_or_draws_for_each_is_refused(cell):
    network = head(128, nn.Flatten(), cell)
    assert merge(*programs(step_of(network), IMAGES, LABELS)) is None


class Switched(nn.Cell):
    def __init__(self):
        super().__init__()
        self.body, self.noise = nn.Dense(4, CLASSES), nn.Dropout(p=0.5)
        self.noisy = False

    def construct(self, x):
        return self.body(self.noise(x) if self.noisy else x)


class SwitchOn(Callback):
    """After the first epoch."""

    def __init__(self, network):
        self.network = network

    def on_train_epoch_end(self, run_context):
        if self.network.noisy:
            return
        self.network.noisy = True
        self.before = self.network.body.weight.asnumpy()


def train(network, sink, callbacks=None):
    x = RNG.normal(size=(21, 4)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int32)
    data = ds.NumpySlicesDataset((x, y), ["x", "y"], shuffle=False).batch(8)
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    model = Model(network, loss, nn.Momentum(network.trainable_params(), 0.1, 0.9))
    model.train(2, data, callbacks=callbacks, dataset_sink_mode=sink)


@pytest.mark.parametrize("sink", [True, False])
def test_short_batches_are_trained_on_by_the_one_program_there_is(sink):
    before = len(graph.ledger())
    train(nn.Dense(4, CLASSES), sink)
    assert len(graph.ledger()) == before + 1


@pytest.mark.parametrize("sink", [True, False])
def test_a_step_that_no_longer_allows_padding_goes_on_batch_by_batch(sink):
    """With noise, every weight moves by other rows; without a batch it would not."""
    network = Switched()
    switch = SwitchOn(network)
    train(network, sink, switch)
    assert network.noisy
    moved = network.body.weight.asnumpy() - switch.before
    assert np.isfinite(moved).all()
    assert np.abs(moved).max() > 0
