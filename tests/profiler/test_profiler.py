"""Profiler, profile and schedule: what is recorded, and when."""

import gzip
import json

import pytest

from cellnet import Tensor, nn
from cellnet.profiler import (
    Profiler,
    ProfilerAction,
    profile,
    schedule,
    tensorboard_trace_handler,
)


def traces(folder):
    return sorted(folder.glob("plugins/profile/*/*.trace.json.gz"))


def test_what_runs_is_in_the_trace(tmp_path):
    net = nn.Dense(4, 4)
    x = Tensor([[1.0, 2.0, 3.0, 4.0]])
    net(x)
    profiler = Profiler(output_path=str(tmp_path), profiler_level="any")
    net(x).asnumpy()
    profiler.add_metadata("batch", "4")
    profiler.analyse()
    profiler.analyse()  # twice is harmless
    (file,) = traces(tmp_path)
    with gzip.open(file) as content:
        assert json.load(content)["traceEvents"]
    metadata = json.loads((tmp_path / "profiler_metadata.json").read_text())
    assert metadata == {"batch": "4"}


def test_a_schedule_chooses_steps(tmp_path):
    ready = []
    plan = schedule(wait=1, warmup=1, active=2, repeat=2, skip_first=1)
    names = [plan(step).name for step in range(11)]
    cycle = ["NONE", "WARM_UP", "RECORD", "RECORD_AND_SAVE"]
    assert names == ["NONE", *cycle, *cycle, "NONE", "NONE"]
    assert plan(3) is ProfilerAction.RECORD

    handler = tensorboard_trace_handler(str(tmp_path))

    def count(prof):
        ready.append(prof._step)
        handler(prof)

    count.folder = handler.folder
    with profile(schedule=plan, on_trace_ready=count) as prof:
        for _ in range(8):
            prof.step()
    assert ready == [4, 8]
    assert traces(tmp_path)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (ValueError, lambda: schedule(wait=-1, active=1)),
        (ValueError, lambda: schedule(wait=0, active=0)),
        (TypeError, lambda: schedule(wait=0, active=1.5)),
        (TypeError, lambda: profile(start_profile=3)),
        (TypeError, lambda: profile(schedule=3, start_profile=False)),
        (TypeError, lambda: profile(on_trace_ready=3, start_profile=False)),
        (TypeError, lambda: Profiler(output_path=3)),
        (TypeError, lambda: tensorboard_trace_handler(3)),
        (RuntimeError, lambda: profile(start_profile=False).stop()),
        (RuntimeError, lambda: profile(start_profile=False).step()),
    ],
)
def test_errors(kind, call):
    with pytest.raises(kind):
        call()
