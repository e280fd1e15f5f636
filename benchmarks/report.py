"""The figures as Markdown and JSON."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "results"


class Part(NamedTuple):
    """What a part of a report says.

    Attributes:
        text: Markdown.
        data: the figures, for JSON.
        versions: {way: {distribution: version}}.
    """

    text: str
    data: dict
    versions: dict[str, dict[str, str]]


def machine() -> dict:
    """Processor, cores, memory and system; no names."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    flags: list[str] = []
    if cpuinfo.exists():
        facts = dict(
            (part.strip() for part in line.split(":", 1))
            for line in cpuinfo.read_text().splitlines()
            if ":" in line
        )
        model = facts.get("model name", model)
        wanted = ("avx2", "avx512f", "avx512_bf16", "amx_tile")
        flags = [f for f in wanted if f in facts.get("flags", "").split()]
    cores = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count()
    )
    found = {"cpu": model, "cores": cores, "flags": flags, "system": platform.system()}
    gpu = _gpu()
    return {**found, "gpu": gpu} if gpu else found


def _gpu() -> str | None:
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        out = subprocess.run(query, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return out.stdout.strip().splitlines()[0] if out.returncode == 0 else None


def describe(facts: dict, versions: dict[str, dict[str, str]]) -> str:
    """Machine and versions in one line."""
    parts = [f"{facts['cpu']}, {facts['cores']} cores"]
    if facts["flags"]:
        parts[0] += f" ({', '.join(facts['flags'])})"
    if "gpu" in facts:
        parts.append(facts["gpu"])
    seen = {p: v for found in versions.values() for p, v in found.items()}
    parts.append(", ".join(f"{p} {v}" for p, v in sorted(seen.items())))
    return "; ".join(parts)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def geometric_mean(values: list[float]) -> float:
    """The geometric mean."""
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def keep(out: Path, text: str, data: dict) -> None:
    """Write ``out``.md and ``out``.json."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_suffix(".md").write_text(text)
    out.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n")
