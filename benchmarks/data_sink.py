"""What a data pipeline costs a sunk loop: LeNet5 on Fashion-MNIST, fed in several ways.

    python benchmarks/data_sink.py [--steps 400] [--repeats 15]

The base is the same compiled loop over batches that already lie on the device. Every
other way is an Executor over a pipeline: with the five map operations of LeNet5's
example, with a random crop and flip before or behind them, and staged from the host.
All run interleaved in one process; a way's figure is the median of its ratios.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import numpy as np
from report import RESULTS, describe, keep, machine, table
from worker import versions

import cellnet as ms
import cellnet.dataset as ds
from cellnet import nn
from cellnet.dataset import transforms, vision
from cellnet.nn import TrainOneStepCell, WithLossCell
from cellnet.sink import Executor, forever
from cellnet.train.data import as_source

sys.path.append(str(Path(__file__).parents[1] / "model_zoo" / "lenet5"))
from lenet import LeNet5  # noqa: E402

BATCH = 32
BASE = "batches on the device"
MAPS = [
    vision.Resize((32, 32), interpolation=vision.Inter.LINEAR),
    vision.Rescale(1 / 255, 0.0),
    vision.Rescale(1 / 0.3081, -0.1307 / 0.3081),
    vision.HWC2CHW(),
]
Run = Callable[[], object]


class Ready:
    """Batches that the host has at hand, pass after pass."""

    def __init__(self, batches: list[tuple[np.ndarray, ...]]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[tuple[np.ndarray, ...]]:
        return iter(self._batches)

    def __len__(self) -> int:
        return len(self._batches)


def pipeline(*before: object, behind: tuple[object, ...] = ()) -> ds.Dataset:
    """Fashion-MNIST as LeNet5's example prepares it, and what else is to be done."""
    folder = str(ds.find_fashion_mnist().directory)
    data = ds.FashionMnistDataset(folder, usage="train", shuffle=True)
    data = data.map(transforms.TypeCast(ms.int32), "label")
    head, *rest = MAPS
    data = data.map([*before, head, *behind, *rest], "image")
    return data.batch(BATCH, drop_remainder=True)


def sources(steps: int) -> dict[str, object]:
    """What feeds the loop, by way."""
    batches = list(itertools.islice(pipeline().batches(), steps))
    flip = vision.RandomHorizontalFlip()
    rows = [tuple(column[0] for column in batch) for batch in batches]
    return {
        BASE: batches,
        "five maps": pipeline(),
        "crop and flip, then five maps": pipeline(vision.RandomCrop(28, 4), flip),
        "five maps, crop and flip behind Resize": pipeline(
            behind=(vision.RandomCrop(32, 4), flip)
        ),
        "staged: an iterable of ready batches": Ready(batches),
        "staged: a generator of ready rows": ds.GeneratorDataset(
            lambda: itertools.cycle(rows), ["image", "label"], num_samples=steps * BATCH
        ).batch(BATCH),
    }


def start(source: object, steps: int) -> Run:
    """``steps`` sunk steps over a source; gives their last loss."""
    network = LeNet5(10)
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    optimizer = nn.Momentum(network.trainable_params(), 0.01, 0.9)
    step = TrainOneStepCell(WithLossCell(network, loss), optimizer)
    step.set_train()
    if isinstance(source, list):
        source = Again(source, step)
        return source.run
    executor = Executor(
        step.compile_cache, as_source(source), forever(steps), announce=False
    )
    return lambda: executor.run().outputs.asnumpy()


class Again:
    """The same chunk of batches on the device in every call."""

    def __init__(self, batches: list[tuple[np.ndarray, ...]], step: nn.Cell) -> None:
        source = as_source(Ready(batches))
        executor = Executor(
            step.compile_cache, source, iter([len(batches)]), announce=False
        )
        chunks = next(executor._chunks)
        self._chunks = list(chunks)
        self._executor = executor

    def run(self) -> np.ndarray:
        """All steps."""
        for chunk in self._chunks:
            outputs, _ = self._executor._run(chunk)
        return outputs.asnumpy()


def measure(runs: dict[str, Run], steps: int, repeats: int) -> dict[str, list[float]]:
    """Microseconds a step by way, one number for each repetition."""
    for run in runs.values():
        jax.block_until_ready(run())  # compiles
    found: dict[str, list[float]] = {way: [] for way in runs}
    for _ in range(repeats):
        for way, run in runs.items():
            begin = time.perf_counter()
            jax.block_until_ready(run())
            found[way].append((time.perf_counter() - begin) / steps * 1e6)
    return found


def results(steps: int = 400, repeats: int = 15) -> tuple[str, dict]:
    """The table and its figures."""
    runs = {way: start(source, steps) for way, source in sources(steps).items()}
    found = measure(runs, steps, repeats)
    ratios = {
        way: statistics.median(
            mine / base for mine, base in zip(times, found[BASE], strict=True)
        )
        for way, times in found.items()
    }
    rows = [
        [way, f"{statistics.median(found[way]):.0f}", f"{ratio:.2f}"]
        for way, ratio in ratios.items()
    ]
    head = ["LeNet5's sunk loop fed by", "us a step", "ratio"]
    return table(head, rows), {"us_a_step": found, "ratio": ratios}


def main() -> None:
    """Measure and report."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path, default=RESULTS / "data_sink")
    args = parser.parse_args()
    rows, data = results(args.steps, args.repeats)
    facts, seen = machine(), {"cellnet": versions(("jax", "jaxlib", "numpy"))}
    title = f"# Data into a sunk loop: LeNet5, batch {BATCH}, {args.steps} steps a sink"
    text = "\n\n".join([title, describe(facts, seen), rows]) + "\n"
    keep(args.out, text, {"machine": facts, "versions": seen, **data})
    print(text)


if __name__ == "__main__":
    main()
