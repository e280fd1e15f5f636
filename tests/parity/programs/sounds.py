"""What transforms of sound give, in cellnet and in MindSpore."""

import json

import mindspore.dataset.audio as A
import numpy as np


def outputs_of(inputs):
    found = {}
    for number, text in enumerate(json.loads(str(inputs["texts"]))):
        try:
            operation = eval(text, {"A": A})
        except Exception as error:
            found[f"{number}:error"] = np.array(type(error).__name__)
            continue
        for dtype in ("float64", "float32"):
            wave = inputs["wave"].astype(dtype)
            found[f"{number}:{dtype}"] = np.asarray(operation(wave))
    return found
