"""What callbacks cost: a sunk LeNet5 epoch with all of them, and with none.

    python benchmarks/callbacks.py [--steps 1000] [--repeats 9]

LossMonitor, TimeMonitor, ModelCheckpoint, TensorBoard and ProgressBar at their defaults
(the bar draws, on a terminal that nobody sees). Trainings of four epochs, of each kind
in turn in one process. What compiles does not count, nor do the first and the last
epoch of each training. An epoch is from its begin to the next one's, when the device is
done. Two clocks: the wall's, and the processor time of all threads. Ratios are medians
over the rounds; on a busy machine the best round of each kind says more.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import pty
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import jax
from nets import NETS
from report import RESULTS, describe, keep, machine, table
from ways import WAYS
from worker import versions

import cellnet as ms
from cellnet import Model, nn
from cellnet.dataset import NumpySlicesDataset
from cellnet.train import (
    Callback,
    LossMonitor,
    ModelCheckpoint,
    ProgressBar,
    TensorBoard,
    TimeMonitor,
)

sys.path.append(str(Path(__file__).parents[1] / "model_zoo" / "lenet5"))
from lenet import LeNet5  # noqa: E402

WAY = "cellnet-sunk"
EPOCHS = 4  # the first opens files and draws the graph, the last closes them
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}


@contextlib.contextmanager
def unseen_terminal() -> Iterator[None]:
    """stderr is a terminal whose output is thrown away; stdout a text in memory."""
    main, sub = pty.openpty()
    reader = threading.Thread(target=_drain, args=(main,), daemon=True)
    reader.start()
    with (
        os.fdopen(sub, "w") as stream,
        contextlib.redirect_stderr(stream),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        yield
    reader.join(1)


def _drain(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(descriptor, 65536):
            pass


class EpochTime(Callback):
    """How long an epoch is, from begin to begin, once all is compiled and opened."""

    def __init__(self) -> None:
        self._begins: list[dict[str, float]] = []

    def on_train_epoch_begin(self, run_context) -> None:
        jax.block_until_ready(run_context.original_args().get("net_outputs"))
        self._begins.append({name: clock() for name, clock in CLOCKS.items()})

    def seconds(self) -> dict[str, float]:
        """Mean of the epochs but for the first and the last, by clock."""
        first, last = self._begins[1], self._begins[-1]
        epochs = len(self._begins) - 2
        return {name: (last[name] - first[name]) / epochs for name in CLOCKS}


def kinds(folder: str) -> dict[str, list[Callback]]:
    """What is measured: name -> callbacks; the first is compared with."""
    each = {
        "LossMonitor": LossMonitor(),
        "TimeMonitor": TimeMonitor(),
        "ModelCheckpoint": ModelCheckpoint("lenet5", folder),
        "TensorBoard": TensorBoard(f"{folder}/board"),
        "ProgressBar": ProgressBar(),
    }
    alone = {name: [callback] for name, callback in each.items()}
    return {"none": [], **alone, "all of them": list(each.values())}


def model_and_data(steps: int) -> tuple[Model, NumpySlicesDataset]:
    """LeNet5 with its optimizer, and an epoch of pictures."""
    ms.set_seed(1)
    network = LeNet5(10)
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    optimizer = nn.Momentum(network.trainable_params(), 0.01, 0.9)
    net = NETS["lenet5"]
    images, labels = net.data(steps, distinct=100)
    data = NumpySlicesDataset({"image": images, "label": labels}, shuffle=True)
    return Model(network, loss, optimizer), data.batch(net.batch)


def measure(
    steps: int, repeats: int, folder: str, names: list[str] | None
) -> dict[str, list[dict[str, float]]]:
    """Seconds of an epoch by kind, and clock, one for each repetition."""
    model, data = model_and_data(steps)
    chosen = kinds(folder)
    wanted = {"none", *(names or chosen)}
    chosen = {name: found for name, found in chosen.items() if name in wanted}
    seconds: dict[str, list[dict[str, float]]] = {name: [] for name in chosen}
    for repeat in range(repeats + 1):
        order = list(chosen) if repeat % 2 else list(reversed(chosen))
        for name in order:
            epoch = EpochTime()
            callbacks = [epoch, *chosen[name]]
            model.train(EPOCHS, data, callbacks=callbacks, dataset_sink_mode=True)
            if repeat:  # what compiles
                seconds[name].append(epoch.seconds())
    return seconds


def main() -> None:
    """Measure and report."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--kinds", nargs="+", help="of the table's rows; all of them")
    parser.add_argument("--out", type=Path, default=RESULTS / "callbacks")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, unseen_terminal():
        seconds = measure(args.steps, args.repeats, folder, args.kinds)
    rows = []
    for name, found in seconds.items():
        row = [name]
        for clock in CLOCKS:
            both = zip(found, seconds["none"], strict=True)
            ratios = [mine[clock] / none[clock] for mine, none in both]
            milliseconds = statistics.median(mine[clock] for mine in found) * 1e3
            more = (statistics.median(ratios) - 1) * 100
            best = min(m[clock] for m in found) / min(n[clock] for n in seconds["none"])
            row += [
                f"{milliseconds:.0f}",
                f"{more:+.1f} %",
                f"{(best - 1) * 100:+.1f} %",
            ]
        rows.append(row)
    facts = machine()
    seen = {WAY: versions(WAYS[WAY].packages)}
    title = f"# Callbacks: a sunk LeNet5 epoch of {args.steps:,} steps of 32"
    head = ["callbacks, at their defaults"]
    for clock in CLOCKS:
        head += [f"{clock}, ms an epoch", "more than none", "by best rounds"]
    text = "\n\n".join([title, describe(facts, seen), table(head, rows)]) + "\n"
    keep(args.out, text, {"machine": facts, "versions": seen, "seconds": seconds})
    print(text)


if __name__ == "__main__":
    main()
