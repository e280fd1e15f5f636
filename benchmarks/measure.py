"""All ways of one network, interleaved."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

import numpy as np
from fleet import WayFailed, Worker
from nets import NETS
from ways import BASE, REFERENCE, WAYS

# relative, of a loss some steps on: float32 sums in another order; TF32 on a GPU
TOLERANCE = {"cpu": 2e-3, "gpu": 2e-2}
LEAST_CHANGE = 2  # times the tolerance, of the loss in a check, or it shows nothing
LEAST_RUNS = 2


@dataclass(frozen=True)
class Effort:
    """How much time measuring may take.

    Attributes:
        reps: repetitions of each way.
        seconds: of one repetition of the base way; sets the steps of all.
        slowest: how many times ``seconds`` one repetition of a way may take; it makes
            fewer steps then.
        budget_s: a way that has used so much is not repeated any more.
        limit_s: the longest that one answer may take.
        data_bytes: the most that one worker holds of inputs.
    """

    reps: int
    seconds: float
    slowest: float = 5
    budget_s: float = 90
    limit_s: float = 600
    data_bytes: int = 100_000_000


@dataclass
class Cell:
    """What was measured of one way and one network.

    Attributes:
        step_s: seconds a step, by repetition.
        steps: steps in a repetition.
        first_s: from the framework's import to the end of the first steps, which
            compile.
        peak_bytes: resident memory above that of the imports, compilation included.
        training_bytes: the same while the repetitions ran.
        idle_cpu_s: processor time used while others were measured.
        losses: of the check.
    """

    step_s: list[float] = field(default_factory=list)
    steps: int = 0
    first_s: float = 0
    peak_bytes: int = 0
    training_bytes: int = 0
    idle_cpu_s: float = 0
    losses: list[float] = field(default_factory=list)

    def median_s(self) -> float:
        """Median seconds a step."""
        return statistics.median(self.step_s)


@dataclass
class Column:
    """One network: what was measured, and why the rest was not."""

    net: str
    batch: int
    cells: dict[str, Cell] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The column's head."""
        return f"{NETS[self.net].title} ({self.batch})"

    def ratio(self, way: str) -> float | None:
        """Median over the repetitions of this way's time by the base way's."""
        if way not in self.cells or BASE not in self.cells:
            return None
        pairs = zip(self.cells[way].step_s, self.cells[BASE].step_s, strict=False)
        return statistics.median(mine / base for mine, base in pairs)


def measure(
    net: str,
    batch: int | None,
    ways: list[str],
    *,
    device: str,
    pythons: dict[str, str],
    effort: Effort,
) -> Column:
    """Start all ways, check that they compute the same, time them in turn.

    Args:
        net: a name in NETS.
        batch: None for the network's own.
        ways: names in WAYS.
        device: "cpu" or "gpu".
        pythons: framework -> interpreter.
        effort: how long.
    """
    column = Column(net, batch or NETS[net].batch)
    fleet: dict[str, Worker] = {}
    probes: dict[str, float] = {}
    try:
        reference: list[float] = []
        for way in [REFERENCE, *(w for w in ways if w != REFERENCE)]:
            try:
                worker = _start(way, column, batch, device, pythons, effort)
                fleet[way] = worker
                probes[way] = _check(way, worker, column, reference, TOLERANCE[device])
            except WayFailed as error:
                _drop(way, str(error), column, fleet)
            if way not in ways:  # the reference, and nobody wants its time
                _drop(way, None, column, fleet)
        for way, steps in _steps(column, probes, effort).items():
            try:
                _prepare(fleet[way], column.cells[way], steps)
            except WayFailed as error:
                _drop(way, str(error), column, fleet)
        _repeat(fleet, column, effort)
    finally:
        for worker in fleet.values():
            worker.close()
    return column


def _drop(way: str, why: str | None, column: Column, fleet: dict[str, Worker]) -> None:
    column.cells.pop(way, None)
    if why is not None:
        column.failures[way] = why
    if way in fleet:
        fleet.pop(way).close()


def _start(
    way: str,
    column: Column,
    batch: int | None,
    device: str,
    pythons: dict[str, str],
    effort: Effort,
) -> Worker:
    worker = Worker(
        way,
        column.net,
        batch=batch,
        device=device,
        python=pythons[WAYS[way].python],
        limit_s=effort.limit_s,
    )
    column.versions[way] = worker.versions
    return worker


def _check(
    way: str, worker: Worker, column: Column, reference: list[float], tolerance: float
) -> float:
    """Seconds a step as far as a few steps tell.

    Raises:
        WayFailed: other losses than the reference's.
    """
    answer = worker.ask("check")
    losses = answer["losses"]
    if way == REFERENCE:
        reference.extend(losses)
        change = abs(losses[0] - losses[-1 if len(losses) % 2 else -2])
        if change < LEAST_CHANGE * tolerance * abs(losses[0]):
            raise WayFailed(f"training changes nothing that shows: {losses}")
    elif not reference:
        raise WayFailed("the reference failed, so nothing can be compared")
    expected = reference if len(losses) == len(reference) else [np.mean(reference)]
    if not np.allclose(losses, expected, rtol=tolerance, atol=tolerance):
        raise WayFailed(f"losses {_round(losses)}, expected {_round(expected)}")
    cell = column.cells[way] = Cell(first_s=answer["first_s"], losses=losses)
    cell.peak_bytes = worker.ask("memory")["bytes"]
    return answer["step_s"]


def _round(values: list[float]) -> list[float]:
    return [round(float(v), 4) for v in values]


def _steps(column: Column, probes: dict[str, float], effort: Effort) -> dict[str, int]:
    """Steps in a repetition: the same for all ways that are not far too slow."""
    left = {way: probes[way] for way in column.cells}
    if not left:
        return {}
    net = NETS[column.net].with_batch(column.batch)
    usual = effort.seconds / left.get(BASE, min(left.values()))
    usual = max(2, min(usual, effort.data_bytes / net.batch_bytes))
    most_s = effort.seconds * effort.slowest
    return {
        way: max(1, int(min(usual, most_s / step_s))) for way, step_s in left.items()
    }


def _prepare(worker: Worker, cell: Cell, steps: int) -> None:
    cell.steps = steps
    worker.ask("prepare", steps=steps)
    cell.peak_bytes = max(cell.peak_bytes, worker.ask("memory")["bytes"])


def _repeat(fleet: dict[str, Worker], column: Column, effort: Effort) -> None:
    spent = dict.fromkeys(fleet, 0.0)
    before = {way: worker.cpu_s() for way, worker in fleet.items()}
    for repetition in range(effort.reps):
        order = list(fleet)
        for way in order if repetition % 2 == 0 else reversed(order):
            if repetition >= LEAST_RUNS and spent[way] > effort.budget_s:
                continue
            worker, cell = fleet[way], column.cells[way]
            idle_from, now = before[way], worker.cpu_s()
            if idle_from is not None and now is not None:
                cell.idle_cpu_s += now - idle_from
            for other in fleet.values():
                other.pause()  # should somebody have woken it
            try:
                seconds = worker.ask("time")["seconds"]
            except WayFailed as error:
                _drop(way, str(error), column, fleet)
                continue
            before[way] = worker.cpu_s()
            spent[way] += seconds
            cell.step_s.append(seconds / cell.steps)
    for way, worker in fleet.items():
        cell = column.cells[way]
        cell.training_bytes = worker.ask("memory")["bytes"]
        cell.peak_bytes = max(cell.peak_bytes, cell.training_bytes)
