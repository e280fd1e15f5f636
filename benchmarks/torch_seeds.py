"""Two programs of PyTorch's tutorials, as they are written there, for seeds.py.

    python benchmarks/torch_seeds.py mlp|garment --data FOLDER [--epochs 5]

mlp: 784-512-512-10, batches of 64, SGD 0.001, a loss line each 100 steps, a test each
epoch. garment: GarmentClassifier, batches of 4, SGD 0.001 with momentum 0.9, validation
each epoch, the best weights kept. Images pass through Pillow one by one, as
torchvision's FashionMNIST with ToTensor hands them out; torchvision itself, and the
second that its import takes, is not needed. TensorBoard's writer runs if there is one.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torch_train import PREFIX, read_idx

try:
    from torch.utils.tensorboard import SummaryWriter
except ImportError:
    SummaryWriter = None


def to_tensor(image: Image.Image) -> Tensor:
    """As torchvision's ToTensor: (1, H, W) in [0, 1]."""
    array = torch.from_numpy(np.array(image, copy=True))
    array = array.view(image.size[1], image.size[0], 1)
    return array.permute((2, 0, 1)).contiguous().to(torch.float32).div(255)


def normalize(image: Tensor) -> Tensor:
    """As torchvision's Normalize((0.5,), (0.5,))."""
    mean, deviation = torch.as_tensor((0.5,)), torch.as_tensor((0.5,))
    return image.clone().sub_(mean.view(-1, 1, 1)).div_(deviation.view(-1, 1, 1))


class FashionMnist(Dataset):
    """Images and labels, transformed when they are asked for."""

    def __init__(self, folder: Path, usage: str, *transforms: Callable) -> None:
        self.images = torch.from_numpy(
            read_idx(folder / f"{PREFIX[usage]}-images-idx3-ubyte")
        )
        labels = read_idx(folder / f"{PREFIX[usage]}-labels-idx1-ubyte")
        self.labels = torch.from_numpy(labels).long()
        self.transforms = transforms

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = Image.fromarray(self.images[index].numpy())
        for transform in self.transforms:
            image = transform(image)
        return image, int(self.labels[index])


class NeuralNetwork(nn.Module):
    """Three dense layers."""

    def __init__(self) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28 * 28, 512),
            nn.ReLU(),
            nn.Linear(512, 512),
            nn.ReLU(),
            nn.Linear(512, 10),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_relu_stack(self.flatten(x))


class GarmentClassifier(nn.Module):
    """LeNet-5 for images of 28 x 28."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(functional.relu(self.conv1(x)))
        x = self.pool(functional.relu(self.conv2(x)))
        x = x.view(-1, 16 * 4 * 4)
        x = functional.relu(self.fc1(x))
        x = functional.relu(self.fc2(x))
        return self.fc3(x)


def mlp(folder: Path, epochs: int) -> None:
    """Train and test."""
    train_data = FashionMnist(folder, "train", to_tensor)
    test_data = FashionMnist(folder, "test", to_tensor)
    train_loader = DataLoader(train_data, batch_size=64)
    test_loader = DataLoader(test_data, batch_size=64)
    model = NeuralNetwork()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    size = len(train_data)
    for epoch in range(epochs):
        print(f"Epoch {epoch + 1}\n-------------------------------")
        model.train()
        for batch, (images, labels) in enumerate(train_loader):
            loss = loss_fn(model(images), labels)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            if batch % 100 == 0:
                seen = (batch + 1) * len(images)
                print(f"loss: {loss.item():>7f}  [{seen:>5d}/{size:>5d}]")
        model.eval()
        test_loss, correct = 0.0, 0.0
        with torch.no_grad():
            for images, labels in test_loader:
                scores = model(images)
                test_loss += loss_fn(scores, labels).item()
                hits = (scores.argmax(1) == labels).type(torch.float)
                correct += hits.sum().item()
        correct /= len(test_data)
        test_loss /= len(test_loader)
        print(f"Accuracy: {100 * correct:>0.1f}%, Avg loss: {test_loss:>8f} \n")
    with tempfile.TemporaryDirectory() as place:
        torch.save(model.state_dict(), f"{place}/model.pth")
        model = NeuralNetwork()
        model.load_state_dict(torch.load(f"{place}/model.pth"))
    model.eval()
    with torch.no_grad():
        print(f"Predicted: {model(test_data[0][0])[0].argmax(0)}")


def garment(folder: Path, epochs: int) -> None:
    """Train, validate, keep the best."""
    transforms = (to_tensor, normalize)
    train_loader = DataLoader(
        FashionMnist(folder, "train", *transforms), batch_size=4, shuffle=True
    )
    valid_loader = DataLoader(FashionMnist(folder, "test", *transforms), batch_size=4)
    model = GarmentClassifier()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    best = float("inf")
    with tempfile.TemporaryDirectory() as place:
        writer = SummaryWriter(place) if SummaryWriter else None
        for epoch in range(epochs):
            model.train()
            running = mean = 0.0
            for index, (images, labels) in enumerate(train_loader):
                optimizer.zero_grad()
                loss = loss_fn(model(images), labels)
                loss.backward()
                optimizer.step()
                running += loss.item()
                if index % 1000 == 999:
                    mean, running = running / 1000, 0.0
                    print(f"  batch {index + 1} loss: {mean}")
                    if writer:
                        place_in_all = epoch * len(train_loader) + index + 1
                        writer.add_scalar("Loss/train", mean, place_in_all)
            model.eval()
            with torch.no_grad():
                losses = [loss_fn(model(x), y) for x, y in valid_loader]
            valid = float(sum(losses) / len(losses))
            print(f"LOSS train {mean} valid {valid}")
            if writer:
                both = {"Training": mean, "Validation": valid}
                writer.add_scalars("Training vs. Validation Loss", both, epoch + 1)
                writer.flush()
            if valid < best:
                best = valid
                torch.save(model.state_dict(), f"{place}/model")
    print(f"best: validation loss {best:.4f}")


if __name__ == "__main__":
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("net", choices=["mlp", "garment"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    {"mlp": mlp, "garment": garment}[args.net](args.data, args.epochs)
