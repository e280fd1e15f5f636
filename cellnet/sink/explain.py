"""What the device does of a pipeline, measured: for ``Dataset.explain``."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.dataset import StageReport
from cellnet.dataset._explain import DevicePart
from cellnet.dataset.plan_view import IndexedPlan
from cellnet.sink.feed import canonical
from cellnet.sink.plan import place
from cellnet.sink.steps import Step

# runs of an operation, of which the fastest counts
_RUNS = 5


def device_part(plan: IndexedPlan) -> DevicePart | str:
    """The operations that the device runs, or why it runs none."""
    placement = place(plan)
    if placement.steps is None:
        return placement.why
    count = plan.batch_size or 1
    rows = len(next(iter(plan.columns.values())))
    indices = np.arange(count, dtype=np.int32) % rows
    values = {
        name: jnp.asarray(canonical(column[indices]))
        for name, column in plan.columns.items()
    }
    parameters = plan.parameters(plan.blank(indices))
    at_once = set() if placement.once is None else set(placement.once.steps)
    reports = []
    for step in placement.steps.whole.steps:
        run = jax.jit(partial(_outcome, step))
        found, batch_s = _timed(run, values, parameters)
        values.update(found)
        if step in at_once:
            note = f"{1e3 * batch_s * rows / count:.0f} ms in all, before training"
            reports.append(StageReport(step.name, "device, once", 0.0, note))
        else:
            report = StageReport(step.name, "device, each step", 1e3 * batch_s)
            reports.append(report)
    return DevicePart(tuple(reports), str(placement).removeprefix("data "))


def _outcome(step: Step, values: dict[str, Any], parameters: Any) -> dict[str, Any]:
    """What a step writes, for a batch."""
    values = dict(values)
    step.run(values, parameters, batch=True)
    return {target: values[target] for target in step.targets}


def _timed(form: Any, *arguments: Any) -> tuple[Any, float]:
    """The result and the seconds of the fastest run; compiling does not count."""
    result = jax.block_until_ready(form(*arguments))
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        jax.block_until_ready(form(*arguments))
        times.append(time.perf_counter() - start)
    return result, min(times)
