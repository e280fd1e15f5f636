"""Training that goes on from a position sees the very next batch."""

import contextlib
import json

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet import context
from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.sink import Executor, forever
from cellnet.tensor import Tensor
from cellnet.train.data import DatasetSource, IterableSource, as_source

ROWS = 23
NUMBERS = np.arange(ROWS, dtype=np.float32)


class Seen(Cell):
    """Gives the sum of a batch: what training has seen, in order."""

    def __init__(self):
        super().__init__()
        self.total = Parameter(Tensor(np.zeros((), np.float32)), name="total")

    def construct(self, x):
        self.total.set_data(self.total + x.sum())
        return x.sum()


def arrays(**keywords):
    return ds.NumpySlicesDataset(NUMBERS, ["x"], **keywords).shuffle(9)


PIPELINES = {
    "resident": lambda: arrays().batch(4),
    "endless": lambda: arrays().batch(4, drop_remainder=True).repeat(),
    "host": lambda: arrays().map(lambda x: x * 2, "x").batch(4),
    "chance": lambda: arrays().map(jitter, "x").batch(4),
    "generator": lambda: ds.GeneratorDataset(NUMBERS[:, None], ["x"]).batch(4),
    "filter": lambda: arrays().filter(lambda x: x > 3, "x").batch(4),
}


def jitter(x):
    from cellnet.dataset._draws import generator

    return x + np.float32(generator().integers(1000))


@contextlib.contextmanager
def budget(size):
    context.set_context(sink_budget=size)
    try:
        yield
    finally:
        context.set_context(sink_budget=None)


def seen(source, sizes, *, sink=True):
    """The losses of all steps, and the position after each sink."""
    executor = Executor(Seen().compile_cache, source, iter(sizes), sink=sink)
    losses, states = [], []
    with contextlib.closing(executor):
        for _ in sizes:
            for result in executor.sinks():
                losses.extend(result.losses().tolist())
                states.append(json.loads(json.dumps(executor.data_state())))
    return losses, states


@pytest.mark.parametrize("sink", [True, False], ids=["sunk", "unsunk"])
@pytest.mark.parametrize("size", [10**9, 40], ids=["roomy", "tight"])
@pytest.mark.parametrize("name", PIPELINES)
def test_what_is_left_is_what_would_have_come(name, size, sink):
    """After 4 and after 9 of 15 steps; 6 are a pass (5 for some)."""
    with budget(size):
        ds.config.set_seed(3)
        whole, states = seen(DatasetSource(PIPELINES[name]()), [4, 5, 6], sink=sink)
        for done, state in (
            (4, states[0 if sink else 3]),
            (9, states[1 if sink else 8]),
        ):
            ds.config.set_seed(77)  # as a new process with another seed
            source = DatasetSource(PIPELINES[name]())
            source.restore(state)
            rest, after = seen(source, [15 - done], sink=sink)
            assert rest == whole[done:]
            assert after[-1] == states[-1]


@pytest.mark.parametrize("name", PIPELINES)
def test_position_at_the_end_of_a_pass(name):
    ds.config.set_seed(3)
    size = PIPELINES[name]().get_dataset_size()
    whole, states = seen(DatasetSource(PIPELINES[name]()), [size, size])
    assert len(set(whole)) > 1
    source = DatasetSource(PIPELINES[name]())
    source.restore(states[0])
    assert seen(source, [size])[0] == whole[size:]


def test_what_was_trained_on_is_not_computed_again():
    computed = []

    def count(x):
        computed.append(x)
        return x

    data = arrays().map(count, "x").batch(4)
    data.restore({"seed": 1, "pass_number": 0, "position": 4})
    assert len(list(data.batches())) == 2
    assert len(computed) == ROWS - 4 * 4


def test_rest_of_a_pass_of_unknown_length():
    ds.config.set_seed(3)
    whole, _ = seen(DatasetSource(arrays().batch(4)), [None, None])
    ds.config.set_seed(3)
    _, states = seen(DatasetSource(arrays().batch(4)), [2])
    source = DatasetSource(arrays().batch(4))
    source.restore(states[-1])
    assert seen(source, [None, None])[0] == whole[2:]


def test_dataset_stands_where_training_does():
    """Though a thread has read ahead, as the budget holds two batches."""
    with budget(40):
        data = arrays().map(lambda x: x, "x").batch(4)
        executor = Executor(Seen().compile_cache, DatasetSource(data), forever(2))
        for steps in (2, 4):
            executor.run()
            assert data.iteration_state()["position"] == steps
            assert data.iteration_state() == executor.data_state()
        executor.close()
    assert data.iteration_state()["position"] == 4
    next(data.batches())
    assert data.iteration_state()["pass_number"] == 1


def test_position_before_the_first_step():
    data = arrays().batch(4)
    executor = Executor(Seen().compile_cache, DatasetSource(data), forever(2))
    assert executor.data_state() == data.iteration_state()
    assert executor.data_state()["position"] == 0


def test_any_iterable_reads_and_drops_what_was_trained_on():
    batches = [(NUMBERS[i : i + 4],) for i in range(0, 20, 4)]
    whole, states = seen(as_source(batches), [3, 4])
    source = as_source(batches)
    source.restore(states[0])
    assert source.iteration_state() == states[0]
    assert seen(source, [4])[0] == whole[3:]


def test_an_iterator_begins_at_its_position_once():
    def batches():
        for i in range(0, 20, 4):
            yield NUMBERS[i : i + 4]

    whole, states = seen(IterableSource(batches(), None), [3])
    source = IterableSource(batches(), None)
    source.restore(states[0])
    assert seen(source, [2])[0] == [NUMBERS[12:16].sum(), NUMBERS[16:20].sum()]
    assert len(whole) == 3


@pytest.mark.parametrize(
    "state",
    [{}, {"seed": 1, "pass_number": 0}, [1, 2, 3], None]
    + [{"seed": 1, "pass_number": 0, "position": bad} for bad in (-1, "0", None, 1.5)],
)
def test_what_is_no_position(state):
    for source in (DatasetSource(arrays()), as_source([(NUMBERS,)])):
        with pytest.raises(ValueError, match="restore: expected seed"):
            source.restore(state)
