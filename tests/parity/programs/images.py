"""What transforms of images give, in cellnet and in MindSpore."""

import json

import mindspore.dataset as ds
import mindspore.dataset.vision as V
import numpy as np
from mindspore.dataset import transforms as T
from mindspore.dataset.transforms import Relational
from mindspore.dataset.vision import Border, ConvertMode, Inter, SliceMode
from PIL import Image

NAMES = {
    "V": V,
    "T": T,
    "Relational": Relational,
    "Border": Border,
    "ConvertMode": ConvertMode,
    "Inter": Inter,
    "SliceMode": SliceMode,
    "np": np,
}


def outputs_of(inputs):
    """{number: output} of each text, applied to the input that it names."""
    given = {
        **inputs,
        "pil": Image.fromarray(inputs["picture"]),
        "chw": np.ascontiguousarray(inputs["picture"].transpose(2, 0, 1)),
    }
    results = {}
    for number, (text, name) in enumerate(json.loads(str(inputs["texts"]))):
        try:
            output = eval(text, NAMES)(given[name])
        except Exception as error:
            results[f"{number}:error"] = f"{type(error).__name__}: {error}"
            continue
        parts = output if isinstance(output, tuple) else (output,)
        for place, part in enumerate(parts):
            results[f"{number}:{place}"] = np.asarray(part)
    return results


def policies_of(inputs):
    """What AutoAugment makes of many copies of a picture, and how often each."""
    picture, found = inputs["picture"], {}
    for policy in V.AutoAugmentPolicy:
        ds.config.set_seed(1)
        copies = [picture] * int(inputs["count"])
        data = ds.GeneratorDataset(copies, ["picture"], shuffle=False)
        data = data.map(V.AutoAugment(policy), "picture", num_parallel_workers=1)
        rows = data.create_dict_iterator(num_epochs=1, output_numpy=True)
        images, counts = np.unique(
            [row["picture"] for row in rows], axis=0, return_counts=True
        )
        found |= {f"{policy.name}:images": images, f"{policy.name}:counts": counts}
    return found
