"""Outputs and gradients of one layer with given weights and inputs.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import mindspore as ms
import mindspore.nn as nn
import mindspore.ops as ops
import numpy as np


def build(inputs):
    return eval(str(inputs["layer"]), {"nn": nn, "ops": ops})


def parameters(inputs):
    """Names and shapes, in their order."""
    return {p.name: p.asnumpy() for p in build(inputs).get_parameters()}


def flattened(value):
    if not isinstance(value, (tuple, list)):
        return [value]
    return [leaf for item in value for leaf in flattened(item)]


class Call(nn.Cell):
    """The layer's call as a function of Tensors, and the sum of what it returns."""

    def __init__(self, layer, call, masks):
        super().__init__()
        self.layer = layer
        self.call = call
        self.masks = masks

    def outputs(self, *args):
        scope = {"layer": self.layer, "None": None, **self.masks}
        scope.update({f"x{i}": arg for i, arg in enumerate(args)})
        return flattened(eval(self.call, scope))

    def construct(self, *args):
        total = 0.0
        for index, output in enumerate(self.outputs(*args)):
            slopes = np.cos(np.arange(output.size) + index).astype(np.float32)
            total = total + (output * ms.Tensor(slopes.reshape(output.shape))).sum()
        return total


def run(inputs):
    """Outputs, and gradients of all inputs and weights."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    layer = build(inputs)
    for parameter in layer.get_parameters():
        parameter.set_data(ms.Tensor(inputs[f"weight:{parameter.name}"]))
    masks = {
        key: ms.Tensor(inputs[key])
        for key in ("lengths", "padding", "mask")
        if key in inputs
    }
    count = sum(key.startswith("input:") for key in inputs)
    args = [ms.Tensor(inputs[f"input:{i}"]) for i in range(count)]
    call = Call(layer, str(inputs["call"]), masks)
    results = {
        f"output:{i}": output.asnumpy() for i, output in enumerate(call.outputs(*args))
    }
    weights = ms.ParameterTuple(layer.get_parameters())
    slopes, weight_slopes = ms.grad(call, tuple(range(count)), weights)(*args)
    for index, slope in enumerate(flattened(slopes)):
        results[f"slope:{index}"] = slope.asnumpy()
    for weight, slope in zip(weights, weight_slopes):
        results[f"slope:{weight.name}"] = slope.asnumpy()
    return results
