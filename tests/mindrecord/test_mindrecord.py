"""FileWriter, FileReader and MindDataset: what is written is read."""

import gc
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet import mindrecord
from cellnet.mindrecord import FileReader, FileWriter, _shard
from cellnet.mindrecord._format import pack, unpack

SCHEMA = {
    "name": {"type": "string"},
    "label": {"type": "int32"},
    "share": {"type": "float64"},
    "counts": {"type": "int64", "shape": [-1]},
    "vector": {"type": "float32", "shape": [2, 2]},
    "data": {"type": "bytes"},
}


def row(number):
    return {
        "name": f"row é {number}",
        "label": -number,
        "share": number / 3,
        "counts": np.arange(number + 1) * 10**number,
        "vector": np.full((2, 2), number, np.float32),
        "data": bytes([number, 0, 0]),
    }


def write(path, rows, shards=1, page_size=None, index=None):
    writer = FileWriter(path, shards)
    if page_size:
        writer.set_page_size(page_size)
        writer.set_header_size(32 * 1024)
    writer.add_schema(SCHEMA, "a test")
    if index:
        writer.add_index(index)
    writer.write_raw_data(rows)
    writer.commit()
    return path


def assert_rows(found, expected):
    found, expected = list(found), list(expected)
    assert len(found) == len(expected)
    for ours, given in zip(found, expected, strict=True):
        assert list(ours) == sorted(SCHEMA)
        for name, value in given.items():
            if name == "data":
                value = np.frombuffer(value, np.uint8)
            np.testing.assert_array_equal(ours[name], value)
            assert ours[name].dtype.kind == np.asarray(value).dtype.kind


@pytest.mark.parametrize("shards", [1, 3])
def test_rows_come_back(tmp_path, shards):
    rows = [row(number) for number in range(8)]
    write(tmp_path / "set", rows, shards)
    first = tmp_path / ("set" if shards == 1 else "set0")
    assert_rows(FileReader(first).get_next(), rows)
    data = ds.MindDataset(first, shuffle=False)
    assert data.get_dataset_size() == 8
    assert_rows(data.create_dict_iterator(1, output_numpy=True), rows)


def test_many_pages(tmp_path):
    rows = [{**row(n), "data": bytes([n]) * 9000} for n in range(17)]
    path = write(tmp_path / "set", rows, page_size=32 * 1024)
    assert_rows(FileReader(path).get_next(), rows)


def test_append(tmp_path):
    path = write(tmp_path / "set", [row(0), row(1)])
    writer = FileWriter.open_for_append(path)
    writer.write_raw_data([row(2)])
    writer.commit()
    assert_rows(FileReader(path).get_next(), map(row, range(3)))


def test_an_append_that_is_not_committed_changes_nothing(tmp_path):
    path = write(tmp_path / "set", [row(0), row(1)], 2)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    writer = FileWriter.open_for_append(tmp_path / "set0")
    writer.write_raw_data([row(2)])
    shown = {n: b for n, b in _files(tmp_path).items() if not n.startswith(".")}
    assert shown == before
    del writer, path
    gc.collect()
    assert _files(tmp_path) == before


def test_an_append_that_is_killed_changes_nothing(tmp_path):
    path = write(tmp_path / "set", [row(0), row(1)])
    before = _files(tmp_path)
    # the package itself, without the one above it, which would import jax
    root = str(Path(mindrecord.__file__).parents[1])
    code = (
        "import os, signal, sys, types\n"
        f"above = types.ModuleType('cellnet'); above.__path__ = [{root!r}]\n"
        "sys.modules['cellnet'] = above\n"
        "from cellnet.mindrecord import FileReader, FileWriter\n"
        "rows = list(FileReader(sys.argv[1]).get_next())\n"
        "writer = FileWriter.open_for_append(sys.argv[1])\n"
        "one = {**rows[0], 'name': 'new', 'label': 1, 'share': 1.0}\n"
        "writer.write_raw_data([one] * 50)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert run.returncode == -signal.SIGKILL
    shown = {n: b for n, b in _files(tmp_path).items() if not n.startswith(".")}
    assert shown == before
    write(tmp_path / "other", [row(0)])  # the next writer clears what was left
    assert not [name for name in _files(tmp_path) if name.startswith(".")]


def test_a_new_file_and_the_index_of_the_old_one_never_meet(tmp_path, monkeypatch):
    path = write(tmp_path / "set", [row(0)])
    writer = FileWriter(path, overwrite=True)
    writer.add_schema({"x": {"type": "int32"}})
    writer.write_raw_data([{"x": 1}])

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(_shard, "atomic_write", die)  # when the index is to be written
    with pytest.raises(KeyboardInterrupt):
        writer.commit()
    with pytest.raises(RuntimeError, match="its index set.db is not beside it"):
        FileReader(path)


def _files(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_index_fields_are_in_the_table(tmp_path):
    path = write(tmp_path / "set", [row(0), row(1)], index=["label", "name"])
    with sqlite3.connect(f"{path}.db") as table:
        found = table.execute("SELECT label_0, name_0 FROM INDEXES").fetchall()
    assert found == [(0, "row é 0"), (-1, "row é 1")]


def test_columns_samples_and_shards(tmp_path):
    path = write(tmp_path / "set", [row(number) for number in range(6)])
    data = ds.MindDataset(str(path), ["label"], shuffle=False, num_shards=2, shard_id=1)
    assert data.get_col_names() == ["label"]
    found = [int(r["label"]) for r in data.create_dict_iterator(1, True)]
    assert found == [-1, -3, -5]
    (only,) = ds.MindDataset(str(path), num_samples=1, shuffle=False).batches()
    assert len(only) == len(SCHEMA)


@pytest.mark.parametrize("values", [[], [0], [127, 128, -128, -129, 2**40, -(2**63)]])
def test_packed_numbers(values):
    array = np.array(values, np.int64)
    packed = pack(array)
    np.testing.assert_array_equal(unpack(packed, np.int64), array)
    with pytest.raises(ValueError, match="cut off"):
        unpack(packed[:-1], np.int64)


def test_damaged_files_are_refused(tmp_path):
    path = write(tmp_path / "set", [row(0), row(1)])
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(RuntimeError, match="set: row 1 is cut off"):
        list(FileReader(path).get_next())
    path.write_bytes(b"something else altogether")
    with pytest.raises(RuntimeError, match="no MindRecord file"):
        FileReader(path)
    path.write_bytes(whole)
    (tmp_path / "set.db").unlink()
    with pytest.raises(RuntimeError, match="its index set.db"):
        ds.MindDataset(str(path))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"label": "x"}, TypeError, "row 0, field 'label'"),
        ({"label": 2**31}, OverflowError, "row 0, field 'label'"),
        ({"vector": np.ones(4, np.float64)}, TypeError, "expected an array of float32"),
        ({"vector": np.ones(3, np.float32)}, ValueError, "row 0, field 'vector'"),
        ({"data": "text"}, TypeError, "expected bytes"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path, changes, error, message):
    writer = FileWriter(tmp_path / "set")
    writer.add_schema(SCHEMA)
    with pytest.raises(error, match=message):
        writer.write_raw_data([{**row(0), **changes}])


def test_misuse_is_refused(tmp_path):
    path = write(tmp_path / "set", [row(0)])
    with pytest.raises(RuntimeError, match="exists already"):
        FileWriter(path)
    with pytest.raises(RuntimeError, match="add_schema first"):
        FileWriter(tmp_path / "new").write_raw_data([row(0)])
    with pytest.raises(ValueError, match="no scalar field"):
        write(tmp_path / "other", [row(0)], index=["data"])
    with pytest.raises(RuntimeError, match="there is no file"):
        ds.MindDataset(str(tmp_path / "nothing"))
    reader = FileReader(path)
    reader.close()
    with pytest.raises(RuntimeError, match="closed"):
        reader.len()
