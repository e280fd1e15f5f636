"""What of a pipeline runs on the host, what inside the compiled program, and where.

A pipeline over arrays in memory whose transforms are known is kept on the device as
columns, and a batch is a row of indices.  If the transformed columns fit the budget the
transforms run once, up to the first random one; those from there on run per step,
inside the loop, by what the host has drawn.  If only the raw columns fit, all run per
step; else, and for every other pipeline, batches come from the host in chunks.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from cellnet import context
from cellnet.dataset.plan_view import IndexedPlan
from cellnet.sink.random_forms import OtherShape
from cellnet.sink.steps import Divided, Steps, divide

# share of the memory that a resident data set may take when no budget was set
_DEVICE_SHARE = 0.5
_HOST_SHARE = 0.25
# a staged chunk is at most this large, so that staging overlaps with computing
_CHUNK_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Placement:
    """Where the data of a run lives.

    Attributes:
        where: "prepared" (transformed columns on the device), "raw" (raw columns on
            the device, transforms in the loop) or "staged" (chunks from the host).
        nbytes: bytes of it on the device.
        budget: bytes that it may take.
        why: the reason in words.
        steps: what is done on the device, for "prepared" and "raw".
    """

    where: str
    nbytes: int
    budget: int
    why: str
    steps: Divided | None = None

    @property
    def once(self) -> Steps | None:
        """What is done to every sample before training."""
        return self.steps.once if self.steps and self.where == "prepared" else None

    @property
    def each(self) -> Steps | None:
        """What is done to the samples of a batch in its step."""
        if self.steps is None or self.where == "staged":
            return None
        return self.steps.each if self.where == "prepared" else self.steps.whole

    def __str__(self) -> str:
        kind = {
            "prepared": "on the device, its map stages run once",
            "raw": "on the device raw, its map stages run in every step",
            "staged": "staged from the host in chunks",
        }[self.where]
        if self.where == "prepared" and self.each is not None:
            kind += " up to the first random one, the rest in every step"
        # How large a staged chunk is shows with its first batch; here is the limit.
        most = "at most " if self.where == "staged" else ""
        return (
            f"data {kind}: {most}{_megabytes(self.nbytes)} of a budget of "
            f"{_megabytes(self.budget)} ({self.why})"
        )


def place(plan: IndexedPlan | None) -> Placement:
    """Decide where the data of a pipeline lives.

    Args:
        plan: the pipeline as indices over columns, or None if it needs the host.
    """
    budget = device_budget()
    chunk = min(_CHUNK_BYTES, budget // 2)
    if plan is None:
        why = "the pipeline has stages that only the host can run, or no whole arrays"
        return Placement("staged", 2 * chunk, budget, why)
    steps = divide(plan)
    if isinstance(steps, str):
        return Placement("staged", 2 * chunk, budget, steps)
    columns = {name: plan.columns[name] for name in steps.whole.sources()}
    raw = sum(column.nbytes for column in columns.values())
    try:
        prepared = _prepared_bytes(plan, steps)
    except OtherShape as error:
        return Placement("staged", 2 * chunk, budget, str(error))
    if raw + prepared <= budget or (prepared <= raw <= budget):
        return Placement("prepared", prepared, budget, "it fits", steps)
    if raw <= budget:
        why = f"transformed it would take {_megabytes(prepared)}"
        return Placement("raw", raw, budget, why, steps)
    why = f"it would take {_megabytes(raw)}"
    return Placement("staged", 2 * chunk, budget, why)


def device_budget() -> int:
    """Bytes of device memory that data may take (set_context(sink_budget=...))."""
    chosen = context.get_context("sink_budget")
    if chosen is not None:
        return chosen
    stats = current_device().memory_stats()
    if stats and "bytes_limit" in stats:
        free = stats["bytes_limit"] - stats.get("bytes_in_use", 0)
        return int(free * _DEVICE_SHARE)
    pages, page = os.sysconf("SC_AVPHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return int(pages * page * _HOST_SHARE)


def current_device() -> Any:
    """The device that new arrays go to."""
    return jax.config.jax_default_device or jax.local_devices()[0]


def chunk_bytes(placement: Placement) -> int:
    """Bytes that one staged chunk may take; two are on the device at a time."""
    return max(1, min(_CHUNK_BYTES, placement.budget // 2))


def _prepared_bytes(plan: IndexedPlan, steps: Divided) -> int:
    """Bytes of what is prepared.

    Raises:
        OtherShape: chance chooses between values of unlike shapes.
    """
    columns = {name: plan.columns[name] for name in steps.whole.sources()}
    one = {
        name: jax.ShapeDtypeStruct(
            (1, *c.shape[1:]), jax.dtypes.canonicalize_dtype(c.dtype)
        )
        for name, c in columns.items()
    }
    rows = len(next(iter(columns.values())))
    sample = jax.eval_shape(steps.once.of_batch, one, (), True)
    if steps.each is not None:
        first = plan.parameters(plan.blank(np.zeros(1, np.int32)))
        jax.eval_shape(steps.each.of_batch, sample, first, True)
    return sum(rows * v.size * v.dtype.itemsize for v in sample.values())


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
