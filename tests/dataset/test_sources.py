import numpy as np
import pytest

import cellnet.dataset as ds


def column(dataset, name="x"):
    rows = dataset.create_dict_iterator(num_epochs=1, output_numpy=True)
    return [row[name].tolist() for row in rows]


@pytest.mark.parametrize(
    ("data", "names", "first_row"),
    [
        (np.arange(6.0).reshape(3, 2), ["column_0"], [[0.0, 1.0]]),
        ([5, 6, 7], ["column_0"], [5]),
        ([[1, 2], [3, 4]], ["column_0"], [[1, 2]]),
        (([1, 2], [3, 4]), ["column_0", "column_1"], [1, 3]),
        ({"a": [1, 2], "b": (3.5, 4.5)}, ["a", "b"], [1, 3.5]),
    ],
)
def test_numpy_slices_takes_rows_of_each_column(data, names, first_row):
    dataset = ds.NumpySlicesDataset(data, shuffle=False)
    assert dataset.get_col_names() == names
    row = next(dataset.create_tuple_iterator(output_numpy=True))
    assert [array.tolist() for array in row] == first_row


def test_numpy_slices_names_replace_the_keys():
    assert ds.NumpySlicesDataset({"a": [1]}, ["z"]).get_col_names() == ["z"]
    assert ds.NumpySlicesDataset([1, 2], "x").get_col_names() == ["x"]


def test_numpy_slices_rows_of_different_shapes():
    dataset = ds.NumpySlicesDataset([[1], [2, 3]], ["x"], shuffle=False)
    assert column(dataset) == [[1], [2, 3]]
    assert ds.describe(dataset) is None


@pytest.mark.parametrize(
    ("data", "names", "error", "message"),
    [
        (3, None, TypeError, "must be an array, list, tuple or dict"),
        ((1, 2), None, TypeError, "column 'column_0' must be a list"),
        ([], None, ValueError, "must not be empty"),
        (np.zeros((0, 3)), None, ValueError, "must not be empty"),
        (([1, 2], [3]), ["x", "y"], ValueError, "differ in length: {'x': 2, 'y': 1}"),
        (([1], [2]), ["x"], ValueError, "1 column_names"),
        (([1], [2]), ["x", "x"], ValueError, "names a column twice"),
        ([1], 3, TypeError, "must be a column name"),
    ],
)
def test_numpy_slices_refuses(data, names, error, message):
    with pytest.raises(error, match=message):
        ds.NumpySlicesDataset(data, names)


def test_source_rows_can_be_changed_without_harm_to_the_data():
    data = np.arange(3)

    def spoil(x):
        x += 100
        return x

    dataset = ds.NumpySlicesDataset(data, ["x"], shuffle=False)
    assert column(dataset.map(spoil)) == [100, 101, 102]
    for row in dataset.create_tuple_iterator(num_epochs=1, output_numpy=True):
        row[0] += 100
    assert data.tolist() == [0, 1, 2]


class Squares:
    """Random access."""

    def __getitem__(self, index):
        return index, index * index / 2

    def __len__(self):
        return 5


class Restarting:
    """An iterator that begins anew at each __iter__."""

    def __iter__(self):
        self.index = 0
        return self

    def __next__(self):
        self.index += 1
        if self.index > 3:
            raise StopIteration
        return (self.index,)


def three():
    yield from ((1,), (2,), (3,))


def test_generator_random_access():
    dataset = ds.GeneratorDataset(Squares(), ["x", "y"], shuffle=False)
    assert column(dataset, "y") == [0.0, 0.5, 2.0, 4.5, 8.0]
    assert len(dataset) == 5
    ds.config.set_seed(2)
    shuffled = column(ds.GeneratorDataset(Squares(), ["x", "y"]))
    assert shuffled != sorted(shuffled)
    assert sorted(shuffled) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("source", [three, Restarting(), [(1,), (2,), (3,)], [1, 2, 3]])
def test_generator_sources_can_be_read_again(source):
    dataset = ds.GeneratorDataset(source, ["x"], shuffle=False)
    assert dataset.get_dataset_size() == 3
    assert column(dataset) == [1, 2, 3]
    assert column(dataset) == [1, 2, 3]


def test_generator_num_samples():
    dataset = ds.GeneratorDataset(three, ["x"], num_samples=2)
    assert column(dataset) == [1, 2]
    assert len(dataset) == 2


def test_generator_converts_python_numbers_as_numpy_does():
    dataset = ds.GeneratorDataset([(1, 2.5, True)], ["i", "f", "b"])
    assert dataset.output_types() == [np.int64, np.float64, np.bool_]


def test_generator_shuffle_without_random_access_warns():
    with pytest.warns(UserWarning, match="shuffle has no effect"):
        ds.GeneratorDataset(three, ["x"], shuffle=True)


@pytest.mark.parametrize(
    ("source", "keywords", "error", "message"),
    [
        (3, {}, TypeError, "must be a function"),
        (iter([(1,)]), {}, TypeError, "read only once"),
        (three(), {}, TypeError, "read only once"),
        (three, {"column_names": None}, ValueError, "column_names is missing"),
        (three, {"sampler": ds.SequentialSampler()}, ValueError, "sampler needs"),
        (three, {"num_shards": 2, "shard_id": 0}, ValueError, "num_shards needs"),
        (three, {"schema": "s.json"}, ValueError, "schema='s.json' is not supported"),
        (three, {"column_types": ["int8"] * 2}, ValueError, "2 column_types for 1"),
        ([], {}, RuntimeError, "no rows"),
    ],
)
def test_generator_refuses(source, keywords, error, message):
    with pytest.raises(error, match=message):
        ds.GeneratorDataset(source, **{"column_names": ["x"], **keywords})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((1, 2), r"row 1 has 2 value\(s\), expected 1 for columns \['x'\]"),
        (None, "row 1, column 'x': got NoneType"),
        ({"x": 1}, "row 1, column 'x': got dict"),
    ],
)
def test_generator_bad_row_is_named(row, message):
    dataset = ds.GeneratorDataset(lambda: iter([(1,), row]), ["x"])
    with pytest.raises(RuntimeError, match=message):
        column(dataset)


def test_generator_column_types_are_checked():
    dataset = ds.GeneratorDataset(three, ["x"], column_types=["float32"])
    with pytest.raises(
        RuntimeError, match="dtype int64, but column_types says float32"
    ):
        column(dataset)


def test_generator_failure_names_the_row_and_keeps_the_cause():
    def failing():
        yield (1,)
        raise KeyError("boo")

    with pytest.raises(RuntimeError, match="failed at row 1: KeyError") as caught:
        column(ds.GeneratorDataset(failing, ["x"]))
    assert isinstance(caught.value.__cause__, KeyError)


def test_random_access_failure_names_the_row():
    class Failing(Squares):
        def __getitem__(self, index):
            return [0][index]

    with pytest.raises(RuntimeError, match="failed at row 1: IndexError"):
        column(ds.GeneratorDataset(Failing(), ["x"], shuffle=False))


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"num_samples": -1}, ValueError, r"num_samples must lie in \[0,"),
        ({"num_samples": True}, TypeError, "num_samples must be an int, got True"),
        ({"num_samples": "5"}, TypeError, "num_samples must be an int"),
        ({"shuffle": "yes"}, TypeError, "shuffle must be True, False"),
        ({"num_shards": 2}, RuntimeError, "so shard_id must be too"),
        ({"shard_id": 0}, RuntimeError, "so num_shards must be too"),
        (
            {"num_shards": 2, "shard_id": 2},
            ValueError,
            r"shard_id must lie in \[0, 1\]",
        ),
        ({"sampler": [0], "shuffle": True}, RuntimeError, "sampler or shuffle"),
        ({"sampler": [0], "num_shards": 1}, RuntimeError, "sampler or num_shards"),
        ({"sampler": 3}, TypeError, "sampler must be a Sampler"),
        (
            {"sampler": ds.SequentialSampler(), "num_samples": 1},
            ValueError,
            "num_samples to the sampler",
        ),
        ({"num_parallel_workers": 0}, ValueError, "num_parallel_workers"),
    ],
)
def test_source_arguments_are_checked(keywords, error, message):
    with pytest.raises(error, match=message):
        ds.NumpySlicesDataset([1, 2, 3], **keywords)
