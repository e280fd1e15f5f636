"""CsvToMR, ImageNetToMR, Cifar10ToMR, TFRecordToMR: the rows that they write."""

from collections import namedtuple

import numpy as np
import pytest

from cellnet.mindrecord import (
    Cifar10ToMR,
    Cifar100ToMR,
    CsvToMR,
    FileReader,
    ImageNetToMR,
    TFRecordToMR,
)
from cellnet.tfrecord import write_tfrecord

Feature = namedtuple("Feature", ["shape", "dtype"])


def rows(path):
    return list(FileReader(path).get_next())


def test_csv(tmp_path):
    source, out = tmp_path / "a.csv", tmp_path / "a.mindrecord"
    source.write_text('x,y,z\n1,2.5,hello\n3,4,"a,b"\n5,6,\n')
    CsvToMR(source, out).transform()
    assert FileReader(out).schema() == {
        **{"x": {"type": "int64"}, "y": {"type": "float64"}, "z": {"type": "string"}}
    }
    assert [tuple(r[k].item() for k in "xyz") for r in rows(out)] == [
        (1, 2.5, "hello"),
        (3, 4.0, "a,b"),
    ]
    CsvToMR(source, tmp_path / "two", ["x"], 2).run()
    assert [r["x"].item() for r in rows(tmp_path / "two0")] == [1, 3, 5]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("x,y\n1\n", None, r"line 2: 1 values, expected 2"),
        ("x,y\n1,2\n", ["q"], r"has no column \['q'\]"),
        ("", None, "no line of names"),
    ],
)
def test_bad_csv_is_refused(tmp_path, text, columns, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(RuntimeError, match=rf"a\.csv.*{message}"):
        CsvToMR(tmp_path / "a.csv", tmp_path / "out", columns).transform()
    assert not (tmp_path / "out").exists()


def folders(folder):
    for name in ("n1", "n2"):
        (folder / "images" / name).mkdir(parents=True)
        for file in ("b.jpg", "a.JPEG", "c.png"):
            data = f"{name} {file}".encode()
            (folder / "images" / name / file).write_bytes(data)


def test_image_folders(tmp_path):
    folders(tmp_path)
    (tmp_path / "map.txt").write_text("n1 0\nn2 7\n")
    out = tmp_path / "out"
    ImageNetToMR(tmp_path / "map.txt", tmp_path / "images", out).transform()
    found = [(r["label"].item(), r["image"].tobytes()) for r in rows(out)]
    assert found == [
        *((0, b"n1 a.JPEG"), (0, b"n1 b.jpg"), (7, b"n2 a.JPEG"), (7, b"n2 b.jpg"))
    ]


@pytest.mark.parametrize("line", ["../secret 1", "n3 1", "n1", "n1 one"])
def test_a_bad_line_of_the_map_is_refused(tmp_path, line):
    folders(tmp_path)
    (tmp_path / "secret").mkdir()
    (tmp_path / "map.txt").write_text(f"n1 0\n{line}\n")
    convert = ImageNetToMR(tmp_path / "map.txt", tmp_path / "images", tmp_path / "out")
    with pytest.raises(RuntimeError, match=r"map\.txt, line 2: "):
        convert.transform()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("labels", [1, 2])
def test_cifar(tmp_path, labels):
    cv2 = pytest.importorskip("cv2")
    kind = (Cifar10ToMR, Cifar100ToMR)[labels - 1]
    names = (
        ("data_batch_1.bin", "test_batch.bin")
        if labels == 1
        else (*("train.bin", "test.bin"),)
    )
    record = np.full((2, labels + 3072), 3, np.uint8)
    record[:, labels : labels + 1024] = 200  # red
    record[1, :labels] = 9
    for name in names:
        record.tofile(tmp_path / name)
    kind(tmp_path, tmp_path / "out").transform()
    for end in ("", "_test"):
        first, second = rows(tmp_path / f"out{end}")
        fields = ["label"] if labels == 1 else ["coarse_label", "fine_label"]
        assert [first["id"], *(first[f] for f in fields)] == [0, *[3] * labels]
        assert [second["id"], *(second[f] for f in fields)] == [1, *[9] * labels]
        pixels = cv2.imdecode(first["data"], cv2.IMREAD_COLOR)
        assert pixels.shape == (32, 32, 3)
        assert abs(pixels[5, 5].astype(int) - [3, 3, 200]).max() < 4  # blue, green, red


def test_damaged_cifar_is_refused(tmp_path):
    (tmp_path / "data_batch_1.bin").write_bytes(b"1234")
    with pytest.raises(RuntimeError, match=r"data_batch_1\.bin is no whole number"):
        Cifar10ToMR(tmp_path, tmp_path / "out").transform()


def records(path):
    values = [
        {"n/one": np.array(k), "many": np.arange(3) / 2, "data": np.array([b"\0\xff"])}
        for k in range(4)
    ]
    write_tfrecord(path, [{**v, "name": np.array(f"é{v['n/one']}")} for v in values])
    return {
        **{"n/one": Feature([], "int64"), "many": Feature([3], "float32")},
        **{"data": Feature([], "string"), "name": Feature([], "string")},
    }


def test_tfrecord(tmp_path):
    features = records(tmp_path / "a")
    TFRecordToMR(tmp_path / "a", tmp_path / "out", features, ["data"]).transform()
    found = rows(tmp_path / "out")
    assert [r["n_one"].item() for r in found] == [0, 1, 2, 3]
    assert [str(r["name"]) for r in found] == ["é0", "é1", "é2", "é3"]
    assert found[0]["many"].tolist() == [0, 0.5, 1]
    assert found[0]["data"].tolist() == [0, 255]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"many": Feature([2], "float32")}, RuntimeError, "0, 'many': 3 values"),
        ({"other": Feature([], "int64")}, RuntimeError, "0, 'other': it is not there"),
        ({"data": Feature([], "string")}, RuntimeError, "0, 'data': no string"),
        ({"many": Feature([2, 2], "float32")}, ValueError, "feature 'many'"),
        ({"many": Feature([2], "string")}, ValueError, "feature 'many'"),
    ],
)
def test_features_that_do_not_fit_are_refused(tmp_path, change, error, message):
    features = {**records(tmp_path / "a"), **change}
    texts = None if "data" in change else ["data"]
    with pytest.raises(error, match=message):
        TFRecordToMR(tmp_path / "a", tmp_path / "out", features, texts).transform()
    assert not (tmp_path / "out").exists()


def test_what_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "out").write_text("kept")
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(RuntimeError, match="exists already"):
        CsvToMR(tmp_path / "a.csv", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "kept"
