"""Batches by a function, save, sync_wait, use_sampler, device_que."""

import numpy as np
import pytest

import cellnet.dataset as ds


def numbers(count=7):
    return ds.NumpySlicesDataset({"x": np.arange(count)}, shuffle=False)


def rows(data, name="x"):
    return [r[name].tolist() for r in data.create_dict_iterator(1, output_numpy=True)]


class TestBatchByFunction:
    @pytest.mark.parametrize("verb", ["batch", "padded_batch"])
    def test_each_batch_is_as_large_as_the_function_says(self, verb):
        data = getattr(numbers(), verb)(lambda info: info.get_batch_num() + 1)
        assert rows(data) == [[0], [1, 2], [3, 4, 5], [6]]
        assert data.get_dataset_size() == 4
        assert data.get_batch_size() == -1

    def test_a_short_last_batch_is_dropped(self):
        data = numbers().batch(lambda info: info.get_batch_num() + 1, True)
        assert rows(data) == [[0], [1, 2], [3, 4, 5]]
        assert data.get_dataset_size() == 3

    def test_the_pass_is_counted_and_a_repeat_is_one_pass(self):
        data = numbers(4).batch(lambda info: info.get_epoch_num() + 1).repeat(2)
        assert rows(data) == [[0], [1], [2], [3]] * 2
        assert rows(data) == [[0, 1], [2, 3]] * 2

    def test_the_function_is_asked_for_batches_that_there_are_only(self):
        sizes = [3, 4]
        data = numbers().batch(lambda info: sizes[info.get_batch_num()])
        assert rows(data) == [[0, 1, 2], [3, 4, 5, 6]]

    @pytest.mark.parametrize("size", [0, -1, 1.5, "2", None])
    def test_what_is_no_size_is_refused_and_the_batch_named(self, size):
        data = numbers().batch(lambda info: 1 if info.get_batch_num() < 2 else size)
        with pytest.raises(RuntimeError, match="batch_size failed for batch 2"):
            rows(data)

    def test_per_batch_map_is_told_the_same(self):
        seen = []

        def note(values, info):
            seen.append((info.get_epoch_num(), info.get_batch_num()))
            return ([v * 10 for v in values],)

        data = numbers(3).batch(
            lambda info: 2 - info.get_batch_num(), False, None, note
        )
        assert rows(data) == [[0, 10], [20]]
        assert rows(data) == [[0, 10], [20]]
        assert seen == [(0, 0), (0, 1), (1, 0), (1, 1)]


class TestSave:
    def table(self):
        columns = {
            **{"a": np.arange(4), "b": np.arange(4, dtype=np.uint8)},
            **{"c": np.arange(8, dtype=np.float16).reshape(4, 2)},
            **{"d": np.array(list("wxyz")), "e": np.array([True, False] * 2)},
            "f": np.arange(24, dtype=np.float64).reshape(4, 2, 3),
        }
        return ds.NumpySlicesDataset(columns, shuffle=False), columns

    def test_mindrecord_keeps_values_in_types_that_it_has(self, tmp_path):
        data, columns = self.table()
        data.save(tmp_path / "rows")
        found = ds.MindDataset(tmp_path / "rows", shuffle=False)
        types = dict(zip(found.get_col_names(), found.output_types(), strict=True))
        assert [types[n].name for n in "abcef"] == [
            *("int64", "int32", "float32", "int32", "float64")
        ]
        for name, array in columns.items():
            assert rows(found, name) == array.tolist()

    def test_several_files_hold_every_row_once(self, tmp_path):
        numbers().save(tmp_path / "rows", 3)
        found = rows(ds.MindDataset(tmp_path / "rows0", shuffle=False))
        assert sorted(found) == list(range(7))

    def test_rows_of_any_length(self, tmp_path):
        data = ds.GeneratorDataset([np.arange(n) for n in (1, 3)], "x", shuffle=False)
        data.save(tmp_path / "rows")
        assert rows(ds.MindDataset(tmp_path / "rows", shuffle=False)) == [
            [0],
            [0, 1, 2],
        ]

    def test_tfrecord(self, tmp_path):
        data, columns = self.table()
        data.save(tmp_path / "rows", file_type="tfrecord")
        schema = ds.Schema()
        for name, dtype, shape in (
            *(("a", "int64", []), ("b", "uint8", []), ("c", "float32", [2])),
            *(("d", "string", []), ("f", "float32", [2, 3])),
        ):
            schema.add_column(name, dtype, shape)
        found = ds.TFRecordDataset(tmp_path / "rows", schema, shuffle=False)
        for name in "abcdf":
            assert rows(found, name) == columns[name].tolist()

    def test_what_cannot_be_saved_is_refused(self, tmp_path):
        numbers().save(tmp_path / "rows")
        with pytest.raises(RuntimeError, match="exists already"):
            numbers().save(tmp_path / "rows")
        with pytest.raises(ValueError, match="num_files"):
            numbers().save(tmp_path / "other", 0)
        with pytest.raises(ValueError, match="file_type must be"):
            numbers().save(tmp_path / "other", 1, "csv")
        with pytest.raises(TypeError, match="file_name"):
            numbers().save(3)
        texts = ds.NumpySlicesDataset({"t": [["a", "b"]]}, shuffle=False)
        with pytest.raises(ValueError, match="column 't'"):
            texts.save(tmp_path / "other")
        assert not (tmp_path / "other").exists()


class TestSyncWait:
    def test_what_an_update_changes_is_seen_by_the_next_row(self):
        state = {"scale": 1}
        data = numbers(4).sync_wait("policy", callback=state.update)
        data = data.map(lambda x: x * state["scale"], "x", num_parallel_workers=2)
        data = data.batch(1)
        seen = []
        for row in data.create_dict_iterator(1, output_numpy=True):
            seen.append(row["x"].item())
            data.sync_update("policy", data={"scale": 10 ** len(seen)})
        assert seen == [0, 10, 200, 3000]

    def test_names_are_looked_at(self):
        data = numbers().sync_wait("a")
        data.sync_update("a")
        with pytest.raises(RuntimeError, match="no sync_wait 'b'"):
            data.sync_update("b")
        with pytest.raises(RuntimeError, match="'a' exists already"):
            data.sync_wait("a")
        with pytest.raises(TypeError, match="callback"):
            data.sync_wait("c", callback=3)


class TestUseSampler:
    def test_the_source_is_read_in_another_order(self):
        data = numbers()
        assert data.get_dataset_size() == 7
        batched = data.batch(2)
        assert data.output_shapes() == [[]]
        data.use_sampler(ds.SubsetSampler([5, 1]))
        assert rows(data) == [5, 1]
        assert data.get_dataset_size() == 2
        assert rows(batched) == [[0, 1], [2, 3], [4, 5], [6]]  # it was there before

    def test_what_has_no_sampler_is_refused(self):
        assert isinstance(numbers(), ds.MappableDataset)
        assert not hasattr(numbers().batch(2), "use_sampler")
        stream = ds.GeneratorDataset(lambda: iter([(1,)]), ["x"])
        with pytest.raises(RuntimeError, match="no source of random access"):
            stream.use_sampler(ds.SequentialSampler())
        with pytest.raises(TypeError, match="expected a Sampler"):
            numbers().use_sampler(None)


def test_queues_of_a_device_are_the_dataset_itself():
    data = numbers()
    assert data.device_que() is data
    assert data.to_device() is data
