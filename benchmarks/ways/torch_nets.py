"""The networks in PyTorch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from nets import CLASSES, HEADS, LSTM_WIDTH, NORM_EPSILON, NORM_MOMENTUM
from torch import Tensor, nn


def lenet(flat: int, bias: bool) -> nn.Module:
    """LeNet5, and GarmentClassifier, which has smaller images, and biases."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, bias=bias), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5, bias=bias), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(flat, 120), nn.ReLU()),
        *(nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, CLASSES)),
    )


def mlp() -> nn.Module:
    """Three dense layers."""
    first, second = nn.Linear(784, 512), nn.Linear(512, 512)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Linear(512, CLASSES))


class Mean(nn.Module):
    """The mean over an image."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C)."""
        return x.mean((2, 3))


def convolutions() -> nn.Module:
    """A 3x3 convolution to 64 channels, then five of 64, and the mean of the image."""
    layers: list[nn.Module] = []
    for into in (3, 64, 64, 64, 64, 64):
        layers += [nn.Conv2d(into, 64, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, Mean(), nn.Linear(64, CLASSES))


def norm(channels: int) -> nn.Module:
    """Batch normalization."""
    return nn.BatchNorm2d(channels, eps=NORM_EPSILON, momentum=1 - NORM_MOMENTUM)


class Block(nn.Module):
    """relu(shortcut(x) + two convolutions of x)."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        stride = 1 if into == out else 2
        self.branch = nn.Sequential(
            *(nn.Conv2d(into, out, 3, stride, 1, bias=False), norm(out), nn.ReLU()),
            *(nn.Conv2d(out, out, 3, 1, 1, bias=False), norm(out)),
        )
        self.shortcut: nn.Module = nn.Identity()
        if into != out:
            shortcut = nn.Conv2d(into, out, 1, stride, bias=False)
            self.shortcut = nn.Sequential(shortcut, norm(out))

    def forward(self, x: Tensor) -> Tensor:
        """(N, out, H / stride, W / stride)."""
        return torch.relu(self.shortcut(x) + self.branch(x))


def resnet18() -> nn.Module:
    """ResNet-18 with a 3x3 stem."""
    layers = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), norm(64), nn.ReLU()]
    into = 64
    for out in (64, 128, 256, 512):
        layers += [Block(into, out), Block(out, out)]
        into = out
    return nn.Sequential(*layers, Mean(), nn.Linear(512, CLASSES))


class Recurrent(nn.Module):
    """An LSTM and a dense head on its last output."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(64, LSTM_WIDTH, batch_first=True)
        self.head = nn.Linear(LSTM_WIDTH, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.lstm(x)[0][:, -1])


class Encoder(nn.Module):
    """A Transformer encoder and a dense head on the mean over time."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            128, HEADS, 512, 0.0, batch_first=True, layer_norm_eps=NORM_EPSILON
        )
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(128, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.encoder(x).mean(1))


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "lenet5": lambda: lenet(400, False),
    "mlp": mlp,
    "convs": convolutions,
    "convs-32x32": convolutions,
    "garment": lambda: lenet(256, True),
    "resnet18": resnet18,
    "lstm": Recurrent,
    "transformer": Encoder,
}
