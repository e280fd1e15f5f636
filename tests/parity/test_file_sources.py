"""Sources made of files give MindSpore's rows."""

import json
import struct

import numpy as np
import pytest
from PIL import Image

from cellnet.tfrecord import example_class, masked_crc

TEXTS = [
    "ds.ImageFolderDataset(folder + '/pictures', shuffle=False)",
    "ds.ImageFolderDataset(folder + '/pictures', shuffle=False, decode=True)",
    "ds.ImageFolderDataset(folder + '/pictures', shuffle=False, num_samples=3)",
    "ds.TextFileDataset(folder + '/a.txt', shuffle=False)",
    "ds.TextFileDataset(folder + '/a.txt', 2, shuffle=False)",
    "ds.TextFileDataset(folder + '/a.txt', None, None, False, 2, 0)",
    "ds.CSVDataset(folder + '/a.csv', shuffle=False)",
    "ds.CSVDataset(folder + '/b.csv', ',', [0, 0.0, 'a'], list('pqr'), shuffle=False)",
    "ds.TFRecordDataset(folder + '/a.tfrecord', shuffle=False)",
    "ds.TFRecordDataset(folder + '/a.tfrecord', None, ['vec', 'n'], shuffle=False)",
    "ds.ManifestDataset(folder + '/list.manifest', shuffle=False)",
    *(
        f"ds.CLUEDataset(folder + '/{task}.json', '{task}', '{usage}', shuffle=False)"
        for task in ("AFQMC", "CMNLI", "CSL", "IFLYTEK", "TNEWS", "WSC")
        for usage in ("train", "test", "eval")
    ),
    "ragged().bucket_batch_by_length(['x'], [3, 5], [2, 2, 1])",
    "ragged().bucket_batch_by_length(['x'], [3, 5], [2, 2, 1], "
    "pad_to_bucket_boundary=True)",
    "ragged().padded_batch(4, pad_info={'x': ([None], -1)})",
    "ragged().padded_batch(4, True, pad_info={'x': ([7], None)})",
]


_SPANS = {"span1_index": 5, "span2_index": 7, "span1_text": "a", "span2_text": "b"}
CLUE_ROWS = {
    "AFQMC": {"sentence1": "a", "sentence2": "bé", "label": "1", "id": 3},
    "CMNLI": {"sentence1": "a", "sentence2": "b", "label": "neutral", "id": 4},
    "CSL": {"id": 1, "abst": "x y", "keyword": ["k1", "k2 é"], "label": "1"},
    "IFLYTEK": {"label": 1, "label_des": "game", "sentence": "s", "id": 5},
    "TNEWS": {
        **{"label": "102", "label_desc": "news", "sentence": "s"},
        **{"keywords": "a,b", "id": 6},
    },
    "WSC": {"target": _SPANS, "idx": 0, "label": "true", "text": "hello"},
}


def _write(folder):
    for task, row in CLUE_ROWS.items():
        line = json.dumps(row, ensure_ascii=False)
        (folder / f"{task}.json").write_text(f"{line}\n{line}\n")
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / "pictures" / name).mkdir(parents=True)
        for number in range(2):
            pixels = rng.integers(0, 256, (5 + number, 4, 3), np.uint8)
            Image.fromarray(pixels).save(folder / "pictures" / name / f"{number}.png")
    lines = [
        {
            "source": str(folder / "pictures" / name / "0.png"),
            "usage": "train",
            "annotation": [{"name": name}],
        }
        for name in ("dog", "cat")
    ]
    (folder / "list.manifest").write_text("\n".join(map(json.dumps, lines)))
    (folder / "a.txt").write_text("one\n\ntwo\nthree\nfour\nfive")
    (folder / "a.csv").write_text('x,y,z\n1,2.5,hello\n3,4,"a,b"\n')
    (folder / "b.csv").write_text("1,2.5,hello\n3,4.5,wo\n")
    with (folder / "a.tfrecord").open("wb") as file:
        for number in range(3):
            example = example_class()()
            feature = example.features.feature
            feature["n"].int64_list.value.extend([number, 2**40, -1])
            feature["vec"].float_list.value.extend([number / 3, 2.0])
            feature["img"].bytes_list.value.append(bytes([number, 1, 0]))
            data = example.SerializeToString()
            head = struct.pack("<Q", len(data))
            file.write(head + masked_crc(head) + data + masked_crc(data))


@pytest.fixture(scope="module")
def found(run_both, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    _write(folder)
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
