"""What is told of devices and their memory."""

import jax
import jax.numpy as jnp
import pytest

import cellnet as ms
from cellnet import hal

on_a_cpu = pytest.mark.skipif(
    jax.default_backend() != "cpu", reason="of a machine without accelerator"
)
CHAIN_LENGTH = 40


@pytest.fixture
def work():
    """Starts something that takes a while; gives a value that comes of it."""
    step = jax.jit(
        lambda x: jax.lax.fori_loop(0, CHAIN_LENGTH, lambda _, v: jnp.tanh(v @ v), x)
    )
    start = jnp.ones((400, 400))
    step(start).block_until_ready()
    return lambda: step(start)


@on_a_cpu
def test_a_cpu():
    assert hal.device_count() == hal.device_count("CPU") == len(jax.devices("cpu"))
    assert hal.get_device_name(0) == "CPU"
    assert hal.get_device_properties(0) is None
    assert hal.get_device_capability(0) is None
    assert hal.is_available("CPU")
    assert not hal.is_available("GPU")
    assert set(hal.memory_stats().values()) == {0}
    assert hal.memory_allocated() == hal.max_memory_allocated("CPU") == 0
    assert hal.memory_reserved() == hal.max_memory_reserved() == 0
    hal.reset_peak_memory_stats()
    assert ms.get_current_device() == ("CPU", 0)


@pytest.mark.skipif(jax.default_backend() != "gpu", reason="of a GPU")
def test_a_gpu():
    assert hal.is_available("GPU")
    assert hal.get_device_name(0) == jax.devices()[0].device_kind
    assert hal.get_device_properties(0).total_memory > 2**30
    before = hal.memory_allocated()
    held = jnp.ones((2**20,), jnp.float32).block_until_ready()
    assert hal.memory_allocated() - before >= held.nbytes
    assert hal.max_memory_allocated("GPU") >= hal.memory_allocated("GPU")
    assert hal.memory_stats()["total_allocated_memory"] == hal.memory_allocated()
    assert set(hal.memory_stats("CPU").values()) == {0}


def test_a_name_that_is_accepted_is_not_there():
    assert not hal.is_available("Ascend")
    assert hal.device_count("Ascend") == len(jax.local_devices())


def test_memory_summary():
    stats = {
        "total_reserved_memory": 3 * 2**30,
        "total_allocated_memory": 5000,
        "total_idle_memory": 3 * 2**30 - 5000,
        "total_eager_free_memory": 0,
        "max_reserved_memory": 2**50,
        "max_allocated_memory": 1024**2,
    }
    lines = ms.runtime.table_of(stats).splitlines()
    assert {len(line) for line in lines} == {47}
    cells = [line.strip("|").split("|") for line in lines if line.count("|") == 3]
    shown = {name.strip(): data.split() for name, data in cells}
    assert shown["Reserved memory"] == ["3072", "MB"]
    assert shown["Allocated memory"] == ["5000", "B"]
    assert shown["Max reserved memory"] == ["1024", "TB"]
    assert hal.memory_summary().count("\n") == len(lines)


def test_synchronize_waits(work):
    y = work()
    ms.runtime.synchronize()
    assert y.is_ready()


def test_events(work):
    start, end = hal.Event(enable_timing=True), hal.Event(enable_timing=True)
    marked = hal.Event()
    assert marked.query()
    start.record()
    y = work()
    marked.record()
    marked.synchronize()
    assert y.is_ready()
    assert marked.query()
    end.record()
    assert start.elapsed_time(end) == -end.elapsed_time(start) > 0
    marked.wait()


def test_streams(work):
    stream = hal.Stream()
    with hal.StreamCtx(stream):
        y = work()
        event = stream.record_event()
    stream.wait_stream(hal.current_stream())
    stream.wait_event(event)
    stream.synchronize()
    assert y.is_ready()
    assert event.query()
    assert stream.query()


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: hal.device_count("foo"), ValueError),
        (lambda: hal.is_available("foo"), ValueError),
        (lambda: hal.get_device_name(4096), ValueError),
        (lambda: hal.get_device_name("0"), TypeError),
        (lambda: hal.Event(enable_timing=1), TypeError),
        (lambda: hal.StreamCtx(3), TypeError),
        (lambda: hal.Stream().wait_event(3), TypeError),
        (lambda: hal.Event(True).elapsed_time(hal.Event(True)), RuntimeError),
        (lambda: hal.Event(True).elapsed_time(3), TypeError),
        (lambda: ms.set_recursion_limit(0), ValueError),
        (lambda: ms.set_recursion_limit("a"), TypeError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
