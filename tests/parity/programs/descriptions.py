"""Pipelines written as JSON and read again.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.dataset as ds
import mindspore.dataset.transforms as CT
import mindspore.dataset.vision as CV
from mindspore.dataset.vision import Border, Inter


def run_cases(inputs):
    """Of each text: the description, and the rows of what is made of it."""
    folder, results = str(inputs["folder"]), {}
    scope = {
        "mnist": lambda **order: ds.MnistDataset(folder, "test", **order),
        **globals(),
    }
    for number, text in enumerate(json.loads(str(inputs["texts"]))):
        described = ds.serialize(eval(text, scope))
        results[f"{number}:json"] = json.dumps(described)
        try:
            rows = rows_of(ds.deserialize(input_dict=described))
        except Exception as error:
            rows = {"error": str(error)}
        results |= {f"{number}:{key}": value for key, value in rows.items()}
    return results


def rows_of(data):
    """The size, and each column of each row."""
    found = {"size": data.get_dataset_size()}
    for index, row in enumerate(data.create_dict_iterator(1, output_numpy=True)):
        found |= {f"{index}:{key}": value for key, value in row.items()}
    return found


__all__ = ["CT", "CV", "Border", "Inter", "ms", "run_cases"]
