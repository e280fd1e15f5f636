"""What functions of mindspore.numpy and mindspore.mint give, and what they refuse.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.numpy as mnp
import numpy as np
from mindspore import mint

MATRIX = [[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]]
OPERANDS = {
    "x": (MATRIX, np.float32),
    "h": (MATRIX, np.float16),
    "d": (MATRIX, np.float64),
    "y": ([0.5, -1.0, 4.0], np.float32),
    "w": ([1.0, 1.0, 1.0, 1.0], np.float32),
    "t": ((np.arange(24) - 7).reshape(2, 3, 4), np.float32),
    "p": (np.abs(MATRIX), np.float32),
    "unit": ([[0.25, -0.5, 0.75], [0.125, 0.0, -0.875]], np.float32),
    "odd": ([[1.0, np.nan, -3.0], [np.inf, 2.0, 0.0]], np.float32),
    "i": ([[7, -2, 3], [4, 5, 6]], np.int32),
    "j": ([[2, 3, 2], [3, 1, 4]], np.int32),
    "l": ([[2, 3, 1], [9, 5, 4]], np.int64),
    "u": ([[7, 2, 3], [4, 5, 6]], np.uint8),
    "b": ([[True, False, True], [False, False, True]], np.bool_),
    "z": (2.5, np.float32),
    "places": ([[0], [2]], np.int32),
    "one": ([[[1.0], [2.0]]], np.float32),
}


def evaluate_all(inputs):
    """What each text gives: dtype and numbers of a Tensor, a text, or its error."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    return {
        str(number): json.dumps(evaluate(text))
        for number, text in enumerate(json.loads(str(inputs["texts"])))
    }


def evaluate(text):
    tensors = {
        name: ms.Tensor(np.array(values, dtype))
        for name, (values, dtype) in OPERANDS.items()
    }
    try:
        return plain(eval(text, {**globals(), **tensors}))
    except Exception as error:
        return {"error": type(error).__name__}


def plain(value):
    if isinstance(value, ms.Tensor):
        return [str(value.dtype), list(value.shape), value.asnumpy().tolist()]
    if isinstance(value, tuple | list):
        return [type(value).__name__, *map(plain, value)]
    if isinstance(value, bool | int | float | str | None):
        return [type(value).__name__, value]
    return str(value)


__all__ = ["mint", "mnp"]
