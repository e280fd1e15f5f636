"""What of a pipeline runs on the host, what inside the compiled program, and where.

A pipeline over arrays in memory whose transforms are known is kept on the device as
columns, and a batch is a row of indices.  If the transformed columns fit the budget the
transforms run once; if only the raw ones fit they run per step, inside the loop; else,
and for every other pipeline, batches come from the host in chunks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax

from cellnet import context
from cellnet.dataset.plan_view import IndexedPlan
from cellnet.sink.device_forms import device_form

# share of the memory that a resident data set may take when no budget was set
_DEVICE_SHARE = 0.5
_HOST_SHARE = 0.25
# a staged chunk is at most this large, so that staging overlaps with computing
_CHUNK_BYTES = 256 * 2**20

SampleFn = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Placement:
    """Where the data of a run lives.

    Attributes:
        where: "prepared" (transformed columns on the device), "raw" (raw columns on
            the device, transforms in the loop) or "staged" (chunks from the host).
        nbytes: bytes of it on the device.
        budget: bytes that it may take.
        why: the reason in words.
        transform: the device transforms of one sample, for "prepared" and "raw".
    """

    where: str
    nbytes: int
    budget: int
    why: str
    transform: SampleFn | None = None

    def __str__(self) -> str:
        kind = {
            "prepared": "on the device, its map stages run once",
            "raw": "on the device raw, its map stages run in every step",
            "staged": "staged from the host in chunks",
        }[self.where]
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
    transform = sample_transform(plan)
    if transform is None:
        why = "a map operation has no device form"
        return Placement("staged", 2 * chunk, budget, why)
    raw = sum(c.nbytes for c in needed_columns(plan).values())
    prepared = _prepared_bytes(plan, transform)
    if raw + prepared <= budget or (prepared <= raw <= budget):
        return Placement("prepared", prepared, budget, "it fits", transform)
    if raw <= budget:
        why = f"transformed it would take {_megabytes(prepared)}"
        return Placement("raw", raw, budget, why, transform)
    return Placement(
        "staged", 2 * chunk, budget, f"it would take {_megabytes(raw)}", transform
    )


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


def sample_transform(plan: IndexedPlan) -> SampleFn | None:
    """All stages of a plan as one JAX function of a sample's columns, or None."""
    stages = []
    for stage in plan.stages:
        forms = [device_form(operation) for operation in stage.operations]
        if any(form is None for form in forms):
            return None
        stages.append((stage.input_columns, stage.output_columns, forms))

    wanted = plan.output_columns  # the plan itself must not live on in the closure

    def transform(row: dict[str, Any]) -> dict[str, Any]:
        for inputs, outputs, forms in stages:
            values = [row[name] for name in inputs]
            for form in forms:
                values = [form(values[0])]  # a known transform takes one column
            kept = {n: v for n, v in row.items() if n not in inputs}
            row = {**kept, **dict(zip(outputs, values, strict=True))}
        return {name: row[name] for name in wanted}

    return transform


def needed_columns(plan: IndexedPlan) -> dict[str, Any]:
    """Raw columns that the output is made of; the others stay on the host."""
    wanted = set(plan.output_columns)
    for stage in reversed(plan.stages):
        if wanted & set(stage.output_columns):
            wanted = (wanted - set(stage.output_columns)) | set(stage.input_columns)
    return {name: c for name, c in plan.columns.items() if name in wanted}


def _prepared_bytes(plan: IndexedPlan, transform: SampleFn) -> int:
    columns = needed_columns(plan)
    one = {
        name: jax.ShapeDtypeStruct(c.shape[1:], jax.dtypes.canonicalize_dtype(c.dtype))
        for name, c in columns.items()
    }
    rows = len(next(iter(columns.values())))
    sample = jax.eval_shape(transform, one)
    return sum(rows * v.size * v.dtype.itemsize for v in sample.values())


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
