"""model_zoo/lenet5/train.py as one writes it in PyTorch, for wall.py.

    python benchmarks/torch_train.py --data FOLDER [--epoch 10] [--sink-size 1000]

Same data, network, steps, evaluation, checkpoints and learning curve. ``--prepared``:
the images are transformed once, all together, before training, and not one by one when
the DataLoader asks for them.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from ways.torch_nets import NETWORKS

MEAN, DEVIATION = 0.1307, 0.3081
Batches = Iterator[tuple[Tensor, Tensor]]
PREFIX = {"train": "train", "test": "t10k"}


def read_idx(path: Path) -> np.ndarray:
    """The array of an IDX file of bytes, packed by gzip or not."""
    packed = path.with_name(path.name + ".gz")
    opener = gzip.open if packed.exists() else open
    with opener(packed if packed.exists() else path, "rb") as file:
        data = file.read()
    axes = data[3]
    shape = np.frombuffer(data, ">u4", axes, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape).copy()


def transform(images: Tensor) -> Tensor:
    """(N, 28, 28) bytes to (N, 1, 32, 32), normalized."""
    images = images.unsqueeze(1).float()
    images = nn.functional.interpolate(images, (32, 32), mode="bilinear")
    return (images / 255 - MEAN) / DEVIATION


class FashionMnist(Dataset):
    """Images and labels, each image transformed when it is asked for."""

    def __init__(self, folder: Path, usage: str) -> None:
        prefix = PREFIX[usage]
        self.images = torch.from_numpy(read_idx(folder / f"{prefix}-images-idx3-ubyte"))
        labels = torch.from_numpy(read_idx(folder / f"{prefix}-labels-idx1-ubyte"))
        self.labels = labels.long()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return transform(self.images[index : index + 1])[0], self.labels[index]

    def prepared(self) -> TensorDataset:
        """The same, transformed now."""
        return TensorDataset(transform(self.images), self.labels)


def forever(loader: DataLoader) -> Batches:
    """Pass after pass."""
    while True:
        yield from loader


def first_weights(network: nn.Module) -> nn.Module:
    """All weights anew, as LeNet5 of the model zoo starts."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            for value in layer.parameters(recurse=False):
                nn.init.trunc_normal_(value, std=0.02, a=-0.04, b=0.04)
    return network


def train(
    network: nn.Module, batches: Batches, args: argparse.Namespace
) -> list[float]:
    """The loss of every step."""
    optimizer = torch.optim.SGD(network.parameters(), 0.01, 0.9)
    loss_fn = nn.CrossEntropyLoss()
    losses: list[Tensor] = []
    for epoch in range(1, args.epoch + 1):
        network.train()
        for _ in range(args.sink_size):
            images, labels = next(batches)
            optimizer.zero_grad()
            loss = loss_fn(network(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        print(f"epoch: {epoch}, loss is {losses[-1].item():.4f}")
        torch.save(network.state_dict(), args.output / "lenet5.pt")
    return torch.stack(losses).tolist()


def accuracy(network: nn.Module, loader: DataLoader) -> float:
    """The share of the labels that come out."""
    network.eval()
    right = count = 0
    with torch.no_grad():
        for images, labels in loader:
            right += int((network(images).argmax(1) == labels).sum())
            count += len(labels)
    return right / count


def draw(losses: list[float], path: Path) -> None:
    """The curve as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    smooth = np.convolve(losses, np.ones(50) / 50, mode="valid")
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.plot(losses, color="0.85", linewidth=0.5)
    axes.plot(np.arange(len(smooth)) + 49, smooth)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Train, test, save, draw."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=Path("runs/lenet5-torch"))
    parser.add_argument("--epoch", type=int, default=10)
    parser.add_argument("--sink-size", type=int, default=1000, help="steps in an epoch")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prepared", action="store_true")
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    data = [FashionMnist(args.data, usage) for usage in ("train", "test")]
    sets = [part.prepared() if args.prepared else part for part in data]
    loader = DataLoader(sets[0], args.batch_size, shuffle=True, drop_last=True)
    network = first_weights(NETWORKS["lenet5"]())
    begin = time.perf_counter()
    losses = train(network, forever(loader), args)
    print(f"trained in {time.perf_counter() - begin:.1f} s")
    print(f"test accuracy: {accuracy(network, DataLoader(sets[1], 100)):.4f}")
    try:
        draw(losses, args.output / "curve.png")
    except ImportError:
        print("no picture: no matplotlib")


if __name__ == "__main__":
    main()
