"""serialize and deserialize: the same rows, and MindSpore's JSON read here."""

import json
import struct

import numpy as np
import pytest

import cellnet.dataset as ds

PLAIN = "mnist(shuffle=False)"
PIPELINES = [
    f"{PLAIN}.batch(3)",
    f"{PLAIN}.batch(3, True).repeat(2)",
    f"{PLAIN}.skip(2).take(3)",
    f"{PLAIN}.project(['label'])",
    f"{PLAIN}.rename(['label'], ['x'])",
    f"ds.zip(({PLAIN}, {PLAIN}.rename(['image', 'label'], ['x', 'y'])))",
    "mnist(sampler=ds.SequentialSampler(1, 3))",
    "mnist(sampler=ds.SubsetSampler([4, 1]))",
    "mnist(sampler=ds.DistributedSampler(2, 1, False))",
    *(
        f"{PLAIN}.map({operations}, 'image').take(2)"
        for operations in (
            "CV.Resize((4, 5))",
            "CV.Resize(7, Inter.NEAREST)",
            "[CV.Rescale(0.5, 1.0), CV.HWC2CHW()]",
            "CV.CenterCrop((5, 6))",
            "CV.Pad([1, 2, 3, 4], 7, Border.CONSTANT)",
            "[CT.TypeCast(ms.float32), CV.Normalize([3.0], [2.0])]",
            "CV.RandomHorizontalFlip(1.0)",
            "CV.ToTensor()",
        )
    ),
    f"{PLAIN}.map(CT.OneHot(10), 'label')",
]


@pytest.fixture(scope="module")
def found(run_both, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mnist")
    images = np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)
    head = struct.pack(">IIII", 2051, *images.shape)
    (folder / "t10k-images-idx3-ubyte").write_bytes(head + images.tobytes())
    labels = np.array([3, 1, 3, 0, 1, 9, 0], np.uint8)
    head = struct.pack(">II", 2049, len(labels))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    inputs = {"texts": json.dumps(PIPELINES), "folder": str(folder)}
    return run_both("descriptions:run_cases", inputs)


def of(results, number):
    prefix = f"{number}:"
    return {k[len(prefix) :]: v for k, v in results.items() if k.startswith(prefix)}


@pytest.mark.parametrize("number", range(len(PIPELINES)), ids=PIPELINES)
def test_the_same_rows_come_again(found, number):
    ours, theirs = (of(results, number) for results in found)
    text = str(theirs.pop("json"))
    assert json.loads(str(ours.pop("json")))["op_type"] == json.loads(text)["op_type"]
    assert "error" not in theirs, theirs["error"]
    assert ours.keys() == theirs.keys()
    read_here = ds.deserialize(json.loads(text))
    rows = {
        f"{index}:{key}": value
        for index, row in enumerate(read_here.create_dict_iterator(1, True))
        for key, value in row.items()
    }
    assert theirs.pop("size") == ours.pop("size") == read_here.get_dataset_size()
    for key, expected in theirs.items():
        for mine in (ours[key], rows[key]):
            np.testing.assert_allclose(mine, expected, rtol=1e-6, atol=1e-6)
            assert mine.dtype == expected.dtype, key
