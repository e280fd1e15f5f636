import json
from itertools import islice

import numpy as np
import pytest

import cellnet.dataset as ds


def shuffled(size=12):
    return ds.NumpySlicesDataset(np.arange(size), ["x"]).shuffle(5).batch(3)


def streamed(size=12):
    source = ds.GeneratorDataset(lambda: iter(range(size)), ["x"])
    return source.map(lambda x: x).shuffle(5).batch(3)


BOTH = pytest.mark.parametrize("make", [shuffled, streamed])


def one_pass(dataset):
    return [batch[0].tolist() for batch in dataset.batches()]


def test_each_for_is_the_next_pass():
    iterator = shuffled().create_dict_iterator(output_numpy=True)
    passes = [[row["x"].tolist() for row in iterator] for _ in range(3)]
    assert all(len(rows) == 4 for rows in passes)
    assert passes[0] != passes[1] != passes[2]


def test_num_epochs_limits_the_passes():
    iterator = shuffled().create_tuple_iterator(num_epochs=2, output_numpy=True)
    assert [len(list(iterator)) for _ in range(2)] == [4, 4]
    with pytest.raises(RuntimeError, match="num_epochs passes are read"):
        next(iterator)


def test_tuple_iterator_chooses_columns():
    data = ds.NumpySlicesDataset(([1], [2]), ["x", "y"])
    row = next(data.create_tuple_iterator(columns=["y", "x"], output_numpy=True))
    assert [value.item() for value in row] == [2, 1]
    with pytest.raises(RuntimeError, match=r"\['q'\]"):
        data.create_tuple_iterator(columns=["q"])


@pytest.mark.parametrize(
    ("keywords", "error"),
    [
        ({"num_epochs": 0}, ValueError),
        ({"num_epochs": "x"}, TypeError),
        ({"output_numpy": 1}, TypeError),
    ],
)
def test_iterator_arguments_are_checked(keywords, error):
    with pytest.raises(error):
        shuffled().create_dict_iterator(**keywords)


def test_values_pass_through_the_tensor_hook(monkeypatch):
    monkeypatch.setattr(ds, "_tensor_hook", lambda array: ("tensor", array.tolist()))
    data = ds.NumpySlicesDataset([7], ["x"])
    assert next(data.create_dict_iterator()) == {"x": ("tensor", 7)}
    assert next(iter(data)) == [("tensor", 7)]
    assert next(data.create_dict_iterator(output_numpy=True))["x"] == 7


@BOTH
def test_same_seed_same_sequence_of_passes(make):
    def three_passes(seed):
        ds.config.set_seed(seed)
        dataset = make()
        return [one_pass(dataset) for _ in range(3)]

    assert three_passes(1) == three_passes(1)
    assert three_passes(1) != three_passes(2)


@BOTH
def test_set_seed_begins_the_sequence_again(make):
    dataset = make()
    ds.config.set_seed(1)
    first = [one_pass(dataset), one_pass(dataset)]
    ds.config.set_seed(1)
    assert [one_pass(dataset), one_pass(dataset)] == first


def test_without_a_seed_datasets_differ():
    datasets = [ds.NumpySlicesDataset(np.arange(100), ["x"]) for _ in range(2)]
    assert one_pass(datasets[0]) != one_pass(datasets[1])


def test_numpy_global_state_has_no_part_in_it():
    ds.config.set_seed(1)
    before = np.random.get_state()[1].tolist()
    np.random.seed(0)
    first = one_pass(shuffled())
    np.random.seed(1)
    assert one_pass(shuffled()) == first
    np.random.seed(1)
    assert np.random.get_state()[1].tolist() != before


def test_a_verb_behind_changes_no_shuffle_before():
    ds.config.set_seed(1)
    plain = ds.NumpySlicesDataset(np.arange(9), ["x"]).shuffle(4)
    rows = sum(one_pass(plain.batch(3).repeat(1).take(3)), [])
    assert rows == one_pass(plain)


def test_repeat_joins_the_passes_of_the_data():
    ds.config.set_seed(1)
    single, double = shuffled(), shuffled().repeat(2)
    assert sum((one_pass(single) for _ in range(4)), []) == sum(
        (one_pass(double) for _ in range(2)), []
    )


@BOTH
@pytest.mark.parametrize("read", [0, 1, 3, 4, 6])
def test_restore_goes_on_in_the_middle(make, read):
    ds.config.set_seed(4)
    dataset = make()
    expected = [batch for _ in range(3) for batch in one_pass(dataset)]

    ds.config.set_seed(4)
    started = make()
    iterator = started.create_tuple_iterator(output_numpy=True)
    seen = []
    while len(seen) < read:
        rest = islice(iterator, read - len(seen))
        seen.extend(row[0].tolist() for row in rest)
    state = json.loads(json.dumps(started.iteration_state()))

    ds.config.set_seed(99)
    resumed = make()
    resumed.restore(state)
    while len(seen) < len(expected):
        seen.extend(one_pass(resumed))
    assert seen == expected


def test_a_look_at_shapes_is_no_pass():
    ds.config.set_seed(4)
    plain, looked_at = shuffled(), shuffled()
    assert looked_at.output_shapes() == [[3]]
    assert looked_at.output_types() == [np.int64]
    assert len(looked_at) == 4
    assert one_pass(looked_at) == one_pass(plain)


@pytest.mark.parametrize("state", [{}, {"seed": 1}, None])
def test_restore_refuses_a_foreign_state(state):
    with pytest.raises(ValueError, match="expected seed, pass_number and position"):
        shuffled().restore(state)


@pytest.mark.parametrize(
    ("value", "error"),
    [(-1, ValueError), (2**32, ValueError), ("1", TypeError), (True, TypeError)],
)
def test_set_seed_checks_its_value(value, error):
    with pytest.raises(error):
        ds.config.set_seed(value)


def test_config_remembers():
    assert ds.config.get_seed() == 5489  # MindSpore's, while none is set
    ds.config.set_seed(2**32 - 1)
    ds.config.set_num_parallel_workers(3)
    ds.config.set_prefetch_size(7)
    assert ds.config.get_seed() == 2**32 - 1
    assert ds.config.get_num_parallel_workers() == 3
    assert ds.config.get_prefetch_size() == 7
    with pytest.raises(ValueError, match="num must lie"):
        ds.config.set_num_parallel_workers(0)
    with pytest.raises(TypeError, match="size must be an int"):
        ds.config.set_prefetch_size("x")
