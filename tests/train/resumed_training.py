"""A training with all that resuming can get wrong; run by test_resume.py.

    python resumed_training.py FOLDER SUNK [KILL_AT | resume]

Adam, dropout, shuffling, a dynamic loss scale, a cosine schedule, callbacks that
remember.  With KILL_AT the process kills itself after that step; results go to FOLDER.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

import cellnet as ms
import cellnet.dataset as ds
from cellnet import Model, nn
from cellnet.train import (
    Callback,
    CheckpointConfig,
    DynamicLossScaleManager,
    EarlyStopping,
    History,
    ModelCheckpoint,
    ReduceLROnPlateau,
)

EPOCHS, STEPS = 10, 4
_random = np.random.default_rng(0)
X = _random.normal(size=(30, 6)).astype(np.float32)
Y = _random.integers(0, 3, 30).astype(np.int32)


class Net(nn.Cell):
    """Two layers with dropout between them."""

    def __init__(self):
        super().__init__()
        self.first = nn.Dense(6, 16, activation="relu")
        self.dropout = nn.Dropout(p=0.3)
        self.last = nn.Dense(16, 3)

    def construct(self, x):
        return self.last(self.dropout(self.first(x)))


class KillAt(Callback):
    """SIGKILL after a step: nothing is cleaned up."""

    def __init__(self, step):
        self.step = step

    def on_train_step_begin(self, run_context):
        if run_context.original_args().cur_step_num > self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def run(folder, sunk, callbacks=(), resume=None, schedule=True):
    """The training; (weights and optimizer, history, remembered by callbacks)."""
    ms.set_seed(3)
    data = ds.NumpySlicesDataset((X, Y), ["x", "y"], shuffle=True).batch(8)
    net = Net()
    rate = nn.cosine_decay_lr(0.0, 0.01, EPOCHS * STEPS, STEPS, EPOCHS)
    optimizer = nn.Adam(net.trainable_params(), rate if schedule else 0.01)
    model = Model(
        net,
        nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean"),
        optimizer,
        metrics={"acc", "loss"},
        loss_scale_manager=DynamicLossScaleManager(2**16, 2, 5),
    )
    history = History()
    stopping = EarlyStopping("acc", patience=99, restore_best_weights=True)
    remembering = [history, stopping]
    if not schedule:
        remembering.append(ReduceLROnPlateau("loss", factor=0.5, patience=2))
    callbacks = [*callbacks, *remembering]
    if folder is not None:
        config = CheckpointConfig(STEPS if sunk else 1, keep_checkpoint_max=3)
        callbacks.append(ModelCheckpoint("net", folder, config))
    model.fit(EPOCHS, data, data, 1, callbacks, sunk, resume=resume)
    state = {p.name: p.asnumpy() for p in model.train_network.get_parameters()}
    waits = {"epoch": history.epoch, "best": stopping.best, "wait": stopping.wait}
    return state, history.history, waits


def main() -> None:
    """See above."""
    folder, sunk, how = Path(sys.argv[1]), sys.argv[2] == "True", sys.argv[3]
    if how != "resume":
        run(folder, sunk, [KillAt(int(how))])
        raise AssertionError("still alive")
    state, history, waits = run(folder, sunk, resume=folder)
    np.savez(folder / "state.npz", **state)
    (folder / "told.json").write_text(json.dumps([history, waits]))


if __name__ == "__main__":
    main()
