"""Run every example, each as a program of its own, and say how long it took.

    python examples/run_all.py [--full] [NAME ...]

Each example asserts its own figure, so that one which still runs but no longer learns
fails here. Short runs by default; --full makes those that the recipes' figures are of.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def examples() -> list[str]:
    """Names of all examples."""
    return sorted(p.stem for p in HERE.glob("*.py") if p.stem != Path(__file__).stem)


def run(name: str, folder: str, full: bool) -> tuple[bool, float, str]:
    """Run one in ``folder``: whether it succeeded, seconds, and the last line it said.

    ``--quick`` is passed to all: those without a long form ignore it.
    """
    command = [sys.executable, str(HERE / f"{name}.py")]
    paths = [str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    begin = time.perf_counter()
    done = subprocess.run(
        command if full else [*command, "--quick"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - begin
    said = (done.stdout if done.returncode == 0 else done.stderr).strip()
    return done.returncode == 0, seconds, said[-2000:]


def main() -> None:
    """Run, print a line for each, end with 1 if one failed."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="all, if none")
    parser.add_argument("--full", action="store_true", help="the long runs")
    args = parser.parse_args()
    failed = []
    total = 0.0
    for name in args.names or examples():
        with tempfile.TemporaryDirectory() as folder:
            good, seconds, said = run(name, folder, args.full)
        total += seconds
        last = said.splitlines()[-1] if said else ""
        print(f"{name:26} {seconds:6.1f} s  {last}", flush=True)
        if not good:
            failed.append(name)
            print(said)
    print(f"{'all':26} {total:6.1f} s  {len(failed)} failed {' '.join(failed)}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
