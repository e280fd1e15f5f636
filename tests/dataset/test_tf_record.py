"""TFRecordDataset and Schema, on files written here."""

import json
import struct

import numpy as np
import pytest

import cellnet.dataset as ds
from cellnet.tfrecord import example_class, masked_crc

ROWS = [
    {"label": [i], "vec": [i + 0.5, 2.0], "img": bytes([i, 1, 2, 0]), "n": [1, 2, 3, 4]}
    for i in range(5)
]


def encoded(row):
    example = example_class()()
    for name, value in row.items():
        feature = example.features.feature[name]
        if isinstance(value, bytes):
            feature.bytes_list.value.append(value)
        elif isinstance(value[0], int):
            feature.int64_list.value.extend(value)
        else:
            feature.float_list.value.extend(value)
    return example.SerializeToString()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rows.tfrecord"
    with path.open("wb") as file:
        for data in map(encoded, ROWS):
            length = struct.pack("<Q", len(data))
            file.write(length + masked_crc(length) + data + masked_crc(data))
    return path


def test_checksum_is_crc_32c():
    # RFC 3720, B.4: 32 bytes of zeros have the CRC 0x8A9136AA.
    crc = 0x8A9136AA
    turned = ((crc >> 15) | (crc << 17)) & 0xFFFFFFFF
    expected = (turned + 0xA282EAD8) & 0xFFFFFFFF
    assert masked_crc(bytes(32)) == struct.pack("<I", expected)


def test_columns_of_the_first_record(path):
    data = ds.TFRecordDataset(str(path), shuffle=False)
    assert data.get_col_names() == ["img", "label", "n", "vec"]
    kinds = [np.uint8, np.int64, np.int64, np.float32]
    assert data.output_types() == [np.dtype(kind) for kind in kinds]
    rows = list(data.create_dict_iterator(num_epochs=1, output_numpy=True))
    assert len(rows) == 5
    for row, given in zip(rows, ROWS, strict=True):
        assert row["img"].tobytes() == given["img"]
        assert row["label"].tolist() == given["label"]
        assert row["vec"].tolist() == given["vec"]


def test_schema(path, tmp_path):
    schema = ds.Schema()
    schema.add_column("label", np.int32, [])
    schema.add_column("n", "int64", [2, 2])
    (tmp_path / "schema.json").write_text(schema.to_json())
    assert json.loads(schema.to_json())["columns"][1] == {
        "name": "n",
        "rank": 2,
        "shape": [2, 2],
        "type": "int64",
    }
    for given in (schema, str(tmp_path / "schema.json")):
        data = ds.TFRecordDataset(str(path), given, shuffle=False)
        assert data.output_shapes() == [[], [2, 2]]
        assert data.output_types() == [np.int32, np.int64]
    only = ds.TFRecordDataset(str(path), columns_list=["vec", "label"])
    assert only.get_col_names() == ["vec", "label"]


def test_what_is_wrong_is_named(path):
    schema = ds.Schema()
    schema.add_column("other", "int64")
    with pytest.raises(RuntimeError, match=r"record 0 lacks the columns \['other'\]"):
        list(ds.TFRecordDataset(str(path), schema, shuffle=False).batches())
    wrong = ds.Schema()
    wrong.add_column("n", "int64", [3])
    with pytest.raises(RuntimeError, match="record 0: cannot reshape"):
        list(ds.TFRecordDataset(str(path), wrong, shuffle=False).batches())
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(RuntimeError, match="rows.tfrecord: record 4 is cut off"):
        ds.TFRecordDataset(str(path))
    path.write_bytes(b"x" * 100)
    with pytest.raises(RuntimeError, match="record 0: its length is damaged"):
        ds.TFRecordDataset(str(path))
