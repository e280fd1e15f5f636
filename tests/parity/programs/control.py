"""Python control flow on Tensors in compiled functions.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""
# ruff: noqa: SIM108, RET503 - these statements are what is tested

import json

import mindspore as ms
import mindspore.nn as nn
import mindspore.ops as ops
import numpy as np
from mindspore import Parameter, Tensor


def if_elif_else(x):
    if x.sum() > 1.8:
        y = x * 2
    elif x.sum() < 0:
        y = x * 3
    else:
        y = -x
    return y


def logical(x):
    s = x.sum()
    if s > 0 and not x.max() > 2 or x.min() > 100:
        return x * x
    return x


def chained_comparison(x):
    if 0 < x.sum() <= 1.9:
        return x * 5
    return x


def ternary(x):
    return x * 2 if x.sum() > 1.8 else x * x


def while_loop(x):
    steps = 0
    while x.abs().sum() < 40:
        x = x * x + x + 1
        steps += 1
    return x * steps


def while_with_break(x):
    n = 0
    while n < 10:
        x = x * 1.5
        if x.abs().max() > 20:
            break
        n += 1
    return x * n


def while_with_continue(x):
    k = 0
    total = x * 0
    while k < 6:
        k += 1
        if x.abs().max() > 3.5:
            x = x * 0.5
            continue
        x = x * 1.7
        total = total + x * k
    return total


def while_with_return(x):
    k = 0
    while k < 6:
        k += 1
        x = x * 1.5
        if x.max() > 6:
            return x * k
        if x.min() < -12:
            return x - k
    return -x


def for_with_break(x):
    for i in range(5):
        x = x * 1.5 + i
        if x.max() > 9:
            break
    return x


def for_with_return(x):
    for i in range(5):
        x = x * 1.5
        if x.max() > 6:
            return x * i
        x = x + 0.1
    return -x


def for_over_rows(x):
    s = x[0] * 0
    for row in x:
        if row < 0:
            continue
        s = s + row * row
    return s


def nested(x):
    total = x.sum() * 0
    for j in range(3):
        t = x.abs() * (j + 1)
        n = 0
        while t.sum() < 40:
            if t.max() > 7:
                t = t + 1
            else:
                t = t * 2
            n += 1
        total = total + t.sum() * n
    return x * total


def slices(x):
    x = x * 1
    x[1:3] = 0
    y = x.mean(axis=0, keep_dims=True)
    if y.sum() > 0:
        y = y * 2
    else:
        y = y - 1
    return x + y


def conversion(x):
    if float(x.sum()) > 1.8:
        x = x * 3
    return x


def extremes(x):
    return max(x.sum(), x.max()) * x


def helper(x):
    if x.max() > 2.5:
        return x.min()
    return x.sum()


def calls(x):
    return helper(x) * x


def static_list(x):
    kept = []
    for i in range(3):
        if x.sum() > i - 1:
            y = x + i
        else:
            y = x * i
        kept.append(y)
    return kept[0] + kept[1] * kept[2]


# -- refused --------------------------------------------------------------------------
def other_dtype(x):
    if x.sum() > 0:
        y = x
    else:
        y = x.astype(ms.int32)
    return y


def tensor_or_number(x):
    if x.sum() > 0:
        y = x
    else:
        y = 0
    return y


def undefined(x):
    if x.sum() > 0:
        y = x
    return y


def several_elements(x):
    if x > 0:
        return x
    return -x


def raises(x):
    if x.sum() > 0:
        raise ValueError("positive")
    return x


# -- what is no error although it looks like one --------------------------------------
def other_shape(x):
    if x.sum() > 0:
        y = x
    else:
        y = x[:2]
    return y


def grows(x):
    while x.shape[0] < 6:
        x = ops.cat([x, x])
        if x.sum() > 100:
            x = x * 2
    return x


class Counts(nn.Cell):
    """Parameters changed in branches and loops."""

    def __init__(self):
        super().__init__()
        self.up = Parameter(Tensor(0.0, ms.float32), name="up", requires_grad=False)
        self.w = Parameter(Tensor(np.array([1.0, 0.5, 0.7], np.float32)), name="w")

    def construct(self, x):
        if x.sum() > 0:
            ops.assign_add(self.up, Tensor(1.0, ms.float32))
        else:
            ops.assign(self.up, self.up * 2 - 1)
        i = 0
        while i < 3:
            x = x * self.w
            if x.max() > 1:
                self.up = self.up + 10.0
            i += 1
        return x.sum()


def evaluate(inputs):
    """Value and gradient, or the error's type, of each function at each input."""
    ms.set_context(mode=int(inputs["mode"]))
    rows = [Tensor(row) for row in inputs["rows"]]
    results = {}
    for name in json.loads(str(inputs["names"])):
        function = globals()[name]
        for number, row in enumerate(rows):
            try:
                results[f"{name}.{number}"] = ms.jit(function)(row).asnumpy()
                if str(inputs["gradients"]) == "yes":
                    gradient = ms.grad(function)(row)
                    results[f"{name}.{number}.gradient"] = gradient.asnumpy()
            except Exception as error:
                results[f"{name}.{number}"] = np.array(type(error).__name__)
    return results


def evaluate_cell(inputs):
    """Output, gradients and state of Counts, call by call."""
    ms.set_context(mode=int(inputs["mode"]))
    net = Counts()
    results = {}
    for number, row in enumerate(inputs["rows"]):
        function = ms.value_and_grad(net, 0, net.trainable_params())
        value, (of_input, of_weights) = function(Tensor(row))
        results[f"value.{number}"] = value.asnumpy()
        results[f"input.{number}"] = of_input.asnumpy()
        results[f"weight.{number}"] = of_weights[0].asnumpy()
        results[f"up.{number}"] = net.up.asnumpy().copy()
    return results
