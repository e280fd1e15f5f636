"""Data pipelines over IDX files and arrays: every row that comes out.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.dataset as ds
import mindspore.dataset.transforms as CT
import mindspore.dataset.vision as CV
import numpy as np
from mindspore.dataset.vision import Inter


def lenet5_pipeline(folder, batch_size=32, repeat_size=1):
    """The pipeline of MindSpore's guide to training, without its shuffle."""
    data = ds.MnistDataset(folder, shuffle=False)
    resize = CV.Resize((32, 32), interpolation=Inter.LINEAR)
    rescale_nml = CV.Rescale(1 / 0.3081, -1 * 0.1307 / 0.3081)
    rescale = CV.Rescale(1.0 / 255.0, 0.0)
    hwc2chw = CV.HWC2CHW()
    type_cast = CT.TypeCast(ms.int32)

    data = data.map(input_columns="label", operations=type_cast)
    data = data.map(input_columns="image", operations=resize)
    data = data.map(input_columns="image", operations=rescale)
    data = data.map(input_columns="image", operations=rescale_nml)
    data = data.map(input_columns="image", operations=hwc2chw)
    data = data.batch(batch_size, drop_remainder=True)
    return data.repeat(repeat_size)


def outputs_of(inputs):
    """Rows of each pipeline, and what it says of itself: keys start with its number."""
    results = {}
    for number, text in enumerate(json.loads(str(inputs["texts"]))):
        try:
            found = outputs(eval(text, scope_of(inputs)))
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        results |= {f"{number}:{key}": value for key, value in found.items()}
    return results


def outputs(data):
    about = [data.get_dataset_size(), data.get_batch_size(), data.get_repeat_count()]
    about += [data.get_col_names(), list(map(str, data.output_types()))]
    about += [[list(shape) for shape in data.output_shapes()]]
    found = {"about": json.dumps(about)}
    for index, row in enumerate(rows(data)):
        found |= {f"{index}:{column}": value for column, value in row.items()}
    return found


def scope_of(inputs):
    """Names for the texts; a source is made anew at each use, as MindSpore wants it."""
    folder = str(inputs["folder"])
    columns = {name: inputs[name] for name in ("x", "y") if name in inputs}
    return {
        **globals(),
        "folder": folder,
        "mnist": lambda: ds.MnistDataset(folder, shuffle=False),
        "slices": lambda: ds.NumpySlicesDataset(columns, shuffle=False),
    }


def error_types(inputs):
    """The type of the error that each text raises; "none" where it raises none."""
    found = []
    for text in json.loads(str(inputs["texts"])):
        try:
            eval(text, scope_of(inputs))
            found.append("none")
        except Exception as error:
            found.append(type(error).__name__)
    return {"types": found}


def rows(data):
    return list(data.create_dict_iterator(1, output_numpy=True))


def sampled(sampler):
    data = ds.NumpySlicesDataset({"x": np.arange(9)}, shuffle=False)
    data.use_sampler(sampler)
    return data


def pairs():
    for number in range(5):
        yield np.full((2, 3), number, np.float32), np.array(number, np.int64)


__all__ = ["CT", "CV", "Inter", "lenet5_pipeline", "ms", "pairs", "rows", "sampled"]
