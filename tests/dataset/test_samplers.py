import numpy as np
import pytest

import cellnet.dataset as ds


def order(sampler, size=6):
    source = ds.NumpySlicesDataset(np.arange(size), ["x"], sampler=sampler)
    rows = source.create_tuple_iterator(num_epochs=1, output_numpy=True)
    result = [row[0].item() for row in rows]
    assert len(result) == source.get_dataset_size()
    return result


class Backwards(ds.Sampler):
    def __iter__(self):
        return iter(range(self.dataset_size - 1, -1, -1))


# The expected orders of samplers without chance are MindSpore 2.10's.
@pytest.mark.parametrize(
    ("sampler", "expected"),
    [
        (ds.SequentialSampler(), [0, 1, 2, 3, 4, 5]),
        (ds.SequentialSampler(2, 3), [2, 3, 4]),
        (ds.SequentialSampler(1, 9), [1, 2, 3, 4, 5]),
        (ds.SubsetSampler([3, 1]), [3, 1]),
        (ds.SubsetSampler([3, 1, 2], num_samples=2), [3, 1]),
        ([3, 1], [3, 1]),
        (np.array([4]), [4]),
        (ds.DistributedSampler(4, 0, shuffle=False), [0, 4]),
        (ds.DistributedSampler(4, 1, shuffle=False), [1, 5]),
        (ds.DistributedSampler(4, 2, shuffle=False), [2, 0]),
        (ds.DistributedSampler(4, 3, shuffle=False), [3, 1]),
        (ds.DistributedSampler(4, 1, shuffle=False, offset=1), [0, 4]),
        (ds.DistributedSampler(4, 0, shuffle=False, offset=1), [3]),
        (ds.DistributedSampler(4, 3, shuffle=False, offset=0), [3]),
        (ds.DistributedSampler(4, 0, shuffle=False, num_samples=1), [0]),
        (Backwards(), [5, 4, 3, 2, 1, 0]),
        (Backwards(num_samples=2), [5, 4]),
    ],
)
def test_order_without_chance(sampler, expected):
    assert order(sampler) == expected


def test_random_sampler_is_a_permutation():
    ds.config.set_seed(0)
    result = order(ds.RandomSampler(), 50)
    assert result != sorted(result)
    assert sorted(result) == list(range(50))


def test_random_sampler_num_samples_are_distinct_rows():
    assert len(set(order(ds.RandomSampler(num_samples=4)))) == 4
    assert len(order(ds.RandomSampler(num_samples=9))) == 6


def test_random_sampler_with_replacement_repeats_rows():
    ds.config.set_seed(0)
    result = order(ds.RandomSampler(replacement=True), 200)
    # A row is left out with chance (1 - 1/200)^200 = 0.367.
    assert 100 < len(set(result)) < 150


def test_subset_random_sampler():
    ds.config.set_seed(0)
    result = order(ds.SubsetRandomSampler(range(20)), 30)
    assert result != sorted(result)
    assert sorted(result) == list(range(20))


def test_distributed_shards_share_one_shuffle():
    shards = []
    for shard_id in range(3):
        ds.config.set_seed(5)
        shards.append(order(ds.DistributedSampler(3, shard_id), 9))
    assert sorted(sum(shards, [])) == list(range(9))


def test_weighted_random_sampler_follows_the_weights():
    ds.config.set_seed(0)
    result = order(ds.WeightedRandomSampler([3.0, 0, 1.0], 4000), 3)
    counts = np.bincount(result, minlength=3)
    assert counts[1] == 0
    assert counts[0] / 4000 == pytest.approx(0.75, abs=0.03)
    assert sorted(order(ds.WeightedRandomSampler([1, 1, 1], 3, False))) == [0, 1, 2]


def test_pk_sampler_takes_as_many_of_each_class():
    data = {"x": np.arange(9), "label": np.array([0, 1, 2] * 3)}
    dataset = ds.NumpySlicesDataset(data, sampler=ds.PKSampler(2))
    rows = list(dataset.create_tuple_iterator(output_numpy=True))
    assert [row[0].item() for row in rows] == [0, 3, 1, 4, 2, 5]
    with pytest.raises(RuntimeError, match="no column 'label'"):
        order(ds.PKSampler(2))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: ds.RandomSampler(replacement="x"), TypeError),
        (lambda: ds.RandomSampler(num_samples=-1), ValueError),
        (lambda: ds.RandomSampler(num_samples="x"), TypeError),
        (lambda: ds.SequentialSampler(-1), ValueError),
        (lambda: ds.SubsetSampler("01"), TypeError),
        (lambda: ds.SubsetSampler(["a"]), TypeError),
        (lambda: ds.DistributedSampler(0, 0), ValueError),
        (lambda: ds.DistributedSampler(2, 2), ValueError),
        (lambda: ds.DistributedSampler(2, "x"), TypeError),
        (lambda: ds.WeightedRandomSampler([]), ValueError),
        (lambda: ds.WeightedRandomSampler([-1.0, 2.0]), ValueError),
        (lambda: ds.WeightedRandomSampler([0.0]), ValueError),
        (lambda: ds.WeightedRandomSampler("x"), TypeError),
        (lambda: ds.PKSampler(0), ValueError),
        (lambda: ds.PKSampler(2, 3), NotImplementedError),
    ],
)
def test_settings_are_checked(make, error):
    with pytest.raises(error):
        make()


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (ds.SubsetSampler([1, 50]), "asks for row 50, .* 0 to 5"),
        (ds.SubsetSampler([-1]), "asks for row -1"),
        (ds.SequentialSampler(6), "start_index 6 is not below the number of rows, 6"),
        (ds.SubsetSampler([]), "SubsetSampler gives no rows"),
        (ds.WeightedRandomSampler([1.0] * 7), "7 weights for 6 rows"),
    ],
)
def test_rows_that_do_not_exist(sampler, message):
    with pytest.raises(RuntimeError, match=message):
        order(sampler)
