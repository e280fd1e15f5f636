"""One way and one network in a process of its own, told what to do line by line.

``fleet.py`` starts it and writes requests to its standard input: JSON objects with
``do`` and arguments. Each is answered by one JSON line on what was standard output,
which then becomes standard error, for frameworks print.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import platform
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterable
from importlib import metadata
from typing import Any

import numpy as np
from nets import NETS
from ways import Run

PR_SET_PDEATHSIG = 1  # linux/prctl.h
BRIEF_S = 1  # below it one more run tells better what a step takes
DISTINCT = 2  # batches of the check, again and again, so that the loss must fall


def peak_bytes() -> int:
    """The most memory that was resident since the start or the last reset."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def reset_peak() -> None:
    """Let the peak begin at what is in use now, where the system can."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # what the compiler freed is not in use
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")


def processor_s(pid: int) -> float | None:
    """Processor seconds of a process; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Of Python and of distributions."""
    found = {package: metadata.version(package) for package in packages}
    return {"python": platform.python_version(), **found}


def end_with_parent() -> None:
    """Be killed when the process that asks ends, however it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Worker:
    """Answers requests; each ``do_x`` is one, and returns the answer."""

    def __init__(self) -> None:
        self.run: Run | None = None

    def do_start(
        self, *, net: str, batch: int | None, module: str, **settings: Any
    ) -> dict:
        """Import the framework and make the session."""
        packages = settings.pop("packages")
        self.net = NETS[net] if batch is None else NETS[net].with_batch(batch)
        start = importlib.import_module(f"ways.{module}").start
        reset_peak()
        self.before = peak_bytes()
        self.begin = time.perf_counter()
        self.session = start(self.net, **settings)
        return {"versions": versions(packages)}

    def do_check(self) -> dict:
        """The first steps: their losses, and how long they took, then and again."""
        steps = self.net.check_steps
        self.run = self.session.prepare(*self.net.data(steps, DISTINCT))
        read = self.run()
        first_s = time.perf_counter() - self.begin
        losses = read()
        again = self.do_time()["seconds"]
        if again < BRIEF_S:
            again = min(again, self.do_time()["seconds"])
        return {
            "losses": losses.tolist(),
            "first_s": first_s,
            "step_s": again / steps,
        }

    def do_prepare(self, *, steps: int) -> dict:
        """Make ready for so many steps at a time, and make them once."""
        self.run = None  # frees what the last preparation holds
        self.run = self.session.prepare(*self.net.data(steps))
        return self.do_time()

    def do_time(self) -> dict:
        """Make the steps."""
        assert self.run is not None
        begin = time.perf_counter()
        read = self.run()
        seconds = time.perf_counter() - begin
        if not np.isfinite(read()).all():
            raise FloatingPointError("the loss is no number any more")
        return {"seconds": seconds}

    def do_memory(self) -> dict:
        """The peak above what the imports left, in bytes; the next begins here."""
        peak = peak_bytes() - self.before
        reset_peak()
        return {"bytes": peak}


def serve(worker: Any) -> None:
    """Answer with the methods ``do_x`` of ``worker`` until the input ends."""
    end_with_parent()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, f"do_{request.pop('do')}")(**request)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    serve(Worker())
