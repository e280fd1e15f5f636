"""Sunk, unsunk and staged training of a small step give the same numbers."""

import gc
import itertools
import threading
import weakref

import jax.numpy as jnp
import numpy as np
import pytest

import cellnet
import cellnet.dataset as ds
from cellnet import context, nn
from cellnet.nn.cell import Cell
from cellnet.ops._op import op
from cellnet.parameter import Parameter
from cellnet.sink import Executor, forever
from cellnet.tensor import Tensor
from cellnet.train.data import DatasetSource, IterableSource

ROWS = 23
X = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)
Y = (X @ np.array([1.0, -2.0, 0.5], np.float32)).astype(np.float32)


@op
def gradient_step(w, x, y):
    error = x @ w - y
    return w - 0.1 * x.T @ error / len(y), (error**2).mean()


class Step(Cell):
    """Gradient descent on least squares, written out."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(np.zeros(3, np.float32)), name="w")

    def construct(self, x, y):
        w, loss = gradient_step(self.w, x, y)
        self.w.set_data(w)
        return loss


def reference(batches):
    """The same in NumPy."""
    w, losses = np.zeros(3, np.float32), []
    for x, y in batches:
        error = x @ w - y
        losses.append(np.mean(error**2))
        w = w - np.float32(0.1) * (x.T @ error) / len(y)
    return w, losses


def source(batch_size=4, drop_remainder=False, **kwargs):
    data = ds.NumpySlicesDataset((X, Y), ["x", "y"], **kwargs)
    return DatasetSource(data.batch(batch_size, drop_remainder=drop_remainder))


def run(sizes, *, data, sink=True):
    step = Step()
    executor = Executor(step.compile_cache, data, iter(sizes), sink=sink)
    losses = []
    for _ in sizes:
        for result in executor.sinks():
            losses.extend(result.losses().tolist())
    executor.close()
    return step.w.asnumpy(), losses


@pytest.mark.parametrize("sizes", [[6, 6], [1] * 12, [5, 7], [12]])
@pytest.mark.parametrize("sink", [True, False])
def test_follows_the_data_over_pass_borders(sizes, sink):
    one_pass = [(X[i : i + 4], Y[i : i + 4]) for i in range(0, ROWS, 4)]
    expected_w, expected = reference(one_pass * 2)
    w, losses = run(sizes, data=source(shuffle=False), sink=sink)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(w, expected_w, rtol=1e-5)


@pytest.mark.parametrize("sizes", [[20], [7, 7, 6], [1] * 20])
def test_shuffled_sunk_and_unsunk_agree(sizes):
    results = []
    for sink in (True, False):
        ds.config.set_seed(3)
        results.append(run(sizes, data=source(shuffle=True), sink=sink))
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-6)
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-6)


def test_chunks_do_not_change_the_numbers(monkeypatch):
    """Staged in many small chunks, or raw on the device: as when it all fits."""
    found = []
    for budget in (10**9, 150, 1):
        ds.config.set_seed(5)
        context.set_context(sink_budget=budget)
        try:
            found.append(run([9, 9], data=source(shuffle=True)))
        finally:
            context.set_context(sink_budget=None)
    for w, losses in found[1:]:
        np.testing.assert_allclose(losses, found[0][1], rtol=1e-6)
        np.testing.assert_allclose(w, found[0][0], rtol=1e-6)


def compiled_loops(step):
    """How many programs XLA compiled for loops over a step."""
    programs = [p for group in step.compile_cache._programs.values() for p in group]
    loops = [loop for program in programs for loop in program.loops.values()]
    return sum(loop._scan._cache_size() for loop in loops)


def test_second_sink_compiles_nothing():
    step = Step()
    data = source(batch_size=4, drop_remainder=True, shuffle=True)
    executor = Executor(step.compile_cache, data, forever(5))
    for _ in range(4):
        executor.run()
    assert (step.compile_cache.num_traces, compiled_loops(step)) == (1, 1)
    again = source(batch_size=4, drop_remainder=True, shuffle=True)
    Executor(step.compile_cache, again, forever(5)).run()
    assert (step.compile_cache.num_traces, compiled_loops(step)) == (1, 1)


def test_data_on_the_device_stays_as_long_as_the_dataset():
    step, data = Step(), source(shuffle=False)
    first = Executor(step.compile_cache, data, forever(2))
    second = Executor(step.compile_cache, data, forever(2))
    assert first._feed._columns is second._feed._columns
    column = weakref.ref(first._feed._columns["x"])
    for executor in (first, second):
        executor.run()
        executor.close()
    del first, second, executor, data
    gc.collect()
    assert column() is None


def test_iterable_of_batches_of_unknown_length():
    def batches():
        for i in range(0, ROWS, 4):
            yield X[i : i + 4], Y[i : i + 4]

    class Again:
        def __iter__(self):
            return batches()

    _, losses = run([None, None], data=IterableSource(Again(), None))
    _, expected = reference(list(batches()) * 2)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_staging_holds_two_chunks_at_most(monkeypatch):
    alive, most = itertools.count(), []
    lock = threading.Lock()
    held = [0]

    def taken(release):
        with lock:
            held[0] += 1
            most.append(held[0])

        def give_back():
            with lock:
                held[0] -= 1
            release()

        return give_back

    from cellnet.sink import staged

    original = staged.Staged._chunk
    monkeypatch.setattr(
        staged.Staged, "_chunk", lambda self, g, r: original(self, g, taken(r))
    )
    context.set_context(sink_budget=64)
    try:
        run([30, 30], data=IterableSource([(X[:4], Y[:4])] * 10, 10))
    finally:
        context.set_context(sink_budget=None)
    assert len(most) >= 20
    assert max(most) == 2
    del alive


def test_an_iterator_that_is_used_up_is_refused():
    once = iter([(X[:4], Y[:4])] * 3)
    with pytest.raises(RuntimeError, match="used up"):
        run([5], data=IterableSource(once, None))


def test_an_error_of_the_data_reaches_the_caller():
    def broken():
        yield X[:4], Y[:4]
        raise OSError("disk gone")

    class Broken:
        def __iter__(self):
            return broken()

    with pytest.raises(OSError, match="disk gone"):
        run([5], data=IterableSource(Broken(), None))


def test_64_bit_labels_that_32_bits_do_not_hold():
    wide = np.full(4, 2**40, np.int64)
    with pytest.raises(ValueError, match="outside int32"):
        run([1], data=IterableSource([(X[:4], wide)], 1))


def test_pynative_runs_the_same_eagerly():
    _, expected = run([6], data=source(shuffle=False))
    context.set_context(mode=context.PYNATIVE_MODE)
    try:
        step = Step()
        executor = Executor(step.compile_cache, source(shuffle=False), iter([6]))
        result = executor.run()
    finally:
        context.set_context(mode=context.GRAPH_MODE)
    assert step.compile_cache.num_traces == 0
    np.testing.assert_allclose(result.outputs.asnumpy(), expected[-1], rtol=1e-5)
    assert jnp.asarray(step.w._data).shape == (3,)


def hosted(batch_size=4, **keywords):
    """A pipeline that the host computes, and which says how long its last batch is."""
    data = ds.NumpySlicesDataset((X, Y), ["x", "y"], **keywords)
    return DatasetSource(data.map(lambda x: x, "x").batch(batch_size))


@pytest.mark.parametrize("sizes", [[6, 6], [12], [5, 7], [1] * 12])
@pytest.mark.parametrize("sink", [True, False])
def test_staged_short_batches_are_padded(sizes, sink):
    one_pass = [(X[i : i + 4], Y[i : i + 4]) for i in range(0, ROWS, 4)]
    expected_w, expected = reference(one_pass * 2)
    w, losses = run(sizes, data=hosted(shuffle=False), sink=sink)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(w, expected_w, rtol=1e-5)


@pytest.mark.parametrize("make", [source, hosted], ids=["resident", "staged"])
def test_one_program_serves_short_batches(make):
    step = Step()
    executor = Executor(step.compile_cache, make(), forever(6))
    for _ in range(3):
        executor.run()
    executor.close()
    padded = [p for group in step.compile_cache._programs.values() for p in group]
    merged = [p.padded[1] for p in padded if p.padded is not None]
    assert compiled_loops(step) == 0
    assert [loop._scan._cache_size() for p in merged for loop in p.loops.values()] == [
        1
    ]


class Noisy(Step):
    """Adds noise to each row, which no padding may take part in."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(p=0.5)
        self.dropout.set_train()

    def construct(self, x, y):
        return super().construct(self.dropout(x), y)


def test_where_padding_could_change_the_numbers_staged_batches_stay_short():
    losses = []
    for sizes, sink in (([12], True), ([12], False), ([5, 7], True)):
        cellnet.set_seed(1)
        step = Noisy()
        executor = Executor(
            step.compile_cache, hosted(shuffle=False), iter(sizes), sink=sink
        )
        found = [r.losses() for _ in sizes for r in executor.sinks()]
        executor.close()
        losses.append(np.concatenate(found))
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)
    np.testing.assert_allclose(losses[0], losses[2], rtol=1e-6)


def test_pynative_runs_staged_batches_as_they_are():
    one_pass = [(X[i : i + 4], Y[i : i + 4]) for i in range(0, ROWS, 4)]
    _, expected = reference(one_pass)
    context.set_context(mode=context.PYNATIVE_MODE)
    try:
        _, losses = run([6], data=hosted(shuffle=False))
    finally:
        context.set_context(mode=context.GRAPH_MODE)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
