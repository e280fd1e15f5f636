"""StepReport: where the time of a training goes, on one page."""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

import jax

from cellnet.graph.ledger import ledger
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._run_context import RunContext

_KIB = 1024
_PARTS = {
    "compile": "tracing and compiling programs",
    "data": "waiting for batches",
    "host": "Python: starting steps",
    "device": "waiting for the device to make them",
    "other": "callbacks, evaluation, between epochs",
}


class StepReport(Callback):
    """Says at the end of training where its time went, and what memory it took.

    To tell the host's time from the device's, the host waits for the device after each
    step (with sinking after each sink); so nothing overlaps, and without the report
    training is the faster the more could overlap.

    Attributes:
        seconds: "compile", "data", "host", "device", "other" -> seconds; their sum is
            the time of the training.
        steps: how many were made.

    Example:
        model.train(1, data, callbacks=StepReport(), dataset_sink_mode=True)
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds = dict.fromkeys(_PARTS, 0.0)
        self.steps = 0
        self._memory: dict[str, int] = {}
        self._begun = self._step_begun = 0.0
        self._compiled = 0

    def __str__(self) -> str:
        whole = sum(self.seconds.values())
        lines = [f"where the time went: {self.steps:,} steps in {whole:.2f} s"]
        for name, meaning in _PARTS.items():
            seconds = self.seconds[name]
            share = seconds / whole if whole else 0.0
            a_step = seconds / self.steps * 1e3 if self.steps else 0.0
            lines.append(
                f"  {name:8}{seconds:9.2f} s {share:6.1%}{a_step:11.3f} ms a step  "
                f"{meaning}"
            )
        lines += [f"  {name}: {_mib(size)}" for name, size in self._memory.items()]
        return "\n".join(lines)

    def on_train_begin(self, run_context: RunContext) -> None:
        """Start the clock."""
        self.seconds = dict.fromkeys(_PARTS, 0.0)
        self.steps = 0
        self._begun = time.perf_counter()

    def on_train_step_begin(self, run_context: RunContext) -> None:
        """A step begins; when not sinking its data has come."""
        self._step_begun = time.perf_counter()
        self._compiled = len(ledger())

    def on_train_step_end(self, run_context: RunContext) -> None:
        """Tell the parts of a step; waits for the device."""
        params = run_context.original_args()
        started = time.perf_counter()
        jax.block_until_ready(params.get("net_outputs"))
        ended = time.perf_counter()
        sink = params.sink_result
        compile_s = sum(e.trace_s + e.compile_s for e in ledger()[self._compiled :])
        inside = sink.data_s if params.get("dataset_sink_mode") else 0.0
        seconds = self.seconds
        seconds["compile"] += compile_s
        seconds["data"] += sink.data_s
        seconds["device"] += ended - started
        seconds["host"] += max(0.0, started - self._step_begun - compile_s - inside)
        self.steps += sink.steps

    def on_train_end(self, run_context: RunContext) -> None:
        """Print the report."""
        params = run_context.original_args()
        whole = time.perf_counter() - self._begun
        known = sum(v for name, v in self.seconds.items() if name != "other")
        self.seconds["other"] = max(0.0, whole - known)
        self._memory = _memory(params)
        print(self, flush=True)


def _memory(params: Any) -> dict[str, int]:
    """What memory is used for -> bytes."""
    parameters = list(params["train_network"].get_parameters())
    found = {
        "Parameters and optimizer": sum(
            p.size * p._data.dtype.itemsize for p in parameters
        )
    }
    for device in jax.local_devices():
        stats = device.memory_stats() or {}  # a CPU tells nothing
        if "peak_bytes_in_use" in stats:
            found[f"peak on {device}"] = stats["peak_bytes_in_use"]
    if sys.platform != "win32":  # it has no such module
        resource = importlib.import_module("resource")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found["peak of the process"] = peak if sys.platform == "darwin" else peak * _KIB
    return found


def _mib(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
