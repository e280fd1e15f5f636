"""split and reset."""

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet.dataset import config, describe


def numbers(count=10, shuffle=False):
    return ds.NumpySlicesDataset(np.arange(count), ["x"], shuffle=shuffle)


def values(dataset):
    rows = dataset.create_dict_iterator(num_epochs=1, output_numpy=True)
    return [int(row["x"]) for row in rows]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([6, 4], [6, 4]),
        ([0.6, 0.4], [6, 4]),
        ([0.33, 0.33, 0.34], [4, 3, 3]),  # as MindSpore
        ([10], [10]),
        ([0.25] * 4, [4, 2, 2, 2]),
        ([0.55, 0.45], [6, 4]),
    ],
)
@pytest.mark.parametrize("randomize", [True, False])
def test_sizes(sizes, expected, randomize):
    parts = numbers().split(sizes, randomize)
    assert [part.get_dataset_size() for part in parts] == expected
    found = [values(part) for part in parts]
    assert [len(part) for part in found] == expected
    joined = sum(found, [])
    assert sorted(joined) == list(range(10))
    assert (joined == list(range(10))) is not randomize


@pytest.mark.parametrize("source", ["shuffled", "mapped", "streamed"])
def test_parts_stay_apart_in_each_pass(source):
    data = numbers(40, shuffle=source == "shuffled")
    if source == "mapped":
        data = data.map(lambda x: x + 100, "x")
    if source == "streamed":
        data = ds.GeneratorDataset(lambda: ((i,) for i in range(40)), ["x"])
    train, test = data.split([30, 10])
    first = values(train)
    assert values(train) == first
    assert not set(first) & set(values(test))
    assert len(set(first) | set(values(test))) == 40
    assert first != sorted(first)


def test_a_seed_gives_the_same_parts(monkeypatch):
    monkeypatch.setattr(config, "_settings", config._Settings())
    config.set_seed(5)
    first = values(numbers(50).split([0.5, 0.5])[0])
    config.set_seed(5)
    assert values(numbers(50).split([0.5, 0.5])[0]) == first
    config.set_seed(6)
    assert values(numbers(50).split([0.5, 0.5])[0]) != first


def test_a_part_can_sink():
    train, _ = numbers().split([8, 2])
    plan = describe(train.shuffle(8).batch(4))
    assert plan is not None
    first = np.concatenate(list(plan.epoch_indices()))
    second = np.concatenate(list(plan.epoch_indices()))
    assert set(first) == set(second) == set(values(train))
    assert first.tolist() != second.tolist()


def test_reset_begins_a_new_pass():
    data = numbers(shuffle=True)
    state = data.iteration_state()
    rows = iter(data.create_tuple_iterator(num_epochs=1, output_numpy=True))
    next(rows)
    data.reset()
    assert data.iteration_state() == {**state, "pass_number": 1}
    assert len(values(data)) == 10
    data.reset()
    assert data.iteration_state()["pass_number"] == 2


@pytest.mark.parametrize(
    ("sizes", "kind"),
    [
        ([6, 3], RuntimeError),
        ([6, 5], RuntimeError),
        ([0.99, 0.01], RuntimeError),
        ([0.5, 0.4], ValueError),
        ([0.6, 0.6], ValueError),
        ([], ValueError),
        ([-1, 11], ValueError),
        ([0, 10], ValueError),
        ([0.5, 1], ValueError),
        ("a", TypeError),
        ((6, 4), TypeError),
    ],
)
def test_errors(sizes, kind):
    with pytest.raises(kind, match="split"):
        numbers().split(sizes)


def test_randomize_must_be_a_bool():
    with pytest.raises(TypeError, match="randomize"):
        numbers().split([6, 4], 1)
