"""Test a LeNet5 checkpoint.

python model_zoo/lenet5/eval.py runs/lenet5/lenet5-10_1000.ckpt [--data FOLDER]
"""

import argparse

from data import create_dataset
from lenet import LeNet5

from cellnet import nn
from cellnet.dataset import find_fashion_mnist
from cellnet.train import Model, load_checkpoint, load_param_into_net


def main() -> None:
    """Load, evaluate, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint")
    parser.add_argument("--data", help="folder of the IDX files")
    args = parser.parse_args()
    found = find_fashion_mnist(args.data)
    print(found.description)

    network = LeNet5(10)
    load_param_into_net(network, load_checkpoint(args.checkpoint))
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    model = Model(network, loss, metrics={"acc", "loss"})
    data = create_dataset(str(found.directory), "test", 100, shuffle=False)
    for name, value in sorted(model.eval(data, dataset_sink_mode=True).items()):
        print(f"{name}: {value:.4f}")


if __name__ == "__main__":
    main()
