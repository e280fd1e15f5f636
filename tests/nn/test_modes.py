"""What a compiled Cell gives is what it gives as it comes."""

import numpy as np
import pytest

from cellnet import context, nn
from cellnet import dtype as mstype
from cellnet.tensor import Tensor

GENERATOR = np.random.default_rng(5)


def normal(*shape):
    return Tensor(GENERATOR.standard_normal(shape).astype(np.float32))


def between(low, high, *shape):
    return Tensor(GENERATOR.uniform(low, high, shape).astype(np.float32))


def classes(count, *shape):
    return Tensor(GENERATOR.integers(0, count, shape).astype(np.int32))


IMAGE, TABLE, LABELS = normal(2, 4, 7, 6), normal(5, 3), classes(3, 5)
CALLS = [
    (nn.Conv2d(4, 6, 3, 2, has_bias=True), (IMAGE,)),
    (nn.Conv2d(4, 4, 3, pad_mode="pad", padding=1, group=2), (IMAGE,)),
    (nn.Conv1d(4, 2, 3), (normal(2, 4, 9),)),
    (nn.MaxPool2d(2, 2), (IMAGE,)),
    (nn.MaxPool2d(3, 2, "pad", 1, ceil_mode=True), (IMAGE,)),
    (nn.AvgPool2d(3, 2, "same"), (IMAGE,)),
    (nn.AvgPool2d(3, 2, "pad", 1, ceil_mode=True), (IMAGE,)),
    (nn.AvgPool1d(2, 2), (normal(1, 2, 6),)),
    (nn.Flatten(), (IMAGE,)),
    (nn.OneHot(depth=3), (LABELS,)),
    (nn.LayerNorm((6,)), (IMAGE,)),
    (nn.GroupNorm(2, 4), (IMAGE,)),
    (nn.GELU(), (TABLE,)),
    (nn.LeakyReLU(), (TABLE,)),
    (nn.HSwish(), (TABLE,)),
    (nn.Softmax(), (TABLE,)),
    (nn.LogSoftmax(), (TABLE,)),
    (nn.MSELoss(), (TABLE, normal(5, 3))),
    (nn.L1Loss("none"), (TABLE, normal(5, 3))),
    (nn.SmoothL1Loss(), (TABLE, normal(5, 3))),
    (nn.SoftmaxCrossEntropyWithLogits(True, "mean"), (TABLE, LABELS)),
    (nn.SoftmaxCrossEntropyWithLogits(), (TABLE, between(0, 1, 5, 3))),
    (nn.CrossEntropyLoss(between(1, 2, 3), label_smoothing=0.1), (TABLE, LABELS)),
    (nn.CrossEntropyLoss(), (TABLE, between(0, 1, 5, 3))),
    (nn.NLLLoss(ignore_index=1), (TABLE, LABELS)),
    (nn.BCELoss(), (between(0, 1, 4), between(0, 1, 4))),
    (nn.BCEWithLogitsLoss(pos_weight=between(1, 2, 3)), (TABLE, between(0, 1, 5, 3))),
]


@pytest.mark.parametrize(
    ("cell", "inputs"), CALLS, ids=[cell.cls_name for cell, _ in CALLS]
)
def test_compiled_equals_pynative(cell, inputs):
    compiled = cell(*inputs)
    assert cell.compile_cache.num_traces == 1
    context.set_context(mode=context.PYNATIVE_MODE)
    eager = cell(*inputs)
    assert compiled.dtype is eager.dtype
    np.testing.assert_allclose(
        compiled.asnumpy(), eager.asnumpy(), rtol=1e-5, atol=1e-6
    )


def test_a_second_call_compiles_nothing():
    net = nn.SequentialCell(
        nn.Conv2d(4, 3, 3),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Dropout(p=0.5),
        nn.Flatten(),
        nn.Dense(27, 2, activation="relu"),
    )
    net.set_train()
    for _ in range(3):
        net(IMAGE)
    assert net.compile_cache.num_traces == 1
    net.set_train(False)
    first = net(IMAGE).asnumpy()
    assert net.compile_cache.num_traces == 2
    np.testing.assert_array_equal(net(IMAGE).asnumpy(), first)
    net.set_train()
    net(IMAGE)
    assert net.compile_cache.num_traces == 2


def test_float64_is_computed_in_float64():
    import jax

    with jax.enable_x64(True):
        x = Tensor(np.array([[1.0, 1.0 + 1e-12]]))
        assert x.dtype is mstype.float64
        y = nn.SoftmaxCrossEntropyWithLogits()(x, Tensor(np.array([[0.5, 0.5]])))
        assert y.dtype is mstype.float64
        z = nn.LayerNorm((2,), epsilon=0.0, dtype=mstype.float64)(x)
        np.testing.assert_allclose(z.asnumpy(), [[-1, 1]], rtol=1e-3)
