"""LeNet5 on all of Fashion-MNIST: cellnet beside PyTorch, same weights, same batches.

    python benchmarks/accuracy.py [--data FOLDER] [--seeds 3] [--steps 10000]

cellnet trains by Model.train with sink_size 1000; PyTorch gets cellnet's first weights
and the very batches that cellnet saw, and makes the same updates.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn as tnn

sys.path.insert(0, str(Path(__file__).parents[1] / "model_zoo" / "lenet5"))

from data import create_dataset  # noqa: E402
from lenet import LeNet5  # noqa: E402

import cellnet as ms  # noqa: E402
from cellnet import nn  # noqa: E402
from cellnet.dataset import describe, find_fashion_mnist  # noqa: E402
from cellnet.train import Model  # noqa: E402

BATCH, SINK = 32, 1000


def by_cellnet(folder: str, seed: int, epochs: int) -> tuple[float, dict]:
    """Test accuracy, and the weights that training began with."""
    ms.set_seed(seed)
    network = LeNet5(10)
    first = {p.name: p.asnumpy() for p in network.get_parameters()}
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    optimizer = nn.Momentum(network.trainable_params(), 0.01, 0.9)
    model = Model(network, loss, optimizer, metrics={"acc"})
    data = create_dataset(folder, "train", BATCH)
    model.train(epochs, data, dataset_sink_mode=True, sink_size=SINK)
    test = create_dataset(folder, "test", 100, shuffle=False)
    return model.eval(test, dataset_sink_mode=True)["acc"], first


def torch_network(first: dict) -> tnn.Module:
    """The same network with the given weights."""
    net = tnn.Sequential(
        *(tnn.Conv2d(1, 6, 5, bias=False), tnn.ReLU(), tnn.MaxPool2d(2)),
        *(tnn.Conv2d(6, 16, 5, bias=False), tnn.ReLU(), tnn.MaxPool2d(2)),
        *(tnn.Flatten(), tnn.Linear(400, 120), tnn.ReLU()),
        *(tnn.Linear(120, 84), tnn.ReLU(), tnn.Linear(84, 10)),
    )
    with torch.no_grad():
        for mine, value in zip(net.parameters(), first.values(), strict=True):
            mine.copy_(torch.from_numpy(value))
    return net


def arrays(folder: str, usage: str) -> tuple[np.ndarray, np.ndarray]:
    """All images and labels as the host's transforms give them."""
    plan = describe(create_dataset(folder, usage, 100, shuffle=False))
    assert plan is not None
    rows = np.arange(len(plan.columns["label"]))
    row = plan.read(rows)
    return row["image"], row["label"]


def by_torch(folder: str, seed: int, steps: int, first: dict) -> float:
    """Test accuracy after the same steps."""
    torch.manual_seed(seed)
    net = torch_network(first)
    optimizer = torch.optim.SGD(net.parameters(), 0.01, 0.9)
    loss_fn = tnn.CrossEntropyLoss()
    images, labels = (torch.from_numpy(a) for a in arrays(folder, "train"))
    labels = labels.long()
    ms.set_seed(seed)  # the data begins again at its first pass
    plan = describe(create_dataset(folder, "train", BATCH))
    assert plan is not None
    done = 0
    while done < steps:
        for indices in plan.epoch_indices():
            if done == steps:
                break
            rows = torch.from_numpy(indices.astype(np.int64))
            optimizer.zero_grad()
            loss_fn(net(images[rows]), labels[rows]).backward()
            optimizer.step()
            done += 1
    images, labels = (torch.from_numpy(a) for a in arrays(folder, "test"))
    with torch.no_grad():
        right = sum(
            int((net(x).argmax(1) == y).sum())
            for x, y in zip(images.split(100), labels.split(100), strict=True)
        )
    return right / len(labels)


def main() -> None:
    """Train both for each seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10 * SINK)
    args = parser.parse_args()
    found = find_fashion_mnist(args.data)
    print(found.description)
    folder = str(found.directory)
    print("| seed | cellnet | PyTorch | difference, points | time, PyTorch / cellnet |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for seed in range(1, args.seeds + 1):
        begin = time.perf_counter()
        mine, first = by_cellnet(folder, seed, args.steps // SINK)
        between = time.perf_counter()
        theirs = by_torch(folder, seed, args.steps, first)
        ratio = (time.perf_counter() - between) / (between - begin)
        print(
            f"| {seed} | {mine:.2%} | {theirs:.2%} | {100 * (mine - theirs):+.2f} "
            f"| {ratio:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
