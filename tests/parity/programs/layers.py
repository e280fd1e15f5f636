"""Layers and losses on given inputs: outputs, gradients, and refusals.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.nn as nn
import mindspore.ops as ops
import numpy as np

SCOPE = {"nn": nn, "ops": ops, "ms": ms, "np": np, "Tensor": ms.Tensor}


def run_cases(inputs):
    """Outputs and gradients of every case, keys starting with its number.

    `cases`, JSON, is a list of [constructor, names of its inputs, in training?]; with
    None instead of the last, Parameters are left alone and outputs are all.
    """
    ms.set_context(mode=ms.PYNATIVE_MODE)
    results = {}
    for number, (text, names, training) in enumerate(json.loads(str(inputs["cases"]))):
        arrays = [inputs[name] for name in names]
        layer = eval(text, SCOPE)
        if training is None:
            found = named_outputs(layer(*map(ms.Tensor, arrays)))
        else:
            found = run_case(layer, arrays, training)
        results |= {f"{number}:{key}": value for key, value in found.items()}
    return results


def run_case(layer, arrays, training):
    layer.set_train(training)
    parameters = list(layer.get_parameters())
    for index, parameter in enumerate(parameters):
        parameter.set_data(ms.Tensor(ramp(parameter.shape, index)))
    tensors = [ms.Tensor(array) for array in arrays]
    outputs = layer(*tensors)
    # copies: what MindSpore's asnumpy gives goes on changing with the Parameter
    found = {f"after {p.name}": p.asnumpy().copy() for p in parameters}

    # the last gradient must not be that of ones
    if isinstance(outputs, tuple):
        sens = tuple(sensitivity(output) for output in outputs)
    else:
        sens = sensitivity(outputs)
    weights = ms.ParameterTuple(p for p in parameters if p.requires_grad)
    grad = ops.GradOperation(get_all=True, get_by_list=True, sens_param=True)
    by_input, by_weight = grad(layer, weights)(*tensors, sens)
    for index, (array, value) in enumerate(zip(arrays, by_input, strict=True)):
        if array.dtype.kind == "f":
            found[f"by input {index}"] = value.asnumpy()
    for parameter, value in zip(weights, by_weight, strict=True):
        found[f"by {parameter.name}"] = value.asnumpy()
    return {**named_outputs(outputs), **found}


def sensitivity(output):
    return ms.Tensor(ramp(output.shape, 7)).astype(output.dtype)


def named_outputs(outputs):
    if not isinstance(outputs, tuple):
        return {"outputs": outputs.asnumpy()}
    return {f"output {i}": output.asnumpy() for i, output in enumerate(outputs)}


def ramp(shape, index):
    """Values from 0.5 to 1.5 in a mixed order, the same for equal arguments."""
    size = int(np.prod(shape))
    values = 0.5 + np.arange(1, size + 1) * (0.618034 + 0.1 * index) % 1.0
    return values.astype(np.float32).reshape(shape)


def error_types(inputs):
    """The type of the error that each text raises; "none" where it raises none."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    return {"types": [error_type(text) for text in json.loads(str(inputs["texts"]))]}


def error_type(text):
    scope = {"f32": lambda *shape: ms.Tensor(np.ones(shape, np.float32)), **SCOPE}
    try:
        result = eval(text, scope)
        if isinstance(result, ms.Tensor):
            result.asnumpy()
    except Exception as error:
        return type(error).__name__
    return "none"
