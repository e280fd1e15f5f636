"""Recipes for watching a training: progress, curves, TensorBoard, the network as table
and as picture, where the time goes. Then: tensorboard --logdir runs"""

from pathlib import Path

import numpy as np

import cellnet as ms
from cellnet import Model, nn
from cellnet.train import BestCheckpoint, History, ProgressBar, StepReport, TensorBoard

FOLDER = Path("runs/watching")
generator = np.random.default_rng(1)
X = generator.normal(size=(4096, 8)).astype(np.float32)
Y = (X.sum(axis=1) > np.sin(3 * X[:, 0])).astype(np.int32)

ms.set_seed(1)
FOLDER.mkdir(parents=True, exist_ok=True)
net = nn.SequentialCell(nn.Dense(8, 64), nn.ReLU(), nn.Dense(64, 2))
ms.summary(net, (32, 8))  # a line for each layer: shape, Parameters, operations
ms.draw(net, (32, 8), path=FOLDER / "network.svg")

optimizer = nn.Adam(net.trainable_params(), learning_rate=0.01)
model = Model(net, nn.CrossEntropyLoss(), optimizer, metrics={"acc", "loss"})
history, times = History(), StepReport()
best = BestCheckpoint("acc", FOLDER / "best.ckpt", mode="max")
board = TensorBoard(FOLDER / "board", every_steps=16)
model.fit(
    10,
    (X[:3072], Y[:3072]),
    (X[3072:], Y[3072:]),
    callbacks=[ProgressBar(), history, best, board, times],
    dataset_sink_mode=True,
    valid_dataset_sink_mode=True,
)
history.plot(FOLDER / "curves.png")
for row in history.to_rows()[-2:]:
    print(row)
print(f"best accuracy {best.best:.2%} in epoch {best.best_epoch}")
written = ["network.svg", "curves.png", "best.ckpt"]
assert all((FOLDER / name).stat().st_size > 1000 for name in written)
assert list((FOLDER / "board").glob("*tfevents*"))
assert best.best > 0.9
