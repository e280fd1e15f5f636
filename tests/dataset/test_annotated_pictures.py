"""CelebADataset, VOCDataset, CocoDataset, EMnistDataset: bad folders are refused."""

import json

import numpy as np
import pytest
from PIL import Image

import cellnet.dataset as ds
from tests.dataset.conftest import idx_bytes


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((3, 2, 3), np.uint8)).save(path)


def faces(folder, lines, count="2"):
    picture(folder / "1.jpg")
    text = "\n".join([count, "Bald Blond", *lines])
    (folder / "list_attr_celeba.txt").write_text(text)
    return folder


def test_faces_have_attributes(tmp_path):
    data = ds.CelebADataset(
        faces(tmp_path, ["1.jpg -1 1", "2.jpg 1 -1"]), shuffle=False, num_samples=1
    )
    (row,) = data.create_dict_iterator(1, output_numpy=True)
    assert row["attr"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["1.jpg -1 1", "2.jpg 1"], "line 4: expected a file's name"),
        (["1.jpg -1 1", "2.jpg 1 0"], "line 4: expected a file's name"),
        (["1.jpg -1 1"], "promises 2 images and lists 1"),
    ],
)
def test_a_damaged_list_of_faces_is_named(tmp_path, lines, message):
    with pytest.raises(RuntimeError, match=rf"list_attr_celeba.txt.*{message}"):
        ds.CelebADataset(faces(tmp_path, lines))


def voc(folder, annotation):
    picture(folder / "JPEGImages" / "1.jpg")
    (folder / "Annotations").mkdir()
    (folder / "Annotations" / "1.xml").write_text(annotation)
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    (folder / "ImageSets" / "Main" / "train.txt").write_text("1\n")
    return folder


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ("<annotation>", "1.xml is damaged"),
        ("<annotation/>", "1.xml has no object"),
        ("<annotation><object><name>a</name></object></annotation>", "its bndbox"),
        (
            "<annotation><object><name>a</name><bndbox><xmin>x</xmin></bndbox>"
            "</object></annotation>",
            "1.xml is damaged: could not convert",
        ),
    ],
)
def test_a_damaged_annotation_is_named(tmp_path, annotation, message):
    with pytest.raises(RuntimeError, match=message):
        ds.VOCDataset(voc(tmp_path, annotation), "Detection")


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"there is no file .*Main/val\.txt"):
        ds.VOCDataset(voc(tmp_path, "<annotation/>"), "Detection", "val")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON"),
        ("{}", "lacks images or annotations"),
        (
            {"images": [{"id": 1}], "annotations": [{"bbox": 1}]},
            "lack KeyError.'image_id'",
        ),
        (
            {
                "images": [{"id": 7, "file_name": "a.jpg"}],
                "annotations": [{"image_id": 7, "bbox": [1, 2, 3, 4]}],
            },
            "annotations of image 7: not as task Detection.*category_id",
        ),
        ({"images": [], "annotations": []}, "no image with annotations"),
    ],
)
def test_bad_annotations_are_named(tmp_path, content, message):
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "notes.json").write_text(text)
    with pytest.raises(RuntimeError, match=rf"notes\.json.*{message}"):
        ds.CocoDataset(tmp_path, tmp_path / "notes.json")


def test_a_missing_image_is_named_when_read(tmp_path):
    notes = [{"image_id": 7, "bbox": [1, 2, 3, 4], "category_id": 1, "iscrowd": 0}]
    content = {"images": [{"id": 7, "file_name": "a.jpg"}], "annotations": notes}
    (tmp_path / "notes.json").write_text(json.dumps(content))
    data = ds.CocoDataset(tmp_path, tmp_path / "notes.json")
    with pytest.raises(RuntimeError, match=r"row 0.*a\.jpg.*No such file"):
        list(data)


def test_fewer_letters_than_labels_are_refused(tmp_path):
    stem = "emnist-digits-train"
    images, labels = np.zeros((3, 28, 28)), np.zeros(2)
    (tmp_path / f"{stem}-images-idx3-ubyte").write_bytes(idx_bytes(images))
    (tmp_path / f"{stem}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    with pytest.raises(RuntimeError, match="3 images, .* has 2 labels"):
        ds.EMnistDataset(tmp_path, "digits")
    with pytest.raises(ValueError, match="name must be one of"):
        ds.EMnistDataset(tmp_path, "numbers")
