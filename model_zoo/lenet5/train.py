"""Train LeNet5 on Fashion-MNIST by loop sinking, then test it.

    python model_zoo/lenet5/train.py [--data FOLDER] [--epoch 10] [--sink-size 1000]

Leaves a checkpoint and a learning curve in ``--output`` (runs/lenet5).
"""

import argparse
import time
from pathlib import Path

import numpy as np
from data import create_dataset
from lenet import LeNet5

import cellnet as ms
from cellnet import nn
from cellnet.dataset import find_fashion_mnist
from cellnet.train import (
    Callback,
    CheckpointConfig,
    LossMonitor,
    Model,
    ModelCheckpoint,
    TimeMonitor,
)


class LossCurve(Callback):
    """Keeps the loss of every step; the values stay on the device until drawn."""

    def __init__(self) -> None:
        self._sinks = []

    def step_end(self, run_context) -> None:
        self._sinks.append(run_context.original_args().sink_result)

    def draw(self, path: Path, accuracy: float) -> None:
        """Write the curve, smoothed over 50 steps, as a PNG.

        Raises:
            ImportError: matplotlib is missing.
        """
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        losses = np.concatenate([sink.losses() for sink in self._sinks])
        width = min(50, len(losses))
        smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
        figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
        axes.plot(losses, color="0.85", linewidth=0.5, label="each step")
        steps = np.arange(width - 1, len(losses))
        axes.plot(steps, smooth, color="C0", label=f"mean of {width} steps")
        axes.set(xlabel="step", ylabel="loss", ylim=(0, None))
        axes.set_title(f"LeNet5 on Fashion-MNIST, test accuracy {accuracy:.1%}")
        axes.legend(frameon=False)
        axes.grid(alpha=0.3)
        figure.savefig(path, dpi=120)
        plt.close(figure)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="folder of the IDX files")
    parser.add_argument("--output", type=Path, default=Path("runs/lenet5"))
    parser.add_argument("--epoch", type=int, default=10)
    parser.add_argument("--sink-size", type=int, default=1000)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-sink", action="store_true", help="one call a step")
    parser.add_argument("--device", help="CPU, GPU, TPU or Ascend (the best there is)")
    return parser.parse_args()


def main() -> None:
    """Train, test, save, draw."""
    args = parse()
    ms.set_seed(args.seed)
    if args.device:
        ms.set_context(device_target=args.device)
    found = find_fashion_mnist(args.data)
    print(found.description)
    folder = str(found.directory)
    train_data = create_dataset(folder, "train", args.batch_size)
    test_data = create_dataset(folder, "test", 100, shuffle=False)

    network = LeNet5(10)
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    optimizer = nn.Momentum(network.trainable_params(), 0.01, 0.9)
    model = Model(network, loss, optimizer, metrics={"acc"})

    curve = LossCurve()
    steps = args.sink_size if args.sink_size > 0 else train_data.get_dataset_size()
    config = CheckpointConfig(save_checkpoint_steps=steps, keep_checkpoint_max=1)
    callbacks = [
        LossMonitor(1 if not args.no_sink else steps),
        TimeMonitor(),
        ModelCheckpoint("lenet5", str(args.output), config),
        curve,
    ]
    print("============== Starting Training ==============")
    begin = time.perf_counter()
    model.train(
        args.epoch,
        train_data,
        callbacks=callbacks,
        dataset_sink_mode=not args.no_sink,
        sink_size=args.sink_size,
    )
    print(f"trained in {time.perf_counter() - begin:.1f} s")

    accuracy = model.eval(test_data, dataset_sink_mode=True)["acc"]
    print(f"test accuracy: {accuracy:.4f}")
    picture = args.output / "curve.png"
    try:
        curve.draw(picture, accuracy)
    except ImportError:
        print('no picture: pip install "cellnet[plot]"')
    else:
        print(f"checkpoint and picture in {args.output}")


if __name__ == "__main__":
    main()
