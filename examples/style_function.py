"""A training loop as a function: one that trains any network, each epoch sunk.

python examples/style_function.py [--quick]
"""

import sys

import numpy as np

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Parameter, Tensor, nn, ops
from cellnet.dataset import find_fashion_mnist, transforms, vision
from cellnet.train import load_checkpoint, load_param_into_net, save_checkpoint

QUICK = "--quick" in sys.argv
EPOCHS, ROWS, FLOOR = (2, 6400, 0.45) if QUICK else (10, None, 0.85)


class Runner:
    """Runs passes over data; loss and hits are added up on the device."""

    def __init__(self, net, loss_fn, data, optimizer=None):
        self.net, self.loss_fn, self.optimizer = net, loss_fn, optimizer
        self.sums = Parameter(Tensor(np.zeros(3, np.float32)), name="sums")
        if optimizer is not None:
            self.grad = ms.value_and_grad(
                self.forward, None, optimizer.parameters, has_aux=True
            )
        self.epoch = ms.data_sink(self.step, data, sink_size=-1)

    def forward(self, features, labels):
        preds = self.net(features)
        return self.loss_fn(preds, labels), preds

    def step(self, features, labels):
        if self.optimizer is not None:
            (loss, preds), grads = self.grad(features, labels)
            self.optimizer(grads)
        else:
            loss, preds = self.forward(features, labels)
        hits = (preds.argmax(1) == labels).astype(ms.float32).sum()
        size = ops.ones_like(loss) * len(labels)
        ops.assign_add(self.sums, ops.stack([loss * size, hits, size]))
        return loss

    def __call__(self):
        """One pass: mean loss and accuracy, read from the device once."""
        self.net.set_train(self.optimizer is not None)
        self.sums.set_data(Tensor(np.zeros(3, np.float32)))
        self.epoch()
        loss, hits, size = self.sums.asnumpy().tolist()
        return {"loss": loss / size, "acc": hits / size}


def train_model(
    net,
    optimizer,
    loss_fn,
    train_data,
    val_data,
    epochs=10,
    checkpoint="style_function.ckpt",
    patience=5,
    monitor="val_loss",
    mode="min",
):
    """Train until ``monitor`` gets no better, leave the best weights; the history."""
    train = Runner(net, loss_fn, train_data, optimizer)
    validate = Runner(net, loss_fn, val_data)
    sign = 1 if mode == "max" else -1
    history = []
    for epoch in range(1, epochs + 1):
        row = {"epoch": epoch}
        row.update({f"train_{name}": value for name, value in train().items()})
        row.update({f"val_{name}": value for name, value in validate().items()})
        history.append(row)
        print({name: round(value, 4) for name, value in row.items()})
        scores = [sign * row[monitor] for row in history]
        if np.argmax(scores) == epoch - 1:
            save_checkpoint(net, checkpoint)
        if epoch - 1 - np.argmax(scores) >= patience:
            print(f"no better {monitor} in {patience} epochs: stopping")
            break
    load_param_into_net(net, load_checkpoint(checkpoint))
    return history


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
history = train_model(
    net,
    nn.Adam(net.trainable_params(), learning_rate=0.01),
    nn.CrossEntropyLoss(),
    create_dataset(folder, "train"),
    create_dataset(folder, "test"),
    epochs=EPOCHS,
    patience=3,
    monitor="val_acc",
    mode="max",
)
best = max(row["val_acc"] for row in history)
print(f"best val_acc {best:.2%}")
assert best >= FLOOR, best
