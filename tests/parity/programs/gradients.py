"""The forms of gradient functions: what they return, and what they refuse.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.nn as nn
import mindspore.ops as ops
import numpy as np
from mindspore.common.parameter import Parameter, ParameterTuple


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.w = Parameter(tensor(2.0, -1.0), name="w")
        self.b = Parameter(tensor(0.5, 4.0), name="b")

    def construct(self, x, y):
        return x * x * self.w + y * self.b


class Two(Net):
    def construct(self, x, y):
        return x * self.w, y * y * self.b


class Nested(nn.Cell):
    """Gradients of gradients, inside of a Cell."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.grad = ops.GradOperation(get_all=True)

    def construct(self, x, y):
        return self.grad(self.net)(x, y)


def cube(x):
    return x * x * x


def divide(x, y):
    return x / y


def with_aux(x, y):
    return x * y, x + y, x


def stopped(x, y):
    return x * ops.stop_gradient(x) * y


def scaled(x, factor):
    return x * x * factor


def first_of_pair(pair, x):
    return pair[0] * x


def tensor(*values, dtype=np.float32):
    return ms.Tensor(np.array(values, dtype))


def evaluate_all(inputs):
    """For each text the result's structure and numbers as JSON, or the error's type."""
    ms.set_context(mode=int(inputs["mode"]))
    return {
        str(number): json.dumps(evaluate(text))
        for number, text in enumerate(json.loads(str(inputs["texts"])))
    }


def evaluate(text):
    net = Net()
    scope = {
        **globals(),
        "net": net,
        "two": Two(),
        "both": ParameterTuple([net.w, net.b]),
        "foreign": Parameter(tensor(1.0, 1.0), name="foreign"),
        "x": tensor(3.0, 5.0),
        "y": tensor(7.0, 2.0),
        "s": tensor(0.1, 10.0),
        "G": ops.GradOperation,
        "A": {"get_all": True},
        "L": {"get_by_list": True},
        "S": {"sens_param": True},
    }
    try:
        return plain(eval(text, scope))
    except Exception as error:
        return {"error": type(error).__name__}


def plain(result):
    """Tuples as lists after the word "tuple", Tensors as dtype and numbers."""
    if isinstance(result, ms.Tensor):
        return {"dtype": str(result.dtype), "values": result.asnumpy().tolist()}
    if isinstance(result, tuple | list):
        return [type(result).__name__, *map(plain, result)]
    return result
