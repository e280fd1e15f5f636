"""Loss scalers and all_finite, by hand and inside a sunk loop."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor, data_sink, nn, ops
from cellnet.train import amp

STEPS = ".x....xx..."


def adjust_by_hand(scale, factor, window):
    clean, seen = 0, []
    for mark in STEPS:
        if mark == "x":
            scale, clean = max(scale / factor, 1.0), 0
        else:
            clean += 1
            if clean == window:
                scale, clean = scale * factor, 0
        seen.append(scale)
    return seen


def test_dynamic_scaler_follows_the_rule():
    scaler = amp.DynamicLossScaler(4, 2, 3)
    seen = []
    for mark in STEPS:
        assert scaler.adjust(Tensor(mark == ".")) is True
        seen.append(float(scaler.scale_value.asnumpy()))
    assert seen == adjust_by_hand(4.0, 2, 3)


@pytest.mark.parametrize("scaler", [amp.StaticLossScaler(2**16)])
def test_scale_and_unscale_keep_types(scaler):
    grads = (Tensor([2.0**-20], ms.float16), Tensor([3.0]))
    scaled = scaler.scale(grads)
    assert [str(g.dtype) for g in scaled] == ["Float16", "Float32"]
    assert float(scaled[0].asnumpy()[0]) == 2.0**-4
    back = scaler.unscale(scaled)
    assert [float(g.asnumpy()[0]) for g in back] == [2.0**-20, 3.0]
    assert type(scaler.unscale([Tensor(1.0)])) is list  # as in MindSpore
    assert scaler.adjust(Tensor(False)) is False


def test_a_step_by_hand_with_a_scaler_runs_sunk():
    marks = np.array([mark == "x" for mark in STEPS])
    x = np.where(marks, np.inf, 1.0).astype(np.float32)[:, None]
    net = nn.Dense(1, 1, "ones", has_bias=False)
    optimizer = nn.SGD(net.trainable_params(), 0.1)
    scaler = amp.DynamicLossScaler(4, 2, 3)

    def forward(x):
        return scaler.scale(net(x).sum())

    grad_fn = ms.value_and_grad(forward, None, net.trainable_params())

    def step(x):
        loss, grads = grad_fn(x)
        grads = scaler.unscale(grads)
        finite = amp.all_finite(grads)
        factor = ops.cast(finite, ms.float32)
        optimizer(tuple(ops.where(finite, g, g * 0) for g in grads))
        scaler.adjust(finite)
        return scaler.unscale(loss), factor

    data = ms.dataset.NumpySlicesDataset(x, ["x"], shuffle=False).batch(1)
    sink = data_sink(step, data, sink_size=len(STEPS))
    sink()
    assert float(scaler.scale_value.asnumpy()) == adjust_by_hand(4.0, 2, 3)[-1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[1.0, 2.0], [0.0]], True),
        ([[1.0], [np.inf]], False),
        ([[np.nan], [1.0]], False),
        ([], True),
    ],
)
def test_all_finite(values, expected):
    found = amp.all_finite([Tensor(v, ms.float16) for v in values])
    assert (str(found.dtype), bool(found)) == ("Bool", expected)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda: amp.DynamicLossScaler("a", 2, 2)),
        (ValueError, lambda: amp.DynamicLossScaler(0, 2, 2)),
        (TypeError, lambda: amp.DynamicLossScaler(4, 0.5, 2)),
        (ValueError, lambda: amp.DynamicLossScaler(4, 2, 0)),
        (TypeError, lambda: amp.DynamicLossScaler(4, 2, 1.5)),
        (TypeError, lambda: amp.StaticLossScaler(True)),
        (ValueError, lambda: amp.StaticLossScaler(-2)),
        (TypeError, lambda: amp.all_finite(Tensor([1.0]))),
    ],
)
def test_errors(kind, call):
    with pytest.raises(kind):
        call()
