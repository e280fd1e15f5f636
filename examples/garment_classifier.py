"""GarmentClassifier on Fashion-MNIST: batches of 4, validation per epoch, TensorBoard.

python examples/garment_classifier.py [--quick]; tensorboard --logdir runs/garment
"""

import argparse
from pathlib import Path

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, nn, ops
from cellnet.dataset import find_fashion_mnist, transforms, vision
from cellnet.train import (
    BestCheckpoint,
    Callback,
    TensorBoard,
    load_checkpoint,
    load_param_into_net,
)

FLOOR = 0.33  # the validation loss that 5 epochs must reach
QUICK_FLOOR = 1.0  # and that of 4000 images


class GarmentClassifier(nn.Cell):
    """LeNet-5 for images of 28 x 28."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid", has_bias=True)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid", has_bias=True)
        self.fc1 = nn.Dense(16 * 4 * 4, 120)
        self.fc2 = nn.Dense(120, 84)
        self.fc3 = nn.Dense(84, 10)

    def construct(self, x):
        x = self.pool(ops.relu(self.conv1(x)))
        x = self.pool(ops.relu(self.conv2(x)))
        x = x.view(-1, 16 * 4 * 4)
        x = ops.relu(self.fc1(x))
        x = ops.relu(self.fc2(x))
        return self.fc3(x)


class Lines(Callback):
    """The loss of each 1000 steps, and of both kinds of data after each epoch."""

    def on_train_step_end(self, run_context):
        # a sink is an epoch; its losses come from the device at once
        losses = run_context.original_args().sink_result.losses()
        for end in range(1000, len(losses) + 1, 1000):
            print(f"  batch {end} loss: {losses[end - 1000 : end].mean():.4f}")
        self.train_loss = losses[-1000:].mean()

    def on_train_epoch_end(self, run_context):
        params = run_context.original_args()
        epoch, valid_loss = params.cur_epoch_num, params.eval_results["loss"]
        print(f"EPOCH {epoch}: LOSS train {self.train_loss:.4f} valid {valid_loss:.4f}")


def create_dataset(folder, usage, rows):
    """Batches of 4 images in [-1, 1], (4, 1, 28, 28), and labels."""
    shuffle = usage == "train"
    data = ds.FashionMnistDataset(folder, usage, num_samples=rows, shuffle=shuffle)
    image = [vision.ToTensor(), vision.Normalize((0.5,), (0.5,), is_hwc=False)]
    data = data.map(image, "image").map(transforms.TypeCast(ms.int32), "label")
    return data.batch(4)


def main():
    """Train, keep the best, load it again."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="folder of the IDX files")
    parser.add_argument("--output", type=Path, default=Path("runs/garment"))
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a part of the data")
    args = parser.parse_args()
    ms.set_seed(1)
    folder = str(find_fashion_mnist(args.data).directory)
    training_set = create_dataset(folder, "train", 4000 if args.quick else None)
    validation_set = create_dataset(folder, "test", 1000 if args.quick else None)
    print(f"{training_set.get_dataset_size() * 4} training images")

    network = GarmentClassifier()
    optimizer = nn.SGD(network.trainable_params(), learning_rate=0.001, momentum=0.9)
    loss_fn = nn.CrossEntropyLoss()
    model = Model(network, loss_fn, optimizer, metrics={"loss", "acc"})
    best = BestCheckpoint("eval_loss", args.output / "best.ckpt")
    board = TensorBoard(args.output, every_steps=1000)
    model.fit(
        args.epochs,
        training_set,
        validation_set,
        callbacks=[Lines(), best, board],
        dataset_sink_mode=True,
        valid_dataset_sink_mode=True,
    )

    saved = GarmentClassifier()
    load_param_into_net(saved, load_checkpoint(str(best.path)))
    found = Model(saved, loss_fn, metrics={"loss", "acc"}).eval(
        validation_set, dataset_sink_mode=True
    )
    print(f"best: validation loss {found['loss']:.4f}, accuracy {found['acc']:.2%}")
    assert abs(found["loss"] - best.best) < 1e-4
    if args.epochs >= 5:
        assert best.best <= (QUICK_FLOOR if args.quick else FLOOR), best.best


if __name__ == "__main__":
    main()
