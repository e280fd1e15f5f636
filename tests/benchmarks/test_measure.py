"""The benchmark program: it compares what it says it compares."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    """Imports a module of benchmarks/, and forgets it afterwards."""
    monkeypatch.syspath_prepend(FOLDER)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


class Answers:
    """A worker that knows what it is going to say."""

    def __init__(self, losses):
        self.losses = losses

    def ask(self, do):
        if do == "memory":
            return {"bytes": 1}
        return {"losses": self.losses, "first_s": 1.0, "step_s": 0.1}


def test_a_way_that_computes_something_else_is_refused(bench):
    measure = bench("measure")
    column, reference = measure.Column("mlp", 64), []
    check = measure._check
    check("jax-step", Answers([2.0, 3.0, 1.0, 2.0]), column, reference, 2e-3)
    assert check("torch", Answers([2.0, 3.0, 1.001, 2.0]), column, reference, 2e-3)
    assert check("keras", Answers([2.001]), column, reference, 2e-3)
    for wrong in ([2.0, 3.0, 1.01, 2.0], [2.01]):
        with pytest.raises(measure.WayFailed, match="expected"):
            check("cellnet-sunk", Answers(wrong), column, reference, 2e-3)
    assert set(column.cells) == {"jax-step", "torch", "keras"}


def test_a_check_without_training_is_no_check(bench):
    measure = bench("measure")
    still = Answers([2.0, 3.0, 2.0, 3.0])
    with pytest.raises(measure.WayFailed, match="changes nothing"):
        measure._check("jax-step", still, measure.Column("mlp", 64), [], 2e-3)


def test_ratio_is_the_median_of_paired_repetitions(bench):
    measure = bench("measure")
    column = measure.Column("mlp", 64)
    column.cells["cellnet-sunk"] = measure.Cell(step_s=[1.0, 2.0, 4.0])
    column.cells["torch"] = measure.Cell(step_s=[3.0, 4.0, 20.0])
    assert column.ratio("torch") == 3.0
    assert column.ratio("keras") is None


def test_steps_fill_the_time_and_slow_ways_make_fewer(bench):
    measure = bench("measure")
    column = measure.Column("mlp", 64)
    probes = {"cellnet-sunk": 0.01, "torch": 0.02, "jax-scan": 1.0}
    column.cells = {way: measure.Cell() for way in probes}
    steps = measure._steps(column, probes, measure.Effort(reps=3, seconds=1, slowest=5))
    assert steps == {"cellnet-sunk": 100, "torch": 100, "jax-scan": 5}


def test_interpreters(bench, monkeypatch):
    fleet = bench("fleet")
    monkeypatch.setenv("BENCH_TORCH_PYTHON", "/a/python")
    monkeypatch.setenv("BENCH_KERAS_PYTHON", "/b/python")
    found = fleet.interpreters(["keras=/c/python"])
    assert (found["torch"], found["keras"]) == ("/a/python", "/c/python")
    with pytest.raises(ValueError, match="expected NAME=PATH"):
        fleet.interpreters(["numpy=/d/python"])


def test_a_missing_interpreter_is_named(bench):
    fleet = bench("fleet")
    with pytest.raises(fleet.WayFailed, match=r"\.venv-none/bin/python: make bench"):
        fleet.Worker(
            "torch",
            "mlp",
            batch=None,
            device="cpu",
            python=str(fleet.ROOT / ".venv-none/bin/python"),
            limit_s=1,
        )


def test_data_repeats_its_distinct_batches(bench):
    net = bench("nets").NETS["garment"]
    x, y = net.data(4, 2)
    assert x.shape == (16, 1, 28, 28)
    np.testing.assert_array_equal(x[:8], x[8:])
    np.testing.assert_array_equal(y[:8], y[8:])
    assert not np.array_equal(x[:4], x[4:8])


@pytest.mark.slow
@pytest.mark.parametrize("net", ["garment", "lstm"])
def test_all_ways_of_this_environment_agree(bench, net):
    measure, ways = bench("measure"), bench("ways").WAYS
    mine = [name for name, way in ways.items() if way.python == "cellnet"]
    column = measure.measure(
        net,
        4,
        mine,
        device="cpu",
        pythons={"cellnet": sys.executable},
        effort=measure.Effort(reps=1, seconds=0.02),
    )
    assert column.failures == {}
    assert set(column.cells) == set(mine)
    for cell in column.cells.values():
        assert len(cell.step_s) == 1
        assert cell.idle_cpu_s <= 0.05
