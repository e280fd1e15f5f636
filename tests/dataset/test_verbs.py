import numpy as np
import pytest

import cellnet.dataset as ds


def rows_of(dataset):
    return list(dataset.create_dict_iterator(num_epochs=1, output_numpy=True))


def column(dataset, name="x"):
    return [row[name].tolist() for row in rows_of(dataset)]


def numbers(size=10):
    return ds.NumpySlicesDataset(np.arange(size), ["x"], shuffle=False)


def pairs():
    data = (np.arange(12).reshape(6, 2), np.arange(6))
    return ds.NumpySlicesDataset(data, ["x", "y"], shuffle=False)


def streamed(size=10):
    """The same rows, but not in memory: the other way through every verb."""
    return ds.GeneratorDataset(lambda: iter([(i,) for i in range(size)]), ["x"])


SOURCES = pytest.mark.parametrize("source", [numbers, streamed])


@SOURCES
@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        (lambda d: d.take(3), [0, 1, 2]),
        (lambda d: d.take(), list(range(10))),
        (lambda d: d.take(20), list(range(10))),
        (lambda d: d.skip(7), [7, 8, 9]),
        (lambda d: d.skip(0), list(range(10))),
        (lambda d: d.take(2).repeat(3), [0, 1] * 3),
        (lambda d: d.repeat(2).skip(9).take(2), [9, 0]),
        (lambda d: d.repeat().take(12), [*range(10), 0, 1]),
        (lambda d: d.repeat(-1).skip(8).take(3), [8, 9, 0]),
        (lambda d: d.batch(4), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]),
        (lambda d: d.batch(4, drop_remainder=True), [[0, 1, 2, 3], [4, 5, 6, 7]]),
        (lambda d: d.batch(4, True).repeat(2).take(3).skip(2), [[0, 1, 2, 3]]),
        (lambda d: d.batch(2, True).batch(4, True), [[[0, 1], [2, 3], [4, 5], [6, 7]]]),
        (lambda d: d.repeat(2).batch(15), [[*range(10), *range(5)], [*range(5, 10)]]),
        (lambda d: d.filter(lambda x: x % 3 == 0), [0, 3, 6, 9]),
        (lambda d: d.map(lambda x: x + 1).take(2), [1, 2]),
        (lambda d: d.concat(d.take(1)), [*range(10), 0]),
        (lambda d: d + d.take(1), [*range(10), 0]),
    ],
)
def test_order_and_size(source, verb, expected):
    dataset = verb(source())
    assert column(dataset) == expected
    assert dataset.get_dataset_size() == len(dataset) == len(expected)


def test_size_of_an_endless_pass_is_one_round():
    assert len(numbers().repeat()) == 10
    assert len(numbers().batch(4).repeat(-1)) == 3
    assert len(numbers().repeat().take(25)) == 25


def test_repeat_count_and_batch_size_are_the_last_ones():
    dataset = numbers().repeat(2).batch(5)
    assert (dataset.get_repeat_count(), dataset.get_batch_size()) == (2, 5)
    assert dataset.repeat(3).get_repeat_count() == 3
    assert dataset.repeat().get_repeat_count() == -1
    assert (numbers().get_repeat_count(), numbers().get_batch_size()) == (1, 1)


@SOURCES
def test_shuffle_is_a_permutation_and_new_in_each_pass(source):
    ds.config.set_seed(3)
    dataset = source(40).shuffle(40)
    first, second = column(dataset), column(dataset)
    assert sorted(first) == sorted(second) == list(range(40))
    assert len({tuple(first), tuple(second), tuple(range(40))}) == 3


@SOURCES
def test_shuffle_buffer_bounds_how_early_a_row_comes(source):
    ds.config.set_seed(3)
    result = column(source(100).shuffle(5))
    assert sorted(result) == list(range(100))
    assert all(row <= place + 4 for place, row in enumerate(result))
    assert result != list(range(100))


def test_shuffle_is_uniform():
    ds.config.set_seed(0)
    dataset = numbers(3).shuffle(3).batch(3)
    counts = {}
    for _ in range(3000):
        (row,) = rows_of(dataset)
        key = tuple(row["x"].tolist())
        counts[key] = counts.get(key, 0) + 1
    # Six orders, 500 each, standard deviation 20.
    assert len(counts) == 6
    assert all(abs(count - 500) < 100 for count in counts.values())


@pytest.mark.parametrize(
    ("keywords", "names"),
    [
        ({"input_columns": ["x", "y"], "output_columns": ["p", "q", "r"]}, "pqr"),
        ({"input_columns": ["x"], "output_columns": ["p", "q"]}, "pqy"),
        ({"input_columns": "y", "output_columns": "p"}, "xp"),
        ({"input_columns": "x", "output_columns": ["p", "q"], "column_order": "qy"}, 0),
    ],
)
def test_map_column_names(keywords, names):
    """Column orders of MindSpore 2.10; column_order is r1.0's."""
    count = len(np.atleast_1d(keywords["output_columns"]))
    if "column_order" in keywords:
        keywords = {**keywords, "column_order": ["q", "y"]}
        names = "qy"

    def operation(*values):
        return (values[0],) * count

    dataset = pairs().map(operation, **keywords)
    assert dataset.get_col_names() == list(names)
    assert list(rows_of(dataset)[0]) == list(names)


def test_map_takes_the_first_column_by_default():
    first = rows_of(pairs().map(lambda x: x + 1))[0]
    assert first["x"].tolist() == [1, 2]
    assert first["y"].tolist() == 0


def test_map_chains_operations_over_several_values():
    dataset = pairs().map(
        [lambda x, y: (x.sum(), y * 10), lambda a, b: a + b],
        input_columns=["x", "y"],
        output_columns=["z"],
    )
    assert column(dataset, "z") == [1, 15, 29, 43, 57, 71]


def test_map_after_batch_gets_whole_batches():
    dataset = numbers(4).batch(2).map(lambda x: x.sum())
    assert column(dataset) == [1, 5]


def test_map_failure_names_operation_column_and_sample():
    def reciprocal(x):
        return 6 // (x.item() - 2)

    with pytest.raises(
        RuntimeError, match=r"map: reciprocal failed on column\(s\) \['x'\] of sample 2"
    ) as caught:
        column(numbers().map(reciprocal))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (lambda x: None, "gave NoneType for sample 0"),
        (lambda x: (x, x), r"gave 2 value\(s\), but output_columns names 1"),
    ],
)
def test_map_checks_what_the_function_gives(operation, message):
    with pytest.raises(RuntimeError, match=message):
        column(numbers().map(operation))


def test_batch_of_different_shapes_names_the_column():
    def source():
        yield np.zeros(2)
        yield np.zeros(3)

    dataset = ds.GeneratorDataset(source, ["x"]).batch(2)
    with pytest.raises(
        RuntimeError, match=r"column 'x' of batch 0: row 1 has shape \(3,\)"
    ):
        column(dataset)


def test_per_batch_map():
    def add_batch_number(values, info):
        return ([value + 10 * info.get_batch_num() for value in values],)

    dataset = pairs().batch(4, per_batch_map=add_batch_number, input_columns=["y"])
    assert column(dataset, "y") == [[0, 1, 2, 3], [14, 15]]
    assert ds.describe(dataset) is None


def test_project_and_rename():
    dataset = pairs().project(["y", "x"]).rename("x", "z")
    assert dataset.get_col_names() == ["y", "z"]
    assert column(dataset, "z")[1] == [2, 3]
    assert list(rows_of(pairs().project("y"))[0]) == ["y"]


def test_a_dropped_name_can_be_used_again():
    dataset = pairs().project("x").rename("x", "y")
    assert column(dataset, "y")[0] == [0, 1]


def test_zip():
    dataset = ds.zip((pairs(), ds.NumpySlicesDataset([7, 8], ["k"], shuffle=False)))
    assert dataset.get_col_names() == ["x", "y", "k"]
    assert column(dataset, "k") == [7, 8]
    assert len(dataset) == 2
    assert len(pairs().zip(numbers().rename("x", "z"))) == 6


def test_filter_may_leave_nothing():
    assert column(numbers().filter(lambda x: False)) == []
    assert column(numbers().filter(lambda x: False).batch(2)) == []


@pytest.mark.parametrize(
    ("verb", "error", "message"),
    [
        (lambda d: d.batch(0), ValueError, r"batch_size must lie in \[1,"),
        (lambda d: d.batch(-1), ValueError, "batch_size"),
        (lambda d: d.batch(True), TypeError, "batch_size must be an int, got True"),
        (lambda d: d.batch("3"), TypeError, "batch_size must be an int, got '3'"),
        (lambda d: d.batch(2.0), TypeError, "batch_size"),
        (lambda d: d.batch(2, "x"), TypeError, "drop_remainder"),
        (lambda d: d.batch(2, per_batch_map=3), TypeError, "per_batch_map"),
        (lambda d: d.batch(2, input_columns="x"), ValueError, "per_batch_map"),
        (lambda d: d.shuffle(1), ValueError, r"buffer_size must lie in \[2,"),
        (lambda d: d.shuffle("x"), TypeError, "buffer_size"),
        (lambda d: d.repeat(0), ValueError, "count must be -1"),
        (lambda d: d.repeat(-2), ValueError, "count"),
        (lambda d: d.repeat(True), TypeError, "count"),
        (lambda d: d.take(0), ValueError, "count must be -1"),
        (lambda d: d.take("x"), TypeError, "count"),
        (lambda d: d.skip(-1), ValueError, "count"),
        (lambda d: d.map(3), ValueError, "operations must be callable, got 3"),
        (lambda d: d.map(ds.vision.HWC2CHW), ValueError, r"Write HWC2CHW\(...\)"),
        (lambda d: d.map(abs, "q"), RuntimeError, r"\['q'\].*columns here are \['x'"),
        (lambda d: d.map(abs, "x", "y"), RuntimeError, r"\['y'\] exist already"),
        (lambda d: d.map(abs, "x", cache=3), ValueError, "cache=3 is not supported"),
        (lambda d: d.map(abs, num_parallel_workers=0), ValueError, "workers"),
        (
            lambda d: d.map(ds.vision.Rescale(1.0, 0.0), ["x", "y"]),
            RuntimeError,
            "takes one column",
        ),
        (lambda d: d.project("q"), RuntimeError, r"\['q'\]"),
        (lambda d: d.project([]), ValueError, "must hold column names"),
        (lambda d: d.rename("q", "z"), RuntimeError, r"\['q'\]"),
        (lambda d: d.rename("x", "y"), RuntimeError, r"\['y'\] exist already"),
        (lambda d: d.rename(["x", "y"], "z"), ValueError, "2 input_columns but 1"),
        (lambda d: d.filter(3), TypeError, "predicate must be callable"),
        (lambda d: d.filter(abs, "q"), RuntimeError, r"\['q'\]"),
        (lambda d: d.zip(d), RuntimeError, r"columns \['x', 'y'\] come from more"),
        (lambda d: d.concat(d.project("x")), RuntimeError, "differ from the first"),
        (lambda d: d.concat(3), TypeError, "expected datasets, got 3"),
        (lambda d: ds.zip(d), TypeError, "tuple of datasets"),
        (lambda d: ds.zip((d,)), ValueError, "two datasets or more"),
    ],
)
def test_verbs_refuse_before_anything_is_read(verb, error, message):
    with pytest.raises(error, match=message):
        verb(pairs())


@SOURCES
@pytest.mark.parametrize(
    ("verb", "message"),
    [
        (lambda d: d.batch(20, True), "no batch of the 10 rows before it. Lower"),
        (lambda d: d.skip(10), r"skip\(10\) leaves none of the 10 rows"),
        (lambda d: d.batch(20, True).repeat(2), "no batch of the 10 rows"),
        (lambda d: d.batch(20, True).repeat(), "no batch of the 10 rows"),
    ],
)
def test_a_pass_without_rows_says_why(source, verb, message):
    dataset = verb(source())
    assert dataset.get_dataset_size() == 0
    with pytest.raises(RuntimeError, match=message):
        rows_of(dataset)
    with pytest.raises(RuntimeError, match=message):
        dataset.output_shapes()
