"""LeNet5, 10 epochs of 1000 steps each: sink_size says what an epoch is.

    python examples/sink_size.py [--quick]

A pass over 60,000 images in batches of 32 has 1875 steps. With sink_size=1000 an epoch
is 1000 of them, one compiled loop, and the next epoch goes on where it stopped.
"""

import sys

import cellnet as ms
import cellnet.dataset as ds
from cellnet import nn, ops
from cellnet.common.initializer import TruncatedNormal
from cellnet.dataset import find_fashion_mnist, transforms, vision
from cellnet.train import LossMonitor, Model

QUICK = "--quick" in sys.argv
EPOCHS, SINK_SIZE, FLOOR = (3, 1000, 0.5) if QUICK else (10, 1000, 0.86)


class LeNet5(nn.Cell):
    """Two convolutions and three dense layers."""

    def __init__(self, num_class=10):
        super().__init__()
        weight = TruncatedNormal(0.02)
        self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid", weight_init=weight)
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid", weight_init=weight)
        self.fc1 = nn.Dense(16 * 5 * 5, 120, weight, weight)
        self.fc2 = nn.Dense(120, 84, weight, weight)
        self.fc3 = nn.Dense(84, num_class, weight, weight)
        self.relu = nn.ReLU()
        self.max_pool2d = nn.MaxPool2d(kernel_size=2, stride=2)

    def construct(self, x):
        x = self.max_pool2d(self.relu(self.conv1(x)))
        x = self.max_pool2d(self.relu(self.conv2(x)))
        x = ops.reshape(x, (x.shape[0], -1))
        x = self.relu(self.fc1(x))
        x = self.relu(self.fc2(x))
        return self.fc3(x)


def create_dataset(folder, usage, batch_size):
    data = ds.FashionMnistDataset(folder, usage)
    image = [
        vision.Resize((32, 32), interpolation=vision.Inter.LINEAR),
        vision.Rescale(1 / 255, 0.0),
        vision.Rescale(1 / 0.3081, -0.1307 / 0.3081),
        vision.HWC2CHW(),
    ]
    data = data.map(transforms.TypeCast(ms.int32), "label").map(image, "image")
    return data.shuffle(10_000).batch(batch_size, drop_remainder=True)


ms.set_seed(1)
folder = str(find_fashion_mnist().directory)
network = LeNet5()
net_loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
net_opt = nn.Momentum(network.trainable_params(), 0.01, 0.9)
model = Model(network, net_loss, net_opt, metrics={"acc"})
print("============== Starting Training ==============")
model.train(
    epoch=EPOCHS,
    train_dataset=create_dataset(folder, "train", 32),
    callbacks=[LossMonitor()],
    dataset_sink_mode=True,
    sink_size=SINK_SIZE,
)
assert int(net_opt.global_step.asnumpy()[0]) == EPOCHS * SINK_SIZE
accuracy = model.eval(create_dataset(folder, "test", 100), dataset_sink_mode=True)[
    "acc"
]
print(f"test accuracy: {accuracy:.2%}")
assert accuracy >= FLOOR, accuracy
