"""A training loop as a class: Model.fit with callbacks does it all, sunk.

python examples/style_class.py [--quick]
"""

import sys

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, nn
from cellnet.dataset import find_fashion_mnist, transforms, vision
from cellnet.train import BestCheckpoint, EarlyStopping, LossMonitor

QUICK = "--quick" in sys.argv
EPOCHS, ROWS, FLOOR = (2, 6400, 0.45) if QUICK else (10, None, 0.85)


def create_dataset(folder, usage):
    data = ds.FashionMnistDataset(folder, usage, ROWS, shuffle=usage == "train")
    data = data.map(vision.ToTensor(), "image")
    return data.map(transforms.TypeCast(ms.int32), "label").batch(128)


ms.set_seed(1)
folder = str(find_fashion_mnist().directory)
net = nn.SequentialCell(
    nn.Conv2d(1, 32, 3, pad_mode="valid", has_bias=True),
    nn.MaxPool2d(2, 2),
    nn.Conv2d(32, 64, 5, pad_mode="valid", has_bias=True),
    nn.MaxPool2d(2, 2),
    nn.Dropout2d(0.1),
    nn.AdaptiveMaxPool2d((1, 1)),
    nn.Flatten(),
    nn.Dense(64, 32),
    nn.ReLU(),
    nn.Dense(32, 10),
)
optimizer = nn.Adam(net.trainable_params(), learning_rate=0.01)
model = Model(net, nn.CrossEntropyLoss(), optimizer, metrics={"acc", "loss"})
# the best weights: in a file, and in the network when training has ended
best = BestCheckpoint("acc", "style_class.ckpt", mode="max", restore_best_weights=True)
stopping = EarlyStopping("acc", patience=3, mode="max", start_from_epoch=1)
history = model.fit(
    EPOCHS,
    create_dataset(folder, "train"),
    create_dataset(folder, "test"),
    callbacks=[LossMonitor(), stopping, best],
    dataset_sink_mode=True,
    valid_dataset_sink_mode=True,
    train_metrics=True,
)
print(history.to_frame().round(4))
print(f"best acc {best.best:.2%} in epoch {best.best_epoch}")
assert best.best == max(history.history["acc"]) >= FLOOR, best.best
