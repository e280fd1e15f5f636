"""Names of Parameters and Cells, and how things print.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json
from collections import OrderedDict

import mindspore as ms
import mindspore.nn as nn
import mindspore.ops as ops
import numpy as np
from mindspore.common.parameter import Parameter, ParameterTuple


def weight(name=None, size=2, **options):
    return Parameter(ms.Tensor(np.ones(size, np.float32)), name=name, **options)


class Holder(nn.Cell):
    """Holds what it is given, as attributes in this order."""

    def __init__(self, auto_prefix=True, **attributes):
        super().__init__(auto_prefix=auto_prefix)
        for name, value in attributes.items():
            setattr(self, name, value)


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, has_bias=True)
        self.bn = nn.BatchNorm2d(2)
        self.relu = nn.ReLU()
        self.flatten = nn.Flatten()
        self.fc = nn.Dense(8, 3)
        self.reshape = ops.Reshape()

    def construct(self, x):
        return self.fc(self.flatten(self.relu(self.bn(self.conv(x)))))


def dense(**options):
    return nn.Dense(2, 2, **options)


def shared_cell():
    cell = dense()
    return Holder(a=cell, b=cell)


def shared_parameter():
    a, b = dense(has_bias=False), dense()
    b.weight = a.weight
    return Holder(a=a, b=b)


def tied_parameters():
    w = weight()
    return Holder(w=w, v=w)


def filled_after_assignment(container):
    holder = Holder(layers=container)
    holder.layers.append(dense())
    holder.layers.append(nn.BatchNorm2d(3))
    return holder


def inserted():
    layers = nn.CellList([dense(), nn.ReLU()])
    layers.insert(0, nn.BatchNorm2d(3))
    return Holder(layers=layers)


def renamed(recurse=True):
    holder = Holder(c=Holder(w=weight()), v=weight())
    holder.update_parameters_name("pre.", recurse)
    return holder


def child_inserted():
    holder = Holder(a=dense())
    holder.insert_child_to_cell("d", dense(has_bias=False))
    holder.insert_param_to_cell("p", weight())
    return holder


def replaced():
    holder = Holder(a=dense(), w=weight())
    holder.a = nn.BatchNorm2d(3)
    holder.w = weight("other", size=3)
    return holder


def deleted():
    holder = Holder(a=dense(), b=dense(), w=weight())
    del holder.a
    del holder.w
    return holder


def train_step(optimizer, **options):
    net = Net()
    loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
    optimizer = getattr(nn, optimizer)(net.trainable_params(), **options)
    return nn.TrainOneStepCell(nn.WithLossCell(net, loss), optimizer)


def structure(cell):
    """All that names say about a Cell, in order."""

    def info(parameter):
        shape, dtype = list(parameter.shape), str(parameter.dtype)
        return [parameter.name, shape, dtype, parameter.requires_grad]

    return {
        "pairs": [[key, *info(p)] for key, p in cell.parameters_and_names()],
        "parameters": [info(p) for p in cell.get_parameters()],
        "trainable": [p.name for p in cell.trainable_params()],
        "untrainable": [p.name for p in cell.untrainable_params()],
        "own": [p.name for p in cell.get_parameters(expand=False)],
        "dict": list(cell.parameters_dict()),
        "cells": [[name, kind(child)] for name, child in cell.cells_and_names()],
        "children": list(cell.name_cells()),
    }


def kind(cell):
    """The name of a Cell's class, if it is one that users can know."""
    name = type(cell).__name__
    return name if hasattr(nn, name) or name in globals() else ""


def structures(inputs):
    texts = json.loads(str(inputs["texts"]))
    return {str(i): json.dumps(structure(eval(t))) for i, t in enumerate(texts)}


def texts_of(inputs):
    """What each text is evaluated to, if that is a string; or the error's type."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    return {"texts": [evaluate(text) for text in json.loads(str(inputs["texts"]))]}


def evaluate(text):
    try:
        result = eval(text)
    except Exception as error:
        return f"error: {type(error).__name__}"
    assert isinstance(result, str)
    return result


def tensor(value, dtype=None):
    return ms.Tensor(np.array(value, dtype))


__all__ = ["OrderedDict", "ParameterTuple"]  # used by the texts
