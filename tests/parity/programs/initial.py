"""Initial values of Parameters: where they lie and how far they spread.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.nn as nn
import numpy as np


def run(inputs):
    """Least, greatest, mean and deviation of every Parameter, by case and name."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    ms.set_seed(3)
    results = {}
    for number, text in enumerate(json.loads(str(inputs["texts"]))):
        for parameter in eval(text, {"nn": nn}).get_parameters():
            value = parameter.asnumpy().astype(np.float64)
            figures = [value.min(), value.max(), value.mean(), value.std(), value.size]
            results[f"{number}:{parameter.name}"] = np.array(figures)
    return results
