"""The networks as MindSpore Cells: one text for MindSpore and for cellnet."""

from functools import partial

import mindspore.nn as nn
import mindspore.ops as ops
from nets import (
    CLASSES,
    HEADS,
    LSTM_WIDTH,
    NORM_EPSILON,
    NORM_MOMENTUM,
    RESNET_BLOCKS,
)


def conv(into, out, kernel, *, stride=1, bias=True):
    """A convolution; one of size 3 keeps the image's size at stride 1."""
    kind = {"pad_mode": "pad", "padding": 1} if kernel == 3 else {"pad_mode": "valid"}
    return nn.Conv2d(into, out, kernel, stride=stride, has_bias=bias, **kind)


class LeNet(nn.Cell):
    """LeNet5, and GarmentClassifier, which has smaller images, and biases."""

    def __init__(self, flat, bias):
        super().__init__()
        self.conv1 = conv(1, 6, 5, bias=bias)
        self.conv2 = conv(6, 16, 5, bias=bias)
        self.fc1 = nn.Dense(flat, 120)
        self.fc2 = nn.Dense(120, 84)
        self.fc3 = nn.Dense(84, CLASSES)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.flatten = nn.Flatten()

    def construct(self, x):
        x = self.pool(self.relu(self.conv1(x)))
        x = self.pool(self.relu(self.conv2(x)))
        x = self.relu(self.fc1(self.flatten(x)))
        return self.fc3(self.relu(self.fc2(x)))


class Convolutions(nn.Cell):
    """A 3x3 convolution to 64 channels, then five of 64, and the mean of the image."""

    def __init__(self):
        super().__init__()
        layers = []
        for into in (3, 64, 64, 64, 64, 64):
            layers += [conv(into, 64, 3), nn.ReLU()]
        self.layers = nn.SequentialCell(layers)
        self.head = nn.Dense(64, CLASSES)
        self.mean = ops.ReduceMean()

    def construct(self, x):
        return self.head(self.mean(self.layers(x), (2, 3)))


def norm(channels):
    """Batch normalization."""
    return nn.BatchNorm2d(channels, eps=NORM_EPSILON, momentum=NORM_MOMENTUM)


class Block(nn.Cell):
    """relu(shortcut(x) + two convolutions of x)."""

    def __init__(self, into, out):
        super().__init__()
        stride = 1 if into == out else 2
        self.conv1 = conv(into, out, 3, stride=stride, bias=False)
        self.norm1 = norm(out)
        self.conv2 = conv(out, out, 3, bias=False)
        self.norm2 = norm(out)
        self.relu = nn.ReLU()
        self.shortcut = nn.SequentialCell([])
        if into != out:
            shortcut = conv(into, out, 1, stride=stride, bias=False)
            self.shortcut = nn.SequentialCell([shortcut, norm(out)])
        self.changes = into != out

    def construct(self, x):
        y = self.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        if self.changes:
            x = self.shortcut(x)
        return self.relu(x + y)


class ResNet(nn.Cell):
    """A ResNet with a 3x3 stem and ``blocks`` in each stage."""

    def __init__(self, blocks):
        super().__init__()
        layers = [conv(3, 64, 3, bias=False), norm(64), nn.ReLU()]
        into = 64
        for out in (64, 128, 256, 512):
            for _ in range(blocks):
                layers.append(Block(into, out))
                into = out
        self.layers = nn.SequentialCell(layers)
        self.head = nn.Dense(512, CLASSES)
        self.mean = ops.ReduceMean()

    def construct(self, x):
        return self.head(self.mean(self.layers(x), (2, 3)))


class Recurrent(nn.Cell):
    """An LSTM and a dense head on its last output."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(64, LSTM_WIDTH, batch_first=True)
        self.head = nn.Dense(LSTM_WIDTH, CLASSES)

    def construct(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Encoder(nn.Cell):
    """A Transformer encoder and a dense head on the mean over time."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            128, HEADS, 512, dropout=0.0, batch_first=True, layer_norm_eps=NORM_EPSILON
        )
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Dense(128, CLASSES)
        self.mean = ops.ReduceMean()

    def construct(self, x):
        return self.head(self.mean(self.encoder(x), 1))


def mlp():
    """Three dense layers."""
    first, second = nn.Dense(784, 512), nn.Dense(512, 512)
    return nn.SequentialCell(
        [first, nn.ReLU(), second, nn.ReLU(), nn.Dense(512, CLASSES)]
    )


NETWORKS = {
    "lenet5": lambda: LeNet(400, False),
    "mlp": mlp,
    "convs": Convolutions,
    "convs-32x32": Convolutions,
    "garment": lambda: LeNet(256, True),
    **{name: partial(ResNet, blocks) for name, blocks in RESNET_BLOCKS.items()},
    "lstm": Recurrent,
    "transformer": Encoder,
}
