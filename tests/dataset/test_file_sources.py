"""Sources made of files, and the verbs for rows of unlike shapes."""

import json

import numpy as np
import pytest

import cellnet.dataset as ds

Image = pytest.importorskip("PIL.Image")
pytest.importorskip("cv2")
RNG = np.random.default_rng(0)


def values(data, column):
    return [r[column].tolist() for r in data.create_dict_iterator(1, output_numpy=True)]


@pytest.fixture
def folder(tmp_path):
    for name in ("dog", "cat"):
        (tmp_path / name / "deep").mkdir(parents=True)
        for place in ("0.png", "deep/1.png", "notes.txt"):
            path = tmp_path / name / place
            if path.suffix == ".txt":
                path.write_text("no image")
            else:
                pixels = RNG.integers(0, 256, (5, 4, 3), np.uint8)
                Image.fromarray(pixels).save(path)
    return tmp_path


def test_image_folder(folder):
    data = ds.ImageFolderDataset(folder, shuffle=False, decode=True)
    assert data.get_class_indexing() == {"cat": 0, "dog": 1}
    assert data.num_classes() == data.batch(2).num_classes() == 2
    rows = list(data.batches())
    assert [int(label) for _, label in rows] == [0, 0, 1, 1]
    assert rows[0][1].dtype == np.int32
    expected = np.asarray(Image.open(folder / "cat" / "0.png"))
    np.testing.assert_array_equal(rows[0][0], expected)
    (image, _), *_ = ds.ImageFolderDataset(folder, shuffle=False).batches()
    assert image.tobytes() == (folder / "cat" / "0.png").read_bytes()
    named = ds.ImageFolderDataset(folder, class_indexing={"dog": 7})
    assert values(named, "label") == [7, 7]
    balanced = ds.ImageFolderDataset(folder, sampler=ds.PKSampler(1))
    assert sorted(values(balanced, "label")) == [0, 1]


def test_image_folder_names_what_is_wrong(folder):
    (folder / "cat" / "0.png").write_bytes(b"no picture")
    with pytest.raises(RuntimeError, match="row 0.*cat/0.png"):
        list(ds.ImageFolderDataset(folder, shuffle=False, decode=True).batches())
    with pytest.raises(RuntimeError, match="holds no folder with images"):
        ds.ImageFolderDataset(folder / "cat", extensions=[".gif"])
    with pytest.raises(ValueError, match="not a folder"):
        ds.ImageFolderDataset(folder / "nothing")


@pytest.mark.parametrize("classes", [10, 100])
def test_cifar(tmp_path, classes):
    names = ("data_batch_1.bin", "test_batch.bin")
    labels = 1
    if classes == 100:
        names, labels = ("train.bin", "test.bin"), 2
    files = [RNG.integers(0, 256, (3, labels + 3072), np.uint8) for _ in names]
    for name, records in zip(names, files, strict=True):
        (tmp_path / name).write_bytes(records.tobytes())
    source = ds.Cifar10Dataset if classes == 10 else ds.Cifar100Dataset
    rows = list(source(tmp_path, "train", shuffle=False).batches())
    for (image, *found), record in zip(rows, files[0], strict=True):
        expected = record[labels:].reshape(3, 32, 32).transpose(1, 2, 0)
        np.testing.assert_array_equal(image, expected)
        assert [int(each) for each in found] == record[:labels].tolist()
        assert found[0].dtype == np.uint32
    assert source(tmp_path).get_dataset_size() == 6
    assert ds.describe(source(tmp_path).batch(2)) is not None
    (tmp_path / names[0]).write_bytes(b"123")
    with pytest.raises(RuntimeError, match=f"{names[0]}.*no whole number of records"):
        source(tmp_path)


def test_text_files(tmp_path):
    (tmp_path / "a.txt").write_text("eins\n\nzwei\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("drëi", encoding="utf-8")
    data = ds.TextFileDataset(str(tmp_path / "*.txt"), shuffle=False)
    assert values(data, "text") == ["eins", "zwei", "drëi"]
    parts = [
        values(
            ds.TextFileDataset(
                str(tmp_path / "*.txt"), shuffle=False, num_shards=2, shard_id=shard
            ),
            "text",
        )
        for shard in range(2)
    ]
    assert parts == [["eins", "zwei"], ["drëi", "eins"]]
    with pytest.raises(ValueError, match="no file"):
        ds.TextFileDataset(str(tmp_path / "c.txt"))


def test_csv(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('x,y,z\n1,2.5,"a,b"\n,4,c\n')
    data = ds.CSVDataset(str(path), shuffle=False)
    assert values(data, "z") == ["a,b", "c"]
    typed = ds.CSVDataset(str(path), ",", [7, 0.0, ""], shuffle=False)
    assert values(typed, "x") == [1, 7]
    assert typed.output_types()[:2] == [np.int32, np.float32]
    path.write_text("1,2\n1,2,3\n")
    with pytest.raises(RuntimeError, match="line 2: 3 fields, expected 2"):
        ds.CSVDataset(str(path), column_names=["p", "q"])
    path.write_text("1\nx\n")
    with pytest.raises(RuntimeError, match="line 2: column 'p' is int, got 'x'"):
        ds.CSVDataset(str(path), column_defaults=[0], column_names=["p"])


def test_manifest(folder):
    lines = [
        {
            "source": f"{name}/0.png",
            "usage": usage,
            "annotation": [{"name": name}],
        }
        for name, usage in (("dog", "train"), ("cat", "train"), ("cat", "eval"))
    ]
    path = folder / "list.manifest"
    path.write_text("\n".join(map(json.dumps, lines)))
    data = ds.ManifestDataset(str(path), shuffle=False)
    assert data.get_class_indexing() == {"cat": 0, "dog": 1}
    assert values(data, "label") == [1, 0]
    assert ds.ManifestDataset(str(path), "eval", decode=True).output_shapes()[0] == [
        5,
        4,
        3,
    ]
    path.write_text('{"source": "x"}')
    with pytest.raises(RuntimeError, match="entry 1"):
        ds.ManifestDataset(str(path))


def test_clue(tmp_path):
    path = tmp_path / "a.json"
    rows = [{"sentence1": "x", "sentence2": "y", "label": "0"}]
    path.write_text("\n".join(map(json.dumps, rows)))
    data = ds.CLUEDataset(str(path), "AFQMC", "train", shuffle=False)
    assert data.get_col_names() == ["label", "sentence1", "sentence2"]
    assert values(data, "label") == ["0"]
    with pytest.raises(RuntimeError, match="entry 1 lacks 'abst'"):
        list(ds.CLUEDataset(str(path), "CSL", "test", shuffle=False).batches())


def test_padded_dataset():
    data = ds.PaddedDataset([{"x": np.zeros(2)}, {"x": np.ones(3)}])
    assert values(data, "x") == [[0, 0], [1, 1, 1]]
    with pytest.raises(ValueError, match=r"padded_samples\[1\]"):
        ds.PaddedDataset([{"x": 1}, {"y": 1}])


def ragged(lengths=(3, 1, 4, 2, 5, 6)):
    return ds.GeneratorDataset([(np.arange(n),) for n in lengths], ["x"], shuffle=False)


@pytest.mark.parametrize(
    ("settings", "sides"),
    [
        ({}, [4, 2, 5, 6]),
        ({"pad_to_bucket_boundary": True}, [4, 2, 5, 6]),
        ({"pad_info": {"x": ([9], -1)}}, [9, 9, 9, 9]),
    ],
)
def test_bucket_batch_by_length(settings, sides):
    data = ragged().bucket_batch_by_length(["x"], [3, 5], [2, 2, 1], **settings)
    batches = [row[0] for row in data.batches()]
    assert [len(b) for b in batches] == [2, 2, 1, 1]
    assert [b.shape[1] for b in batches] == sides
    assert batches[0][0, :3].tolist() == [0, 1, 2]
    assert batches[0][0, 3] == (-1 if "pad_info" in settings else 0)
    assert data.get_dataset_size() == 4


def test_buckets_keep_or_drop_the_rest():
    data = ragged((1, 5)).bucket_batch_by_length(["x"], [3], [2, 2])
    assert [row[0].shape for row in data.batches()] == [(1, 1), (1, 5)]
    dropped = ragged((1, 5, 1)).bucket_batch_by_length(
        ["x"], [3], [2, 2], lambda x: np.array(len(x)), drop_remainder=True
    )
    assert [row[0].tolist() for row in dropped.batches()] == [[[0], [0]]]


def test_padded_batch():
    padded = ragged((3, 1, 2)).padded_batch(2, pad_info={"x": ([None], -1)})
    assert [row[0].tolist() for row in padded.batches()] == [
        [[0, 1, 2], [0, -1, -1]],
        [[0, 1]],
    ]
    assert padded.get_dataset_size() == 2
    with pytest.raises(RuntimeError, match="pad_info"):
        list(ragged((3, 1)).padded_batch(2).batches())


def test_apply():
    assert ragged().apply(lambda data: data.take(2)).get_dataset_size() == 2
    with pytest.raises(TypeError, match="expected a Dataset"):
        ragged().apply(lambda data: 3)


def test_a_cache_is_a_hint(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    cache = ds.DatasetCache(1, size=0)
    data = ds.TextFileDataset(str(tmp_path / "a.txt"), cache=cache)
    assert values(data, "text") == ["a"]
