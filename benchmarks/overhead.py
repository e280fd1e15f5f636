"""What Python costs in a step: the hand-written loop beside bare ``jax.jit``.

    python benchmarks/overhead.py [--steps 200] [--repeats 15] [--batch 1]

LeNet5 by a loop over cellnet's TrainOneStepCell, and by a jitted step on JAX arrays
with the same convolutions, in one process. One row in a batch keeps the device's work
short, so that Python's shows; how much there is of it does not depend on the rows. Two
clocks: the wall's, and the processor time of the thread that runs Python.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
from nets import NETS, Net
from report import RESULTS, describe, keep, machine, table
from ways import WAYS, cellnet_ways, jax_ways
from worker import versions

BARE, LOOP = "expert-step", "cellnet-loop"
CLOCKS = {"wall": time.perf_counter, "thread": time.thread_time}
Run = Callable[[], object]


def bare_jit(net: Net, x: np.ndarray, y: np.ndarray) -> Run:
    """All steps by a jitted function; the last loss."""
    session = jax_ways.start(net, WAYS[BARE].how, "cpu")
    batches = session.batches(x, y)

    def run() -> object:
        state, step = session.state, session.step
        for batch in batches:
            state, loss = step(state, batch)
        session.state = state
        return loss

    return run


def hand_loop(net: Net, x: np.ndarray, y: np.ndarray) -> Run:
    """All steps by a TrainOneStepCell; the last loss."""
    session = cellnet_ways.start(net, WAYS[LOOP].how, "cpu")
    batches = session.batches(x, y)

    def run() -> object:
        step = session.step
        for batch in batches:
            loss = step(*batch)
        return loss.asnumpy()

    return run


def measure(runs: dict[str, Run], steps: int, repeats: int) -> dict[str, dict]:
    """Microseconds a step by way and clock, one number for each repetition."""
    for run in runs.values():
        jax.block_until_ready(run())  # compiles
    found = {way: {clock: [] for clock in CLOCKS} for way in runs}
    for _ in range(repeats):
        for way, run in runs.items():
            begin = {name: clock() for name, clock in CLOCKS.items()}
            jax.block_until_ready(run())
            for name, clock in CLOCKS.items():
                found[way][name].append((clock() - begin[name]) / steps * 1e6)
    return found


def main() -> None:
    """Measure and report."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "overhead")
    args = parser.parse_args()
    net = NETS["lenet5"].with_batch(args.batch)
    data = net.data(args.steps)
    runs = {BARE: bare_jit(net, *data), LOOP: hand_loop(net, *data)}
    found = measure(runs, args.steps, args.repeats)
    rows = [
        [WAYS[way].title, *(f"{statistics.median(found[way][c]):.0f}" for c in CLOCKS)]
        for way in runs
    ]
    more = {
        clock: statistics.median(
            mine - bare
            for mine, bare in zip(found[LOOP][clock], found[BARE][clock], strict=True)
        )
        for clock in CLOCKS
    }
    rows.append(["the difference", *(f"{more[clock]:.0f}" for clock in CLOCKS)])
    facts, seen = machine(), {LOOP: versions(WAYS[LOOP].packages)}
    head = ["microseconds a step", "wall", "Python's thread, processor time"]
    title = f"# Python in a step: LeNet5, batch {args.batch}"
    text = "\n\n".join([title, describe(facts, seen), table(head, rows)]) + "\n"
    data = {"machine": facts, "versions": seen, "us_a_step": found, "difference": more}
    keep(args.out, text, data)
    print(text)


if __name__ == "__main__":
    main()
