"""The networks that every way trains: sizes, first weights and data, in NumPy only.

A network is known to all frameworks by the order of its weights, in the layouts that
MindSpore and PyTorch share: convolutions (O, I, k, k), dense (O, I), LSTM (4 H, I).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

CLASSES = 10
MOMENTUM, BETA1, BETA2, EPSILON = 0.9, 0.9, 0.999, 1e-8
NORM_EPSILON, NORM_MOMENTUM = 1e-5, 0.9

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Net:
    """A network and how it is trained.

    Attributes:
        name: how the command line calls it.
        title: the column's head.
        batch: rows in a batch.
        row: shape of one row of the input, float32; labels are int32 in [0, 10).
        weights: shapes in order; one of one axis is a bias, which starts as zeros.
        gains: positions in ``weights`` that start as ones: norms' gammas.
        adam: Adam instead of SGD with momentum 0.9.
        rate: learning rate.
        check_steps: steps in which all ways must give the same losses.
    """

    name: str
    title: str
    batch: int
    row: Shape
    weights: tuple[Shape, ...]
    gains: frozenset[int] = frozenset()
    adam: bool = False
    rate: float = 0.01
    check_steps: int = 8

    def first_weights(self) -> list[np.ndarray]:
        """Normal numbers of variance 2 / inputs; zeros and ones for the rest."""
        generator = np.random.default_rng(0)
        values = []
        for index, shape in enumerate(self.weights):
            if len(shape) == 1:
                value = np.full(shape, float(index in self.gains))
            else:
                scale = math.sqrt(2 / math.prod(shape[1:]))
                value = generator.normal(scale=scale, size=shape)
            values.append(value.astype(np.float32))
        return values

    def data(
        self, steps: int, distinct: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rows (steps * batch, *row) and labels, only so many batches of them new."""
        generator = np.random.default_rng(1)
        rows = (distinct or steps) * self.batch
        x = generator.standard_normal((rows, *self.row), np.float32)
        y = generator.integers(0, CLASSES, rows, np.int32)
        order = np.arange(steps * self.batch) % rows
        return (x, y) if distinct is None else (x[order], y[order])

    @property
    def batch_bytes(self) -> int:
        """Bytes of one batch of inputs."""
        return 4 * self.batch * math.prod(self.row)

    def with_batch(self, batch: int) -> Net:
        """The same network at another batch size."""
        return replace(self, batch=batch)


def _dense(*sizes: int) -> list[Shape]:
    """Weights and biases of dense layers in a row."""
    pairs = zip(sizes[1:], sizes, strict=False)
    return [shape for pair in pairs for shape in (pair, pair[:1])]


def _resnet(blocks: int) -> tuple[tuple[Shape, ...], frozenset[int]]:
    """A ResNet for small images: a 3x3 stem, no pooling, ``blocks`` in each stage."""
    shapes: list[Shape] = []
    gains: set[int] = set()

    def conv_norm(out: int, into: int, kernel: int) -> None:
        shapes.append((out, into, kernel, kernel))
        gains.add(len(shapes))
        shapes.extend([(out,), (out,)])

    conv_norm(64, 3, 3)
    into = 64
    for out in (64, 128, 256, 512):
        for _ in range(blocks):
            conv_norm(out, into, 3)
            conv_norm(out, out, 3)
            if into != out:
                conv_norm(out, into, 1)
            into = out
    shapes.extend(_dense(512, CLASSES))
    return tuple(shapes), frozenset(gains)


def _encoder(
    layers: int, width: int, inner: int
) -> tuple[tuple[Shape, ...], frozenset[int]]:
    """A Transformer encoder and a dense head."""
    shapes: list[Shape] = []
    gains: set[int] = set()
    for _ in range(layers):
        shapes += [(3 * width, width), (3 * width,), *_dense(width, width)]
        shapes += _dense(width, inner, width)
        for _ in range(2):
            gains.add(len(shapes))
            shapes += [(width,), (width,)]
    return (*shapes, *_dense(width, CLASSES)), frozenset(gains)


HEADS = 4
LSTM_WIDTH = 128
RESNET_BLOCKS = {"resnet18": 2, "resnet50": 6}  # in a stage, two convolutions each
_ENCODER, _ENCODER_GAINS = _encoder(2, 128, 512)


def _convolutions(size: int, name: str) -> Net:
    kernels = [(64, 3, 3, 3), *[(64, 64, 3, 3)] * 5]
    shapes = [shape for k in kernels for shape in (k, k[:1])]
    weights = (*shapes, *_dense(64, CLASSES))
    title = f"5 convs of 64, {size}x{size}"
    return Net(name, title, 32, (3, size, size), weights, check_steps=4)


NETS = {
    net.name: net
    for net in (
        Net(
            "lenet5",
            "LeNet5",
            32,
            (1, 32, 32),
            ((6, 1, 5, 5), (16, 6, 5, 5), *_dense(400, 120, 84, CLASSES)),
        ),
        Net("mlp", "MLP", 64, (784,), tuple(_dense(784, 512, 512, CLASSES))),
        _convolutions(16, "convs"),
        Net(
            "garment",
            "GarmentClassifier",
            4,
            (1, 28, 28),
            (
                *((6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,)),
                *_dense(256, 120, 84, CLASSES),
            ),
            rate=0.001,
        ),
        Net(
            "resnet18",
            "ResNet-18, 32x32",
            32,
            (3, 32, 32),
            *_resnet(RESNET_BLOCKS["resnet18"]),
            check_steps=3,
        ),
        Net(
            "lstm",
            "LSTM",
            32,
            (50, 64),
            (
                *((4 * LSTM_WIDTH, 64), (4 * LSTM_WIDTH, LSTM_WIDTH)),
                *((4 * LSTM_WIDTH,), (4 * LSTM_WIDTH,)),
                *_dense(LSTM_WIDTH, CLASSES),
            ),
            adam=True,
            rate=0.001,
        ),
        Net(
            "transformer",
            "Transformer",
            16,
            (64, 128),
            _ENCODER,
            _ENCODER_GAINS,
            adam=True,
            rate=0.001,
        ),
        _convolutions(32, "convs-32x32"),
        Net(
            "resnet50",
            "50-layer ResNet, 16x16",
            8,
            (3, 16, 16),
            *_resnet(RESNET_BLOCKS["resnet50"]),
            check_steps=3,
            rate=0.0001,
        ),
    )
}
EXTRA = ("convs-32x32", "resnet50")  # only when asked for by name
TABLE = tuple(name for name in NETS if name not in EXTRA)


def check_order(weights: Sequence[np.ndarray], shapes: Sequence[Shape]) -> None:
    """Check that a framework's parameters are the weights, in the same order.

    Raises:
        ValueError: another number of them, or another shape somewhere.
    """
    wanted = [w.shape for w in weights]
    if wanted != [tuple(s) for s in shapes]:
        raise ValueError(f"parameters {list(shapes)}, expected {wanted}")
