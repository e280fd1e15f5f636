"""Which layers and operations compute in 16 bits: as MindSpore 2.10 was seen to do."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Parameter, Tensor, context, nn, ops
from cellnet.train import amp

# 1 + 2**-12 is 1 in float16 and in bfloat16: what is left of it tells the type
SLIGHT = np.float32(2**-12)


class Parts(nn.Cell):
    """One of each kind, all fed the same."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(2, 2, "ones", has_bias=False)
        self.relu = nn.ReLU()
        self.norm = nn.LayerNorm((2,))
        self.product = ops.MatMul()
        self.w = Parameter(Tensor(np.eye(2, dtype=np.float32)), name="w")

    def construct(self, x):
        return {
            "dense": self.dense(x),
            "relu": self.relu(x),
            "norm": self.norm(x),
            "MatMul": self.product(x, self.w),
            "matmul": ops.matmul(x, x),
            "exp": ops.exp(x * 0) * x,
            "add": x + x,
        }


def outcome(net):
    """name -> (type of the result, whether the input lost its last bits)."""
    out = net(Tensor(np.eye(2, dtype=np.float32) * (1 + SLIGHT)))
    return {
        name: (str(y.dtype), float(y.asnumpy().astype(np.float64)[0, 0]) in (1.0, 2.0))
        for name, y in out.items()
        if name != "norm"
    }


LOW = ("Float32", True)
KEPT = ("Float32", False)
EXPECTED = {
    "O0": dict.fromkeys(("dense", "relu", "MatMul", "matmul", "exp", "add"), KEPT),
    "O1": dict(dense=LOW, relu=LOW, MatMul=LOW, matmul=KEPT, exp=KEPT, add=KEPT),
    "O2": dict.fromkeys(("dense", "relu", "MatMul", "matmul", "exp", "add"), LOW),
    "O3": dict.fromkeys(("dense", "relu", "MatMul", "matmul", "exp", "add"), LOW),
    "auto": dict(
        dense=("Float16", True),
        relu=KEPT,
        MatMul=("Float16", True),
        matmul=("Float16", True),
        exp=KEPT,
        add=KEPT,
    ),
}


@pytest.mark.parametrize("level", EXPECTED)
@pytest.mark.parametrize("mode", [context.GRAPH_MODE, context.PYNATIVE_MODE])
def test_levels(level, mode):
    context.set_context(mode=mode)
    assert outcome(amp.auto_mixed_precision(Parts(), level)) == EXPECTED[level]


def test_bfloat16_and_unchanged_parameters():
    net = amp.auto_mixed_precision(Parts(), "auto", ms.bfloat16)
    assert outcome(net)["dense"] == ("BFloat16", True)
    assert {str(p.dtype) for p in net.get_parameters()} == {"Float32"}


def recorded_types(net, layer):
    """Types that ``layer`` takes and gives when the network runs."""
    seen = []
    layer.register_forward_hook(
        lambda cell, inputs, output: seen.append((inputs[0].dtype, output.dtype))
    )
    context.set_context(mode=context.PYNATIVE_MODE)
    net(Tensor(np.ones((2, 2), np.float32)))
    return [str(kind) for kind in seen[0]]


@pytest.mark.parametrize(
    ("level", "types"),
    [
        ("O2", ["Float32", "Float16"]),
        ("O3", ["Float16", "Float16"]),
        ("auto", ["Float32", "Float32"]),
    ],
)
def test_normalisations(level, types):
    parts = Parts()
    net = amp.auto_mixed_precision(parts, level)
    assert recorded_types(net, parts.norm) == types


def test_a_changed_level_is_a_new_program():
    net = nn.Dense(2, 2, "ones", has_bias=False)
    x = Tensor(np.eye(2, dtype=np.float32) * (1 + SLIGHT))
    assert float(net(x).asnumpy()[0, 0]) > 1
    amp.auto_mixed_precision(net, "O1")
    assert float(net(x).asnumpy()[0, 0]) == 1


def test_auto_on_a_function_and_under_to_float():
    def product(x):
        return ops.matmul(x, x), ops.exp(x)

    x = Tensor(np.eye(2, dtype=np.float32))
    low, full = amp.auto_mixed_precision(product, "auto")(x)
    assert (str(low.dtype), str(full.dtype)) == ("Float16", "Float32")
    net = nn.SequentialCell(nn.Dense(2, 2).to_float(ms.float32))
    assert str(amp.auto_mixed_precision(net, "auto")(x).dtype) == "Float32"


def test_custom_lists():
    white = amp.custom_mixed_precision(Parts(), white_list=[nn.Dense])
    found = outcome(white)
    assert found.pop("dense") == LOW
    assert set(found.values()) == {KEPT}
    black = amp.custom_mixed_precision(Parts(), black_list=[nn.Dense, nn.ReLU])
    found = outcome(black)
    # their inputs had lost the bits before
    assert set(found.values()) == {LOW}
    assert nn.Conv2d in amp.get_white_list()
    assert ops.MatMul in amp.get_white_list()
    assert nn.Conv2d not in amp.get_black_list()


@pytest.mark.parametrize(
    ("kind", "text", "call"),
    [
        (ValueError, "amp_level", lambda: amp.auto_mixed_precision(Parts(), "O4")),
        (ValueError, "dtype", lambda: amp.auto_mixed_precision(Parts(), "O1", ms.int8)),
        (TypeError, "must be a Cell", lambda: amp.auto_mixed_precision(3, "O1")),
        (TypeError, "must be a Cell", lambda: amp.auto_mixed_precision(abs, "O1")),
        (ValueError, "none", lambda: amp.custom_mixed_precision(Parts())),
        (
            ValueError,
            "both",
            lambda: amp.custom_mixed_precision(Parts(), white_list=[], black_list=[]),
        ),
        (
            TypeError,
            "class",
            lambda: amp.custom_mixed_precision(Parts(), white_list=[3]),
        ),
        (
            TypeError,
            "class",
            lambda: amp.custom_mixed_precision(Parts(), black_list=[ops.MatMul]),
        ),
    ],
)
def test_errors(kind, text, call):
    with pytest.raises(kind, match=text):
        call()


class Own(nn.Cell):
    """Uses its Parameter in an operation that wants equal types."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(np.full((2, 2), 1 + SLIGHT, np.float32)), name="w")
        self.count = Parameter(Tensor(0, ms.int32), name="count")
        self.product = ops.MatMul()

    def construct(self, x):
        ops.assign_add(self.count, Tensor(1, ms.int32))
        return self.product(x, self.w)


@pytest.mark.parametrize("mode", [context.GRAPH_MODE, context.PYNATIVE_MODE])
def test_to_float_casts_parameters_of_operations(mode):
    context.set_context(mode=mode)
    net = Own().to_float(ms.float16)
    x = Tensor(np.eye(2, dtype=np.float32))
    found = net(x)
    assert (str(found.dtype), float(found.asnumpy()[0, 0])) == ("Float16", 1.0)
    assert int(net.count.asnumpy()) == 1
    # the gradient comes in the Parameter's own type
    grads = ms.grad(lambda x: net(x).sum(), None, [net.w])(x)
    assert str(grads[0].dtype) == "Float32"
    np.testing.assert_array_equal(grads[0].asnumpy(), np.ones((2, 2)))
