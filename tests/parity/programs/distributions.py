"""Distributions: what they were made with, their numbers, values at places.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import numpy as np
from mindspore import Tensor
from mindspore.nn.probability import bijector as msb
from mindspore.nn.probability import distribution as msd  # noqa: F401  # by the texts


def f32(*values):
    return Tensor(np.array(values, np.float32))


def values(inputs):
    """The arrays that the texts give, or the types of errors."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    found = {}
    for number, text in enumerate(json.loads(str(inputs["texts"]))):
        try:
            found[str(number)] = eval(text).asnumpy()
        except Exception as error:
            found[str(number)] = f"error: {type(error).__name__}"
    return found


def settings(inputs):
    """What distributions say of themselves, as JSON."""
    texts = json.loads(str(inputs["texts"]))
    return {"said": [json.dumps(said(eval(text))) for text in texts]}


def said(dist):
    known = {
        key: value
        for key, value in dist.parameters.items()
        if isinstance(value, int | float | str | list)
    }
    return [
        [dist.name, str(dist.dtype), dist.seed, known],
        [dist.batch_shape, dist.broadcast_shape, dist.is_scalar_batch],
        dist.get_dist_type(),
        [None if v is None else v.asnumpy().tolist() for v in dist.get_dist_args()],
    ]


__all__ = ["msb"]  # used by the texts
