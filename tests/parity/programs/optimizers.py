"""Optimizers and schedulers on given gradients: weights after each step, and names.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.experimental.optim as optim
import mindspore.nn as nn
import numpy as np

SCOPE = {"nn": nn, "optim": optim, "sched": optim.lr_scheduler, "ms": ms, "np": np}


def parameters(inputs):
    names = {"weight": "conv.weight", "bias": "bn.beta"}
    return [
        ms.Parameter(ms.Tensor(inputs[key]), name=name) for key, name in names.items()
    ]


def run_rules(inputs):
    """Weights after every step, and the optimizer's own values after the last."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    results = {}
    for number, text in enumerate(json.loads(str(inputs["texts"]))):
        own = parameters(inputs)
        optimizer = eval(text, {**SCOPE, "params": own})
        history = []
        for step in range(len(inputs["by weight"])):
            gradients = (inputs["by weight"][step], inputs["by bias"][step])
            optimizer(tuple(ms.Tensor(g) for g in gradients))
            history.append(np.concatenate([p.asnumpy().ravel() for p in own]))
        results[f"{number}:history"] = np.stack(history)
        for parameter in optimizer.get_parameters():
            key = f"{number}:{parameter.name}"
            results[key] = np.array(parameter.asnumpy(), copy=True).ravel()
    return results


def run_schedulers(inputs):
    """The learning rates of two groups before each of many steps of a scheduler."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    results = {}
    for number, text in enumerate(json.loads(str(inputs["texts"]))):
        weight, bias = parameters(inputs)
        groups = [{"params": [weight]}, {"params": [bias], "lr": 0.5}]
        optimizer = optim.SGD(groups, lr=0.1)
        scheduler = eval(text, {**SCOPE, "optimizer": optimizer})
        rates = []
        for step in range(12):
            rates.append(
                [
                    float(np.asarray(g["lr"].value().asnumpy()))
                    for g in optimizer.param_groups
                ]
            )
            if "Plateau" in text:
                scheduler.step(float(inputs["losses"][step]))
            else:
                scheduler.step()
        results[str(number)] = np.array(rates)
    return results


def error_types(inputs):
    """The type of the error that each text raises; "none" where it raises none."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    found = []
    for text in json.loads(str(inputs["texts"])):
        own = parameters(inputs)
        scope = {**SCOPE, "params": own, "sgd": optim.SGD(own, lr=0.1)}
        try:
            eval(text, scope)
            found.append("none")
        except Exception as error:
            found.append(type(error).__name__)
    return {"types": found}
