"""Shared by the tests here: a small network, its data, and training by hand."""

from __future__ import annotations

import threading
import time

import jax
import numpy as np

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, Parameter, Tensor, nn
from cellnet.dataset import vision
from cellnet.train.callback import Callback

ROWS, BATCH, CLASSES = 10, 4, 3
_random = np.random.default_rng(0)
IMAGES = _random.integers(0, 256, (ROWS, 4, 4, 1), dtype=np.uint8)
LABELS = _random.integers(0, CLASSES, ROWS).astype(np.int32)


class Net(nn.Cell):
    """A convolution, batch statistics and dropout: all that can go wrong in a loop."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, pad_mode="valid")
        self.norm = nn.BatchNorm2d(2)
        self.relu = nn.ReLU()
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(p=0.3)
        self.head = nn.Dense(8, CLASSES)

    def construct(self, x):
        x = self.relu(self.norm(self.conv(x)))
        return self.head(self.dropout(self.flatten(x)))


class Plain(nn.Cell):
    """One layer, for tests of what goes on around a step: it compiles in no time."""

    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.head = nn.Dense(16, CLASSES)

    def construct(self, x):
        return self.head(self.flatten(x))


X = _random.normal(size=(8, 2)).astype(np.float32)
Y = _random.normal(size=8).astype(np.float32)


class LeastSquares(nn.Cell):
    """The mean of squared errors of x w, from w = 0."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(np.zeros(2, np.float32)), name="w")

    def construct(self, x, y):
        return (((x * self.w).sum(-1) - y) ** 2).mean()


def least_squares_data():
    """X and Y in two batches of 4."""
    return ds.NumpySlicesDataset((X, Y), ["x", "y"], shuffle=False).batch(4)


def descend(factors):
    """w after a step of 0.1 times each factor down the gradient, by NumPy."""
    w = np.zeros(2, np.float32)
    for step, factor in enumerate(factors):
        rows = slice(step % 2 * 4, step % 2 * 4 + 4)
        error = X[rows] @ w - Y[rows]
        w -= 0.1 * factor * 2 * X[rows].T @ error / 4
    return w


def image_data(shuffle=False, buffer=None, drop_remainder=False, labels=LABELS):
    """The images and labels above, 2 1/2 batches of them."""
    data = ds.NumpySlicesDataset((IMAGES, labels), ["image", "label"], shuffle=shuffle)
    if buffer:
        data = data.shuffle(buffer)
    data = data.map([vision.Rescale(1 / 255, -0.5), vision.HWC2CHW()], "image")
    return data.batch(BATCH, drop_remainder=drop_remainder)


def parts(kind=Plain):
    """Network, loss and optimizer, the same each time."""
    ms.set_seed(7)
    net = kind()
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    return net, loss, nn.Momentum(net.trainable_params(), 0.05, 0.9)


def make_model(kind=Plain, **kwargs):
    return Model(*parts(kind), **kwargs)


def weights_of(net):
    return {name: p.asnumpy().copy() for name, p in net.parameters_dict().items()}


def train_by_hand(data, num_steps, kind=Plain):
    """The loop as a user writes it: (losses, weights) after ``num_steps``."""
    net, loss, optimizer = parts(kind)
    step = nn.TrainOneStepCell(nn.WithLossCell(net, loss), optimizer).set_train()
    losses = []
    while len(losses) < num_steps:
        for image, label in data.create_tuple_iterator(num_epochs=1):
            if len(losses) < num_steps:
                losses.append(float(step(image, label)))
    return np.array(losses), weights_of(step)


class Losses(Callback):
    """Keeps the loss of every step, sunk or not."""

    def __init__(self):
        self.values = []

    def on_train_step_end(self, run_context):
        result = run_context.original_args().sink_result
        self.values.extend(result.losses().tolist())


def train(model, epochs, data, **kwargs):
    """Train by the Model: (losses, weights)."""
    losses = Losses()
    model.train(epochs, data, callbacks=losses, **kwargs)
    return np.array(losses.values), weights_of(model.train_network)


def assert_same_training(actual, expected):
    """Losses and weights, both within 1e-5 (and 1e-6 of what is around 1)."""
    np.testing.assert_allclose(actual[0], expected[0], rtol=1e-5, atol=1e-6)
    assert actual[1].keys() == expected[1].keys()
    for name, value in expected[1].items():
        np.testing.assert_allclose(
            actual[1][name], value, rtol=1e-5, atol=1e-6, err_msg=name
        )


class Compilations:
    """Counts what JAX compiles while it is open."""

    EVENT = "/jax/core/compile/backend_compile_duration"

    def __enter__(self):
        self.count = 0
        jax.monitoring.register_event_duration_secs_listener(self._heard)
        return self

    def __exit__(self, *error):
        jax.monitoring.unregister_event_duration_listener(self._heard)

    def _heard(self, event, duration, **kwargs):
        self.count += event == self.EVENT


def staging_threads():
    """Threads of the sink that still run, given a second to end."""
    for _ in range(100):
        running = [t for t in threading.enumerate() if t.name == "cellnet-stage"]
        if not running:
            break
        time.sleep(0.01)
    return running
