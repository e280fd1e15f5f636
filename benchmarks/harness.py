"""Interleaved measurements and their table."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


class Way:
    """One way to do the job.

    Args:
        name: the row's name.
        start: builds everything; returns a function that makes ``steps`` steps and
            waits for them.
    """

    def __init__(self, name: str, start: Callable[[], Callable[[], None]]) -> None:
        self.name = name
        begin = time.perf_counter()
        self._run = start()
        self._run()  # compiles
        self.first_s = time.perf_counter() - begin
        self._run()  # burn-in
        self.times: list[float] = []

    def measure(self) -> None:
        """Time one run."""
        begin = time.perf_counter()
        self._run()
        self.times.append(time.perf_counter() - begin)


def compare(
    ways: dict[str, Callable[[], Callable[[], None]]], *, steps: int, repeats: int
) -> list[dict]:
    """Measure all ways in turn, again and again.

    Args:
        ways: name -> start, as in :class:`Way`.
        steps: steps that one run makes.
        repeats: runs of each way.

    Returns:
        One row a way, in order: name, median microseconds a step, ratio to the first
        way (how many times faster the first is), seconds of the first run.
    """
    prepared = [Way(name, start) for name, start in ways.items()]
    for _ in range(repeats):
        for way in prepared:
            way.measure()
    base = statistics.median(prepared[0].times)
    return [
        {
            "way": way.name,
            "us_per_step": statistics.median(way.times) / steps * 1e6,
            "ratio": statistics.median(way.times) / base,
            "first_run_s": way.first_s,
        }
        for way in prepared
    ]


def report(title: str, rows: list[dict], name: str) -> None:
    """Print the table and keep it as Markdown and JSON."""
    machine = describe_machine()
    lines = [
        f"# {title}",
        "",
        machine,
        "",
        "| way | us a step | time, first way = 1 | first run, s |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {r['way']} | {r['us_per_step']:,.0f} | {r['ratio']:.2f} "
            f"| {r['first_run_s']:.1f} |"
            for r in rows
        ),
        "",
    ]
    text = "\n".join(lines)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text)
    (RESULTS / f"{name}.json").write_text(
        json.dumps({"title": title, "machine": machine, "rows": rows}, indent=1) + "\n"
    )


def describe_machine() -> str:
    """Processor, cores, device and versions in one line."""
    import jax

    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    cores = len(os.sched_getaffinity(0))
    versions = ", ".join(
        f"{p} {metadata.version(p)}" for p in ("jax", "torch") if _installed(p)
    )
    return f"{model}, {cores} cores; device {jax.devices()[0].device_kind}; {versions}"


def _installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True
