"""What checkpoints cost a training: not at all, at once, or in the background.

    python benchmarks/checkpoints.py [--epochs 5] [--every 100] [--formats ckpt ...]

An MLP with momentum (15 MB a file), trained without sinking and sunk, a file every so
many steps.  All ways are trained in turn, again and again, and each is compared with
the training without files beside it.  "held up" is the time that the training's own
thread spends in saving, the device having nothing to do; "longer" is the whole
difference, in which writing competes for the cores too, if there is nothing but a CPU.
Both are shares of the time of all steps.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
from report import RESULTS, describe, keep, machine, table

import cellnet as ms
from cellnet import Model, nn
from cellnet.train import Callback, CheckpointConfig, ModelCheckpoint

BATCH, WIDTH = 64, 1024


class TimedCheckpoint(ModelCheckpoint):
    """Adds up the time that it takes of the training's thread."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.seconds = 0.0
        self.files = 0

    def step_end(self, run_context: Any) -> None:
        """Save if it is time to, and note how long that took."""
        params = run_context.original_args()
        if params.cur_step_num % self._config.save_checkpoint_steps == 0:
            jax.block_until_ready(params.net_outputs._value)
        before, begin = self.latest_ckpt_file_name, time.perf_counter()
        super().step_end(run_context)
        if self.latest_ckpt_file_name != before:
            self.seconds += time.perf_counter() - begin
            self.files += 1


class Clock(Callback):
    """Time from the first step's begin to the last step's end on the device."""

    def on_train_begin(self, run_context: Any) -> None:
        """Start."""
        self.begin = time.perf_counter()

    def on_train_end(self, run_context: Any) -> None:
        """Stop when the device is done."""
        jax.block_until_ready(run_context.original_args().net_outputs._value)
        self.seconds = time.perf_counter() - self.begin


def make_model() -> Model:
    """The MLP and its optimizer, 2 x 1.9 million numbers."""
    ms.set_seed(1)
    net = nn.SequentialCell(
        *(nn.Dense(784, WIDTH), nn.ReLU(), nn.Dense(WIDTH, WIDTH), nn.ReLU()),
        nn.Dense(WIDTH, 10),
    )
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    return Model(net, loss, nn.Momentum(net.trainable_params(), 0.01, 0.9))


def train(
    model: Model, data: Any, way: tuple[str, bool] | None, sunk: bool, args: Any
) -> tuple[float, float, int]:
    """(seconds of the steps, seconds in saving, files) of one training."""
    clock = Clock()
    callbacks: list[Callback] = [clock]
    saver = None
    with tempfile.TemporaryDirectory() as folder:
        if way is not None:
            config = CheckpointConfig(args.every, async_save=way[1], format=way[0])
            saver = TimedCheckpoint("net", folder, config)
            callbacks.append(saver)
        model.train(args.epochs, data, callbacks, sunk, batch_size=BATCH)
    return clock.seconds, saver.seconds if saver else 0.0, saver.files if saver else 0


def main() -> None:
    """Measure and report."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--every", type=int, default=100, help="steps; an epoch's too")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--formats", nargs="+", default=["ckpt", "safetensors"])
    parser.add_argument("--out", type=Path, default=RESULTS / "checkpoints")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    rows = args.every * BATCH
    x = rng.normal(size=(rows, 784)).astype(np.float32)
    data = x, rng.integers(0, 10, rows).astype(np.int32)
    ways = [(f, later) for f in args.formats for later in (False, True)]
    model = make_model()
    found: dict[str, dict[str, list[float]]] = {}
    for sunk in (False, True):
        train(model, data, None, sunk, args)  # compiles
        train(model, data, ways[-1], sunk, args)
        for _ in range(args.repeats):
            base, _, _ = train(model, data, None, sunk, args)
            for way in ways:
                whole, held, files = train(model, data, way, sunk, args)
                name = f"{way[0]}, {'in the background' if way[1] else 'at once'}"
                entry = found.setdefault(
                    f"{'sunk' if sunk else 'not sunk'}; {name}", {}
                )
                entry.setdefault("held up %", []).append(100 * held / base)
                entry.setdefault("longer %", []).append(100 * (whole - base) / base)
                entry.setdefault("ms a file", []).append(1e3 * held / files)
                steps = args.epochs * args.every
                entry.setdefault("ms a step", []).append(1e3 * base / steps)
    columns = ["ms a step", "ms a file", "held up %", "longer %"]
    lines = [
        [way, *(f"{statistics.median(entry[c]):.2f}" for c in columns)]
        for way, entry in found.items()
    ]
    facts = machine()
    title = f"# Checkpoints: an MLP, 15 MB a file, one every {args.every} steps"
    seen = {"cellnet": {"jax": jax.__version__}}
    text = "\n\n".join([title, describe(facts, seen), table(["way", *columns], lines)])
    keep(args.out, text + "\n", {"machine": facts, "found": found})
    print(text)


if __name__ == "__main__":
    main()
