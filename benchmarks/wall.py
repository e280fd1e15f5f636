"""A whole training program by the wall clock: ``make train`` beside PyTorch.

    python benchmarks/wall.py [--repeats 3] [--epoch 10] [--sink-size 1000]

LeNet5 on Fashion-MNIST from the start of the interpreter to its end: imports, data
pipeline, compilation, training, checkpoints, evaluation, learning curve. cellnet runs
with an empty cache of compiled programs, and again with the one that this left.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from fleet import ROOT, interpreters
from report import RESULTS, describe, keep, machine, table

from cellnet.dataset import find_fashion_mnist

FIRST = "cellnet, first start"
AGAIN = "cellnet, second start"
PACKAGES = {"cellnet": "jax", "torch": "torch"}


def programs(pythons: dict[str, str]) -> dict[str, list[str]]:
    """The command of each row."""
    mine = [pythons["cellnet"], str(ROOT / "model_zoo/lenet5/train.py")]
    theirs = [pythons["torch"], str(ROOT / "benchmarks/torch_train.py")]
    return {
        FIRST: mine,
        AGAIN: mine,
        "PyTorch, Dataset and DataLoader": theirs,
        "PyTorch, images prepared beforehand": [*theirs, "--prepared"],
    }


def run_once(command: list[str], cache: Path) -> tuple[float, float, bool]:
    """Seconds, test accuracy, and whether there was a picture.

    Raises:
        RuntimeError: the program failed.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CELLNET_CACHE": str(cache)}
    begin = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    found = re.search(r"test accuracy: ([\d.]+)", done.stdout)
    if done.returncode or not found:
        raise RuntimeError(f"{command[1]} failed:\n{done.stderr[-2000:]}")
    return seconds, float(found[1]), "no picture" not in done.stdout


def version_of(name: str, python: str) -> dict[str, str]:
    """The version of what the programs of one framework run on."""
    package = PACKAGES[name]
    code = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return {package: done.stdout.strip()}


def main() -> None:
    """Measure in turn and report."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="folder of the IDX files")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epoch", default="10")
    parser.add_argument("--sink-size", default="1000")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--out", type=Path, default=RESULTS / "wall")
    args = parser.parse_args()
    pythons = interpreters(args.python)
    folder = find_fashion_mnist(args.data).directory
    runs: dict[str, list[tuple[float, float, bool]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        common = ["--data", str(folder), "--output", f"{scratch}/run"]
        common += ["--epoch", args.epoch, "--sink-size", args.sink_size]
        for repeat in range(args.repeats):
            cache = Path(scratch) / f"cache{repeat}"
            for name, command in programs(pythons).items():
                got = run_once([*command, *common], cache)
                runs.setdefault(name, []).append(got)
                print(f"{name}: {got[0]:.1f} s, accuracy {got[1]:.2%}", flush=True)
    amount = f"{args.epoch} x {args.sink_size} steps of 32"
    versions = {name: version_of(name, pythons[name]) for name in PACKAGES}
    keep(args.out, *report(runs, amount, versions))


def report(
    runs: dict[str, list[tuple[float, float, bool]]],
    amount: str,
    versions: dict[str, dict[str, str]],
) -> tuple[str, dict]:
    """Text and data."""
    rows = []
    for name, got in runs.items():
        seconds = [second for second, _, _ in got]
        ratios = [s / base[0] for s, base in zip(seconds, runs[FIRST], strict=True)]
        rows.append(
            [
                name,
                f"{statistics.median(seconds):.1f}",
                f"{statistics.median(ratios):.2f}",
                f"{statistics.median(a for _, a, _ in got):.2%}",
                "yes" if got[0][2] else "no: no matplotlib",
            ]
        )
    head = ["", "seconds", f"{FIRST} = 1", "test accuracy", "drew the curve"]
    facts = machine()
    parts = [f"# LeNet5 on Fashion-MNIST, {amount}, from start to end"]
    parts += [describe(facts, versions), table(head, rows)]
    data = {"machine": facts, "versions": versions, "amount": amount, "runs": runs}
    return "\n\n".join(parts) + "\n", data


if __name__ == "__main__":
    main()
