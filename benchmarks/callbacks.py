"""What callbacks cost: a sunk LeNet5 epoch with all of them, and with none.

    python benchmarks/callbacks.py [--steps 1000] [--repeats 9]

LossMonitor, TimeMonitor, ModelCheckpoint, TensorBoard and ProgressBar at their defaults
(the bar draws, on a terminal that nobody sees). Trainings of four epochs, of each kind
in turn in one process. What compiles does not count, nor do the first and the last
epoch of each training. An epoch is from its begin to the next one's, when the device is
done. Three clocks: the wall's; the processor time of all threads; and that of the
threads that run Python, which is what callbacks add to a training, whatever else the
machine does. Ratios are medians over the rounds; on a busy machine the last clock, over
the wall time of an epoch without callbacks, says more than the others' ratios.
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


def python_seconds() -> float:
    """Processor time of the threads that run Python (Linux)."""
    spent = 0
    for thread in threading.enumerate():
        with contextlib.suppress(FileNotFoundError):  # it has just ended
            stat = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text()
            spent += int(stat.split()[0])  # ns
    return spent / 1e9


CLOCKS = {
    "wall": time.perf_counter,
    "processor": time.process_time,
    "Python": python_seconds,
}


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


def row(name: str, found: list[dict[str, float]], none: list[dict[str, float]]) -> list:
    """A line of the table."""

    def middle(clock: str, seconds: list[dict[str, float]]) -> float:
        return statistics.median(of[clock] for of in seconds)

    cells: list[str] = [name]
    for clock in ("wall", "processor"):
        ratios = [m[clock] / n[clock] for m, n in zip(found, none, strict=True)]
        more = statistics.median(ratios) - 1
        cells += [f"{middle(clock, found) * 1e3:.0f}", f"{more:+.1%}"]
    spent = middle("Python", found)
    more = (spent - middle("Python", none)) / middle("wall", none)
    return [*cells, f"{spent * 1e3:.1f}", f"{more:+.1%}"]


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
    rows = [row(name, found, seconds["none"]) for name, found in seconds.items()]
    facts = machine()
    seen = {WAY: versions(WAYS[WAY].packages)}
    title = f"# Callbacks: a sunk LeNet5 epoch of {args.steps:,} steps of 32"
    head = ["callbacks, at their defaults", "wall, ms an epoch", "more than none"]
    head += ["processor, ms an epoch", "more than none"]
    head += ["Python, ms an epoch", "more, of an epoch's wall"]
    text = "\n\n".join([title, describe(facts, seen), table(head, rows)]) + "\n"
    keep(args.out, text, {"machine": facts, "versions": seen, "seconds": seconds})
    print(text)


if __name__ == "__main__":
    main()
