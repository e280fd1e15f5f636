"""Functions and Cells around Cells: attention of given weights, recomputed Cells,
gathered gradients, batches in parts, slices.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import mindspore.parallel as parallel
import mindspore.parallel.nn as parallel_nn
import numpy as np
from mindspore import Parameter, Tensor, boost, nn, ops
from mindspore.boost.grad_accumulation import (
    gradient_accumulation_op,
    gradient_clear_op,
)
from mindspore.ops.function.nn_func import multi_head_attention_forward


def attention(inputs):
    """Output and weights for each of the options, and their gradients."""
    names = ("in_proj_weight", "in_proj_bias", "out_proj_weight", "out_proj_bias")
    weights = {name: Tensor(inputs[name]) for name in names}
    query, key, value = (Tensor(inputs[name]) for name in ("query", "key", "value"))
    results = {}
    for number, text in enumerate(json.loads(str(inputs["texts"]))):
        options = eval(text, {"Tensor": Tensor, "np": np, **inputs})
        given = {
            "bias_k": None,
            "bias_v": None,
            "add_zero_attn": False,
            "dropout_p": 0.0,
            "embed_dim_to_check": 4,
            "num_heads": 2,
            **weights,
            **options,
        }

        def run(q, k, v, given=given):
            return multi_head_attention_forward(q, k, v, **given)

        found = run(query, key, value)
        slopes = ms.grad(run, (0, 1, 2))(query, key, value)
        for place, each in enumerate((*found, *slopes)):
            results[f"{number}:{place}"] = each.asnumpy()
    return results


class Block(nn.Cell):
    """Something with weights and state."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(2, 3, weight_init="ones", bias_init="zeros")
        self.norm = nn.BatchNorm1d(3)

    def construct(self, x):
        return ops.tanh(self.norm(self.dense(x)))


class Recomputed(nn.Cell):
    """A loss of a Block that is computed again."""

    def __init__(self):
        super().__init__()
        self.block = Block()

    def construct(self, x):
        return (ms.recompute(self.block, x) * x[:, :1]).sum()


class Loss(nn.Cell):
    """No sum over rows."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(np.array([1.0, 2.0], np.float32)), name="w")

    def construct(self, x, y):
        return ops.square(ops.mean((x * self.w).sum(-1) - y))


def wrappers(inputs):
    """What the wrappers give in PYNATIVE_MODE, which MindSpore has all of them in."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    x, y = Tensor(inputs["x"]), Tensor(inputs["y"])
    net = Recomputed()
    net.set_train()
    slopes = ms.grad(net, 0, net.trainable_params())(x)
    # not the moving averages, which MindSpore moves in either pass
    found = {"recompute:x": slopes[0]}
    found |= {
        f"recompute:{parameter.name}": slope
        for parameter, slope in zip(net.trainable_params(), slopes[1], strict=True)
    }
    for name in ("Pipeline", "GradAccumulation", "MicroBatchInterleaved"):
        loss = Loss()
        parts = getattr(parallel_nn, name)(loss, 3)
        slope = ms.grad(parts, None, loss.trainable_params())(x, y)
        found |= {f"{name}:loss": parts(x, y), f"{name}:w": slope[0]}
    loss = Loss()
    gather = boost.GradientAccumulation(
        2, nn.Momentum(loss.trainable_params(), 0.1, 0.9)
    )
    for step in range(5):
        gather(Tensor(np.float32(0.5)), (x[step],))
        found[f"gather:{step}"] = loss.w.asnumpy().copy()
    gathered = Parameter(Tensor(inputs["y"]), name="g")
    ops.HyperMap()(ops.partial(gradient_accumulation_op, 4), (gathered,), (y,))
    found["add"] = gathered.asnumpy().copy()
    ops.HyperMap()(gradient_clear_op, (gathered,))
    found["clear"] = gathered.asnumpy().copy()
    slices = [Parameter(Tensor(inputs["x"] + k), name="a.b") for k in range(3)]
    whole = ms.merge_sliced_parameter(slices)
    found |= {"merge": whole.asnumpy(), "merge:name": whole.name}
    layout = parallel.Layout((2, 2, 2), ("dp", "sp", "interleaved_parallel"))
    cut = layout(("dp", "interleaved_parallel"), "None").to_dict()
    found["layout"] = json.dumps(cut, sort_keys=True)
    return {
        key: value.asnumpy() if isinstance(value, Tensor) else value
        for key, value in found.items()
    }


def files(inputs):
    """What load_checkpoint_async gives of a file that save_checkpoint wrote."""
    path, net = str(inputs["path"]), Loss()
    ms.save_checkpoint(net, path)
    found = ms.load_checkpoint_async(path).result()
    return {name: value.asnumpy() for name, value in found.items()}


def error_types(inputs):
    """The type of the error that each text raises; "none" where it raises none."""
    scope = {**globals(), "p": lambda *shape: Parameter(ops.ones(shape), name="p")}
    found = []
    for text in json.loads(str(inputs["texts"])):
        try:
            eval(text, scope)
            found.append("none")
        except Exception as error:
            found.append(type(error).__name__)
    return {"types": found}
