"""Levels of mixed precision: types of results, and whether inputs lost digits.

The tests run this file twice as it stands: by MindSpore, and by cellnet.
"""

import json

import mindspore as ms
import numpy as np
from mindspore import amp, nn, ops


class Parts(nn.Cell):
    """One of each kind, all fed the same."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(2, 2, "ones", has_bias=False)
        self.biased = nn.Dense(2, 2, "ones", "zeros")
        self.relu = nn.ReLU()
        self.softmax = nn.Softmax()
        self.norm = nn.LayerNorm((2,))
        self.product = ops.MatMul()
        self.chosen = nn.Dense(2, 2, "ones", has_bias=False)
        self.chosen.to_float(ms.float32)

    def construct(self, x):
        y = ops.matmul(x, x)
        return (
            self.dense(x),
            self.biased(x),
            self.relu(x),
            self.softmax(x),
            self.norm(x),
            self.product(x, x),
            self.chosen(x),
            self.chosen(y),
            y,
            ops.relu(x),
            x + x,
            y + x,
            y + y,
            ops.exp(y),
            ops.sqrt(y),
            ops.sigmoid(y),
            ops.softmax(y),
            ops.pow(y, 2),
            ops.cumsum(y, 0),
            ops.concat((y, x)),
            ops.bmm(y[None], y[None]),
        )


def levels(inputs):
    """Types and values at a level, in one of the modes."""
    ms.set_context(mode=int(inputs["mode"]))
    level = str(inputs["level"])
    net = Parts()
    if level == "white":
        net = amp.custom_mixed_precision(net, white_list=[nn.Dense, ops.MatMul])
    elif level == "black":
        net = amp.custom_mixed_precision(net, black_list=[nn.Dense])
    else:
        net = amp.auto_mixed_precision(net, level)
    results = net(ms.Tensor(inputs["x"]))
    found = {str(i): y.asnumpy().astype(np.float32) for i, y in enumerate(results)}
    return found | {"types": json.dumps([str(y.dtype) for y in results])}


def scalers(inputs):
    """What DynamicLossScaler makes of a series of overflows."""
    scaler = amp.DynamicLossScaler(4, 2, 3)
    scales = []
    for finite in inputs["finite"]:
        scaler.adjust(ms.Tensor(bool(finite)))
        scales.append(float(scaler.scale_value.asnumpy()))
    grads = (ms.Tensor([1.5, 2.0**-20], ms.float16), ms.Tensor([3.0]))
    scaled = scaler.unscale(scaler.scale(grads))
    return {
        "scales": np.array(scales),
        "first": scaled[0].asnumpy(),
        "second": scaled[1].asnumpy(),
        "finite": np.array(
            [
                bool(amp.all_finite(grads)),
                bool(amp.all_finite([ms.Tensor([float("inf")])])),
            ]
        ),
    }
