"""Draws of the initializers, and what Tensors and Parameters do.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.ops as ops
import numpy as np
from mindspore.common.initializer import *  # noqa: F403
from mindspore.common.initializer import initializer
from mindspore.common.parameter import Parameter, ParameterTuple


def draws(inputs):
    """Numbers that each initializer draws, for one seed."""
    ms.set_seed(1)
    shape = tuple(inputs["shape"].tolist())
    return {
        str(number): initializer(eval(text), shape, ms.float32).init_data().asnumpy()
        for number, text in enumerate(json.loads(str(inputs["texts"])))
    }


def evaluate_all(inputs):
    """What each text gives: dtype and numbers of a Tensor, a text, or its error."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    return {
        str(number): json.dumps(evaluate(text))
        for number, text in enumerate(json.loads(str(inputs["texts"])))
    }


def product(x, y):
    return x * y


def both(x, y):
    return x * y, x + y


def cubes(x):
    return (x**3).sum()


def doubled(x):
    return x * 2


def same(x):
    return x


def adds(index, total):
    return total + index


def evaluate(text):
    draw = np.random.default_rng(0)
    scope = {
        **globals(),
        "tensor": tensor,
        "image": tensor(draw.standard_normal((2, 3, 5, 4))),
        "volume": tensor(draw.standard_normal((1, 2, 3, 6, 5))),
        "grid": tensor(draw.uniform(-1.3, 1.3, (2, 3, 3, 2))),
        "boxes": tensor([[0, 0, 4, 4], [1, 1, 5, 5], [2, 3, 9, 10], [0, 0, 4, 4.5]]),
        "truths": tensor([[0, 1, 4, 4], [1, 1, 6, 5], [7, 8, 12, 13], [0, 0, 2, 2]]),
        "weights": tensor(draw.standard_normal((4, 2, 3, 2))),
        "x": ms.Tensor(np.array([[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]], np.float32)),
        "i": ms.Tensor(np.array([[7, -2, 3], [4, 5, 6]], np.int32)),
        "b": ms.Tensor(np.array([True, False, True])),
        "p": Parameter(ms.Tensor(np.array([1.0, 2.0], np.float32)), name="p"),
    }
    try:
        return plain(eval(text, scope))
    except Exception as error:
        return {"error": type(error).__name__}


def plain(value):
    if isinstance(value, Parameter):
        return ["Parameter", value.name, value.requires_grad, *plain_tensor(value)]
    if isinstance(value, ms.Tensor):
        return plain_tensor(value)
    if isinstance(value, tuple | list):
        return [type(value).__name__, *map(plain, value)]
    if isinstance(value, np.ndarray | np.generic):
        return [type(value).__name__, str(value.dtype), value.tolist()]
    if isinstance(value, bool | int | float | str | None):
        return [type(value).__name__, value]
    return str(value)


def plain_tensor(value):
    return [str(value.dtype), list(value.shape), value.asnumpy().tolist()]


def tensor(values, dtype="float32"):
    return ms.Tensor(np.array(values, np.float64), getattr(ms, dtype))


def cast(values, dtype):
    return ms.Tensor(np.array(values), getattr(ms, dtype))


__all__ = ["ParameterTuple", "cast", "ops"]
