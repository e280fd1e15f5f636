"""A training loop as a script: steps, metrics, history, early stopping, best weights.

    python examples/style_script.py [--quick]

The same as style_function.py and style_class.py, which are shorter and faster.
"""

import sys

import cellnet as ms
import cellnet.dataset as ds
from cellnet import nn
from cellnet.dataset import find_fashion_mnist, transforms, vision
from cellnet.train import (
    Accuracy,
    load_checkpoint,
    load_param_into_net,
    save_checkpoint,
)

QUICK = "--quick" in sys.argv
EPOCHS, ROWS, FLOOR = (2, 6400, 0.45) if QUICK else (20, None, 0.85)
PATIENCE, CHECKPOINT = 5, "style_script.ckpt"

# -- data
ms.set_seed(1)
folder = str(find_fashion_mnist().directory)
sets = {}
for usage in ("train", "test"):
    data = ds.FashionMnistDataset(folder, usage, ROWS, shuffle=usage == "train")
    data = data.map(vision.ToTensor(), "image")
    sets[usage] = data.map(transforms.TypeCast(ms.int32), "label").batch(128)

# -- network, loss, optimizer, metrics
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
loss_fn = nn.CrossEntropyLoss()
optimizer = nn.Adam(net.trainable_params(), learning_rate=0.01)
step = nn.TrainOneStepCell(nn.WithLossCell(net, loss_fn), optimizer)
evaluate = nn.WithEvalCell(net, loss_fn)
accuracy = Accuracy()

# -- the loop
history = {"train_loss": [], "val_loss": [], "val_acc": []}
best, waited = 0.0, 0
for epoch in range(1, EPOCHS + 1):
    step.set_train()
    losses = [
        step(*batch) for batch in sets["train"].create_tuple_iterator(num_epochs=1)
    ]
    history["train_loss"].append(sum(map(float, losses)) / len(losses))

    evaluate.set_train(False)
    accuracy.clear()
    losses = []
    for batch in sets["test"].create_tuple_iterator(num_epochs=1):
        loss, outputs, labels = evaluate(*batch)
        accuracy.update(outputs, labels)
        losses.append(loss)
    history["val_loss"].append(sum(map(float, losses)) / len(losses))
    history["val_acc"].append(accuracy.eval())
    print(f"Epoch {epoch} / {EPOCHS}", {k: round(v[-1], 4) for k, v in history.items()})

    if history["val_acc"][-1] > best:
        best, waited = history["val_acc"][-1], 0
        save_checkpoint(net, CHECKPOINT)
    else:
        waited += 1
    if waited >= PATIENCE:
        print(f"no better val_acc in {PATIENCE} epochs: stopping")
        break
load_param_into_net(net, load_checkpoint(CHECKPOINT))
print(f"best val_acc {best:.2%}")
assert best >= FLOOR, best
