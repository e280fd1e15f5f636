"""Faces, VOC, COCO and EMNIST: the rows that MindSpore gives."""

import json
import struct

import numpy as np
import pytest
from PIL import Image

COCO = "ds.CocoDataset(folder + '/coco', folder + '/{}.json', '{}', shuffle=False)"
TEXTS = [
    "ds.CelebADataset(folder + '/faces', shuffle=False)",
    "ds.CelebADataset(folder + '/faces', None, False, 'train', decode=True)",
    "ds.CelebADataset(folder + '/faces', shuffle=False, usage='valid')",
    "ds.CelebADataset(folder + '/faces', shuffle=False, num_samples=2)",
    "ds.VOCDataset(folder + '/voc', shuffle=False)",
    "ds.VOCDataset(folder + '/voc', usage='val', decode=True, shuffle=False)",
    "ds.VOCDataset(folder + '/voc', 'Detection', shuffle=False, decode=True)",
    "ds.VOCDataset(folder + '/voc', 'Detection', 'val', shuffle=False)",
    "ds.VOCDataset(folder + '/voc', 'Detection', 'train', {'cat': 3}, shuffle=False)",
    "ds.VOCDataset(folder + '/voc', 'Detection', shuffle=False, "
    "extra_metadata=True).rename('_meta-filename', 'name')",
    COCO.format("boxes", "Detection"),
    COCO.format("boxes", "Stuff"),
    COCO.format("points", "Keypoint"),
    COCO.format("segments", "Panoptic"),
    COCO.format("captions", "Captioning"),
    "ds.CocoDataset(folder + '/coco', folder + '/boxes.json', shuffle=False, "
    "decode=True, num_samples=1, extra_metadata=True)"
    ".rename('_meta-filename', 'name')",
    "ds.EMnistDataset(folder + '/letters', 'letters', shuffle=False)",
    "ds.EMnistDataset(folder + '/letters', 'letters', 'train', 2, shuffle=False)",
]
OBJECT = (
    "<object><name>{}</name>{}<bndbox><xmin>{}</xmin><ymin>{}</ymin>"
    "<xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
)


def _pictures(folder, *names):
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.fromarray(rng.integers(0, 256, (5, 4, 3), np.uint8)).save(folder / name)


def _faces(folder):
    names = [f"{number:06}.jpg" for number in range(1, 5)]
    _pictures(folder, *names)
    lines = [f"{n} -1  1 {1 - 2 * (k % 2)} " for k, n in enumerate(names)]
    head = ["4", "Bald Blond Smiling"]
    (folder / "list_attr_celeba.txt").write_text("\n".join([*head, *lines]) + "\n")
    parts = "".join(f"{name} {place % 3}\n" for place, name in enumerate(names))
    (folder / "list_eval_partition.txt").write_text(parts)


def _voc(folder):
    _pictures(folder / "JPEGImages", "1.jpg", "2.jpg", "3.jpg")
    _pictures(folder / "SegmentationClass", "1.png", "2.png", "3.png")
    (folder / "Annotations").mkdir()
    hard = "<truncated>1</truncated><difficult>1</difficult>"
    for name in "123":
        found = OBJECT.format("dog", hard, 1, 2, 3, 4)
        if name != "1":
            found += OBJECT.format("cat", "", 1, 1, 2.6, 5)
        text = f"<annotation>{found}</annotation>"
        (folder / "Annotations" / f"{name}.xml").write_text(text)
    for part in ("Segmentation", "Main"):
        (folder / "ImageSets" / part).mkdir(parents=True)
        (folder / "ImageSets" / part / "train.txt").write_text("1\n3\n2\n")
        (folder / "ImageSets" / part / "val.txt").write_text("2\n")


def _coco(folder):
    names = {3: "b.jpg", 1: "a.jpg", 2: "c.jpg", 9: "unnoted.jpg"}
    _pictures(folder / "coco", *names.values())
    images = [{"id": number, "file_name": name} for number, name in names.items()]
    categories = [
        {"id": 1, "name": "person", "supercategory": "person", "isthing": 1},
        {"id": 18, "name": "dog", "supercategory": "animal", "isthing": 0},
    ]

    def box(image, category, crowd, corners, segmentation):
        return {
            **{"image_id": image, "category_id": category, "bbox": corners},
            **{"iscrowd": crowd, "area": 7, "segmentation": segmentation},
        }

    polygon = [1, 1, 2, 2, 3, 1.25]
    runs = {"counts": [7, 8], "size": [5, 4]}
    boxes = [
        box(2, 1, 0, [9, 9, 1, 1], [polygon]),
        box(3, 18, 0, [1, 2, 3, 4.5], [polygon, [7, 8, 9, 10.5, 11, 12, 1, 1]]),
        box(1, 1, 1, [0, 0, 1, 1], {"counts": [1, 2, 3], "size": [5, 4]}),
        box(3, 1, 0, [9, 9, 1, 1], [polygon]),
        box(1, 1, 1, [0, 0, 1, 1], runs),
    ]
    points = [
        {"image_id": 3, "num_keypoints": 2, "keypoints": [1, 2, 2, 3, 4.5, 1]},
        {"image_id": 1, "num_keypoints": 1, "keypoints": [1, 2, 2, 0, 0, 0]},
        {"image_id": 3, "num_keypoints": 0, "keypoints": [0] * 6},
    ]
    segments = [
        {"image_id": 3, "file_name": "b.png", "segments_info": [boxes[1], boxes[3]]},
        {"image_id": 1, "file_name": "a.png", "segments_info": [boxes[2]]},
    ]
    captions = [
        {"image_id": 1, "caption": "a cat"},
        {"image_id": 3, "caption": "two dogs é"},
        {"image_id": 3, "caption": "a dog"},
    ]
    for name, notes in (
        *(("boxes", boxes), ("points", points)),
        *(("segments", segments), ("captions", captions)),
    ):
        numbered = [{"id": place, **note} for place, note in enumerate(notes)]
        content = {"images": images, "annotations": numbered, "categories": categories}
        (folder / f"{name}.json").write_text(json.dumps(content))


def _letters(folder):
    folder.mkdir()
    rng = np.random.default_rng(0)
    for part, count in (("train", 5), ("test", 3)):
        images = rng.integers(0, 256, (count, 28, 28), np.uint8).tobytes()
        head = struct.pack(">IIII", 2051, count, 28, 28)
        stem = f"emnist-letters-{part}"
        (folder / f"{stem}-images-idx3-ubyte").write_bytes(head + images)
        labels = struct.pack(">II", 2049, count) + bytes(range(count))
        (folder / f"{stem}-labels-idx1-ubyte").write_bytes(labels)


@pytest.fixture(scope="module")
def found(run_both, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    _faces(folder / "faces")
    _voc(folder / "voc")
    _coco(folder)
    _letters(folder / "letters")
    inputs = {"texts": json.dumps(TEXTS), "folder": str(folder)}
    return run_both("sources:outputs_of", inputs)


@pytest.mark.parametrize("number", range(len(TEXTS)), ids=TEXTS)
def test_the_same_rows_come_out(found, number):
    ours, theirs = (
        {k: v for k, v in results.items() if k.startswith(f"{number}:")}
        for results in found
    )
    assert len(theirs) > 1
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        assert ours[key].dtype == expected.dtype, key
        np.testing.assert_array_equal(ours[key], expected, err_msg=key)
