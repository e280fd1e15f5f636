"""explain: which stage of a pipeline runs where, and how long it takes for a batch.

A stage on the host is measured by what reading up to it costs more than reading up to
the stage before, which holds whoever computes it. What the device does is measured by
the package above (`_device_hook`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from textwrap import shorten
from typing import Any

import cellnet.dataset as package  # holds the hook that knows the device

from ._passes import Pass
from .nodes import BatchNode, BucketNode, Node, PaddedBatchNode
from .nodes._segment import Segment
from .plan_view import IndexedPlan, host_reasons

LIMIT_S = 0.5  # for measuring one stage
ROUNDS = 3
_BATCHING = (BatchNode, PaddedBatchNode, BucketNode)


@dataclass(frozen=True)
class StageReport:
    """One stage of a pipeline.

    Attributes:
        stage: as the user wrote it.
        where: "host", with its workers; "device, once" before training; "device, each
            step" inside the compiled loop.
        batch_ms: milliseconds for a batch; 0 for what is done once.
        note: why it is there, or what else there is to say.
    """

    stage: str
    where: str
    batch_ms: float
    note: str = ""


@dataclass(frozen=True)
class DevicePart:
    """What the package above says of a plan that the device runs.

    Attributes:
        stages: reports of the operations.
        placement: where the data lives, in words.
    """

    stages: tuple[StageReport, ...]
    placement: str


@dataclass(frozen=True)
class Explanation:
    """What `Dataset.explain` found.

    Attributes:
        stages: from the source on.
        placement: where sinking keeps the data, and why.
    """

    stages: tuple[StageReport, ...]
    placement: str

    @property
    def bottleneck(self) -> StageReport:
        """The stage that takes longest for a batch."""
        return max(self.stages, key=lambda stage: stage.batch_ms)

    def __str__(self) -> str:
        head = ("stage", "where", "ms per batch", "")
        rows = [
            (shorten(s.stage, 60), s.where, f"{s.batch_ms:.3f}", s.note)
            for s in self.stages
        ]
        widths = [max(len(row[i]) for row in (head, *rows)) for i in range(3)]
        lines = [
            f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {note}".rstrip()
            for a, b, c, note in (head, *rows)
        ]
        worst = self.bottleneck
        end = f"bottleneck: {shorten(worst.stage, 60)} ({worst.where})"
        return "\n".join([f"data {self.placement}", *lines, end])


def explain(node: Node, plan: IndexedPlan | None, num_batches: int) -> Explanation:
    """Args: node: the last of the pipeline. plan: its plan, if it has one."""
    why = "the pipeline has stages that only the host can run"
    if plan is not None:
        part = package._device_hook(plan)
        if isinstance(part, DevicePart):
            rows = _time_of(plan.chosen(Pass(0, 0)), num_batches)
            choice = StageReport("row numbers and draws", "host", rows * 1e3)
            return Explanation((choice, *part.stages), part.placement)
        why = part
    reports = tuple(_host_reports(node, num_batches))
    return Explanation(reports, f"staged from the host in chunks ({why})")


def _host_reports(node: Node, num_batches: int) -> Iterator[StageReport]:
    reasons: dict[Node, str] = {}
    before = 0.0
    for step, rows in _in_order(node):
        if not step.upstream:
            before = 0.0
        reasons.update(host_reasons(step))
        items = Segment(step).rows(Pass(0, 0))
        batch_s = _time_of(items, num_batches * rows) * rows
        report = StageReport(repr(step), step.where, 1e3 * max(0.0, batch_s - before))
        before = batch_s
        yield replace(report, note=reasons.get(step, ""))


def _in_order(node: Node) -> list[tuple[Node, int]]:
    """Each node behind those it reads from, and how many of its items a batch takes."""
    found: list[tuple[Node, int]] = []

    def visit(step: Node, count: int) -> None:
        inner = count
        if isinstance(step, _BATCHING):
            inner *= _size_of(step)
        for upstream in step.upstream:
            visit(upstream, inner)
        found.append((step, count))

    visit(node, 1)
    return found


def _size_of(node: Any) -> int:
    if isinstance(node, BucketNode):
        return max(node.sizes)
    return max(1, node.batch_size)  # a function says it: counted by rows


def _time_of(items: Iterator[Any], count: int) -> float:
    """Seconds for an item: the best of some rounds of `count` items.

    The first item is left out, which may start workers and fill buffers.
    """
    for _ in islice(items, 1):
        break
    limit, best = time.perf_counter() + LIMIT_S, float("inf")
    for _ in range(ROUNDS):
        start, taken = time.perf_counter(), 0
        for _ in islice(items, count):
            taken += 1
            if time.perf_counter() > limit:
                break
        if taken:
            best = min(best, (time.perf_counter() - start) / taken)
    return 0.0 if best == float("inf") else best
