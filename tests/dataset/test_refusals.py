"""Damaged data is refused: the message names the file, the sample and the cause."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image

import cellnet.dataset as ds
from cellnet.dataset import vision
from cellnet.tfrecord import write_tfrecord
from tests.dataset.conftest import idx_bytes


def read(data):
    return list(data.create_dict_iterator(1, output_numpy=True))


def jpeg():
    pixels = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


DAMAGED = {"cut": jpeg()[:1000], "empty": b"", "text": b"no picture at all"}


@pytest.fixture(params=DAMAGED)
def pictures(tmp_path, request):
    """A folder of three pictures, the second of them damaged."""
    (tmp_path / "cat").mkdir()
    for number in range(3):
        data = DAMAGED[request.param] if number == 1 else jpeg()
        (tmp_path / "cat" / f"{number}.jpg").write_bytes(data)
    return tmp_path


def test_a_damaged_picture_that_the_source_decodes(pictures):
    data = ds.ImageFolderDataset(pictures, shuffle=False, decode=True)
    with pytest.raises(RuntimeError, match=r"row 1: .*cat/1\.jpg: .*no image"):
        read(data)


@pytest.mark.parametrize("workers", [None, 2])
@pytest.mark.parametrize("to_pil", [False, True])
def test_a_damaged_picture_that_a_map_decodes(pictures, workers, to_pil):
    data = ds.ImageFolderDataset(pictures, shuffle=False).map(
        [vision.Decode(to_pil), vision.Resize(8)],
        "image",
        num_parallel_workers=workers,
    )
    with pytest.raises(
        RuntimeError, match=r"Decode.*'image'.* of sample 1, .*cat/1\.jpg: "
    ):
        read(data.repeat(1).batch(3))


def test_a_shuffled_sample_is_named_by_its_file(pictures):
    ds.config.set_seed(3)
    data = ds.ImageFolderDataset(pictures).map(vision.Decode(), "image")
    with pytest.raises(RuntimeError, match=r"sample \d, .*cat/1\.jpg: "):
        read(data)


def records(path, count=3):
    write_tfrecord(
        path, [{"x": np.arange(4.0), "n": np.array(k)} for k in range(count)]
    )
    return path.read_bytes()


@pytest.mark.parametrize("missing", [1, 5, 40])
def test_a_truncated_tfrecord(tmp_path, missing):
    path = tmp_path / "a.tfrecord"
    path.write_bytes(records(path)[:-missing])
    with pytest.raises(RuntimeError, match=r"a\.tfrecord: record 2 is cut off"):
        ds.TFRecordDataset(path)


def test_a_damaged_tfrecord(tmp_path):
    path = tmp_path / "a.tfrecord"
    whole = bytearray(records(path))
    whole[0] ^= 1
    path.write_bytes(whole)
    with pytest.raises(RuntimeError, match=r"a\.tfrecord: record 0: .*damaged"):
        ds.TFRecordDataset(path)


def test_a_column_that_some_record_lacks(tmp_path):
    path = tmp_path / "a.tfrecord"
    write_tfrecord(path, [{"x": np.ones(1), "n": np.ones(1)}, {"x": np.ones(1)}])
    data = ds.TFRecordDataset(path, shuffle=False)
    with pytest.raises(RuntimeError, match=r"a\.tfrecord.*record 1 lacks.*'n'"):
        read(data)


@pytest.mark.parametrize(
    "use",
    [
        lambda data: data.map(np.negative, "image"),
        lambda data: data.project(["label", "image"]),
        lambda data: data.rename("image", "picture"),
        lambda data: data.filter(bool, "image"),
        lambda data: data.batch(2, per_batch_map=np.add, input_columns="image"),
        lambda data: data.create_tuple_iterator(["image"]),
        lambda data: data.padded_batch(2, pad_info={"image": ([3], 0)}),
    ],
)
def test_a_missing_column(use):
    data = ds.NumpySlicesDataset({"label": [1, 2], "size": [3, 4]})
    with pytest.raises(RuntimeError, match=r"'image'.*columns.*\['label', 'size'\]"):
        use(data)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_generator_that_raises(workers):
    def rows():
        yield 1
        yield 2
        raise KeyError("the third one")

    data = ds.GeneratorDataset(rows, ["x"]).map(
        lambda x: x + 1, "x", num_parallel_workers=workers
    )
    with pytest.raises(RuntimeError, match=r"row 2: KeyError: 'the third one'") as info:
        read(data)
    assert isinstance(_causes(info.value)[-1], KeyError)


def _causes(error):
    found = [error]
    while found[-1].__cause__ is not None:
        found.append(found[-1].__cause__)
    return found


def test_a_label_file_shorter_than_its_images(tmp_path):
    for name, array in (
        ("train-images-idx3-ubyte", np.zeros((5, 28, 28))),
        ("train-labels-idx1-ubyte", np.zeros(4)),
    ):
        (tmp_path / name).write_bytes(idx_bytes(array))
    with pytest.raises(
        RuntimeError, match=r"images-idx3-ubyte has 5 images, .*ubyte has 4 labels"
    ):
        ds.MnistDataset(tmp_path)


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/secret.jpg", "a/../../s.jpg"])
@pytest.mark.parametrize("kind", ["coco", "voc", "faces"])
def test_an_entry_that_points_outside_its_folder(tmp_path, name, kind):
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(
        RuntimeError, match=re.escape(name.removesuffix(".jpg"))
    ) as info:
        LISTS[kind](folder, name)
    assert "outside" in str(info.value)


def _coco(folder, name):
    note = {"image_id": 1, "bbox": [1, 2, 3, 4], "category_id": 1}
    images = [{"id": 1, "file_name": name}]
    text = json.dumps({"images": images, "annotations": [note]})
    (folder / "a.json").write_text(text)
    return ds.CocoDataset(folder, folder / "a.json")


def _voc(folder, name):
    (folder / "ImageSets" / "Segmentation").mkdir(parents=True)
    listed = folder / "ImageSets" / "Segmentation" / "train.txt"
    listed.write_text(name.removesuffix(".jpg"))
    return ds.VOCDataset(folder)


def _faces(folder, name):
    (folder / "list_attr_celeba.txt").write_text(f"1\nBald\n{name} 1")
    return ds.CelebADataset(folder)


LISTS = {"coco": _coco, "voc": _voc, "faces": _faces}
