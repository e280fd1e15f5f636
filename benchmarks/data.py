"""Data pipelines: how fast each framework makes batches.

    python benchmarks/data.py [--quick] [--parts images]

Each part is a module ``data_PART.py`` whose ``measure(pythons, quick)`` gives a Part.
The tables go to ``--out``.md, all figures to ``--out``.json.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from fleet import interpreters
from report import RESULTS, describe, keep, machine

PARTS = ("images",)  # of data_images.py; each is imported when it is asked for


def main() -> None:
    """Measure and report."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="rough; keeps no results")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--out", type=Path, help="without suffix (results/data)")
    args = parser.parse_args()
    names = args.parts.split(",")
    unknown = sorted(set(names) - set(PARTS))
    if unknown:
        parser.error(f"--parts: {unknown} are none of {', '.join(PARTS)}")
    pythons = interpreters(args.python)
    parts = {
        name: import_module(f"data_{name}").measure(pythons, args.quick)
        for name in names
    }
    versions = {n: v for part in parts.values() for n, v in part.versions.items()}
    facts = machine()
    heads = ["# Data pipelines", describe(facts, versions)]
    text = "\n\n".join([*heads, *(part.text for part in parts.values())]) + "\n"
    data = {"machine": facts, "versions": versions}
    data["parts"] = {name: part.data for name, part in parts.items()}
    out = args.out or (None if args.quick else RESULTS / "data")
    if out is not None:
        keep(out, text, data)
    print(text)


if __name__ == "__main__":
    main()
