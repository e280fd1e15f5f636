"""Whole programs by the wall clock: two of the examples beside PyTorch's own.

    python benchmarks/seeds.py [--repeats 3] [--epochs 5] [--net mlp garment]

examples/fashion_mnist_precision.py (FP32) and examples/garment_classifier.py against
torch_seeds.py, from the start of the interpreter to its end: imports, data,
compilation, training, tests after each epoch, checkpoint. cellnet runs with an empty
cache of compiled programs, and again with the one that this left.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from fleet import ROOT, interpreters
from report import RESULTS, describe, keep, machine, table
from wall import AGAIN, FIRST, PACKAGES, version_of

from cellnet.dataset import find_fashion_mnist

TORCH = "PyTorch"
TITLES = {
    "mlp": "784-512-512-10, FP32, batches of 64",
    "garment": "GarmentClassifier, batches of 4",
}
EXAMPLES = {
    "mlp": ["fashion_mnist_precision.py", "--precision", "fp32"],
    "garment": ["garment_classifier.py"],
}
FIGURES = {
    "mlp": ("test accuracy", r"Accuracy: ([\d.]+)%"),
    "garment": ("validation loss", r"best: validation loss ([\d.]+)"),
}
Run = tuple[float, float, float]  # wall s, processor s, the program's figure


def programs(net: str, pythons: dict[str, str]) -> dict[str, list[str]]:
    """The command of each row."""
    name, *rest = EXAMPLES[net]
    mine = [pythons["cellnet"], str(ROOT / "examples" / name), *rest]
    theirs = [pythons["torch"], str(ROOT / "benchmarks/torch_seeds.py"), net]
    return {FIRST: mine, AGAIN: mine, TORCH: theirs}


def run_once(net: str, command: list[str], folder: str, cache: str) -> Run:
    """Run a program.

    Raises:
        RuntimeError: it failed.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CELLNET_CACHE": cache}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True
    )
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.findall(FIGURES[net][1], done.stdout)
    if done.returncode or not found:
        raise RuntimeError(f"{command[1]} failed:\n{done.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, float(found[-1])


def rows_of(runs: dict[str, list[Run]]) -> list[list[str]]:
    """One row a program; ratios within a round, against PyTorch."""
    rows = []
    for name, got in runs.items():
        middle = [statistics.median(values) for values in zip(*got, strict=True)]
        ratios = [
            (mine[0] / theirs[0], mine[1] / theirs[1])
            for mine, theirs in zip(got, runs[TORCH], strict=True)
        ]
        wall, cpu = (statistics.median(r) for r in zip(*ratios, strict=True))
        rows.append(
            [
                name,
                f"{middle[0]:.1f}",
                f"{wall:.2f}",
                f"{middle[1]:.1f}",
                f"{cpu:.2f}",
                f"{middle[2]:g}",
            ]
        )
    return rows


def main() -> None:
    """Measure in turn and report."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="folder of the IDX files")
    parser.add_argument("--net", nargs="*", default=list(EXAMPLES), choices=EXAMPLES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", default="5")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--out", type=Path, default=RESULTS / "seeds")
    args = parser.parse_args()
    pythons = interpreters(args.python)
    data = str(find_fashion_mnist(args.data).directory)
    versions = {name: version_of(name, pythons[name]) for name in PACKAGES}
    facts = machine()
    parts = [f"# Whole programs, {args.epochs} epochs of Fashion-MNIST"]
    parts.append(describe(facts, versions))
    kept: dict[str, dict[str, list[Run]]] = {}
    for net in args.net:
        runs: dict[str, list[Run]] = {}
        for _ in range(args.repeats):
            with tempfile.TemporaryDirectory() as folder:
                for name, command in programs(net, pythons).items():
                    full = [*command, "--data", data, "--epochs", args.epochs]
                    got = run_once(net, full, folder, f"{folder}/cache")
                    runs.setdefault(name, []).append(got)
                    print(f"{net}, {name}: {got[0]:.1f} s, {got[2]:g}", flush=True)
        kept[net] = runs
        head = ["", "seconds", f"{TORCH} = 1", "processor s", f"{TORCH} = 1"]
        parts.append(f"## {TITLES[net]}")
        parts.append(table([*head, FIGURES[net][0]], rows_of(runs)))
    text = "\n\n".join(parts) + "\n"
    keep(args.out, text, {"machine": facts, "versions": versions, "runs": kept})


if __name__ == "__main__":
    main()
