"""MindRecord files and others, written and read by cellnet and by MindSpore."""

import json

import mindspore.dataset as ds
import mindspore.mindrecord as mr
import numpy as np

SCHEMA = {
    "name": {"type": "string"},
    "label": {"type": "int32"},
    "share": {"type": "float64"},
    "counts": {"type": "int64", "shape": [-1]},
    "vector": {"type": "float32", "shape": [2, 2]},
    "data": {"type": "bytes"},
}


def row(number):
    wide = np.arange(3000 + number) % 12
    return {
        "name": f"row é {number}",
        "label": -number,
        "share": number / 2,
        "counts": (-1) ** wide * 10**wide,
        "vector": np.full((2, 2), number, np.float32),
        "data": bytes([number + 1, 2, 3]),
    }


def write(inputs):
    """Files of 1 and of 2 shards, of small pages."""
    for shards in (1, 2):
        writer = mr.FileWriter(f"{inputs['folder']}/set{shards}-", shards, True)
        writer.set_header_size(32 * 1024)
        writer.set_page_size(32 * 1024)
        writer.add_schema(SCHEMA, "parity")
        writer.add_index(["label"])
        writer.write_raw_data([row(number) for number in range(9)])
        writer.commit()
    columns = {
        **{"b": np.array([True, False]), "u": np.array([1, 2], np.uint8)},
        **{"h": np.ones((2, 3), np.float16), "t": np.array(["one", "two"])},
        **{"d": np.arange(12.0).reshape(2, 3, 2), "w": np.arange(2, dtype=np.uint32)},
    }
    rows = ds.NumpySlicesDataset(columns, shuffle=False)
    rows.save(f"{inputs['folder']}/saved")
    return {"done": np.array(1)}


def read(inputs):
    found = {}
    for name in ("set1-", "set2-0", "saved"):
        data = ds.MindDataset(f"{inputs['folder']}/{name}", shuffle=False)
        found[f"{name}:about"] = json.dumps(
            [data.get_dataset_size(), data.get_col_names()]
        )
        rows = data.create_dict_iterator(num_epochs=1, output_numpy=True)
        for number, each in enumerate(rows):
            if "data" in each:
                each["data"] = np.frombuffer(each["data"].tobytes(), np.uint8)
            found |= {f"{name}:{number}:{key}": each[key] for key in each}
    return found
