import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn
from cellnet.graph import value_and_grad
from cellnet.parameter import ParameterTuple
from cellnet.tensor import Tensor


def cross_correlation(x, w, b, stride, pads, dilation, group):
    """The formula of Conv2d by loops, in float64."""
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), *pads))
    outputs, inputs, height, width = w.shape
    sizes = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip(
            x.shape[2:], (height, width), stride, dilation, strict=True
        )
    ]
    y = np.zeros((len(x), outputs, *sizes))
    for o in range(outputs):
        first = o // (outputs // group) * inputs
        for u in range(height):
            for v in range(width):
                rows = u * dilation[0] + stride[0] * np.arange(sizes[0])
                columns = v * dilation[1] + stride[1] * np.arange(sizes[1])
                patch = x[:, first : first + inputs][:, :, rows][:, :, :, columns]
                y[:, o] += np.einsum("nchw,c->nhw", patch, w[o, :, u, v])
    return y if b is None else y + b[:, None, None]


CASES = [
    # settings, (before, after) of height and width for an input of 7 x 6
    ({}, ((1, 1), (1, 1))),
    ({"stride": 2}, ((1, 1), (0, 1))),
    ({"stride": (2, 3), "dilation": 2}, ((2, 2), (1, 1))),
    ({"pad_mode": "valid", "stride": (1, 2)}, ((0, 0), (0, 0))),
    ({"pad_mode": "pad", "padding": 2, "has_bias": True}, ((2, 2), (2, 2))),
    ({"pad_mode": "pad", "padding": (1, 2, 0, 3)}, ((1, 2), (0, 3))),
    ({"pad_mode": "pad", "dilation": (2, 1)}, ((0, 0), (0, 0))),
    ({"group": 2, "has_bias": True}, ((1, 1), (1, 1))),
    ({"group": 4, "out_channels": 8}, ((1, 1), (1, 1))),
]


@pytest.mark.parametrize(("settings", "pads"), CASES)
def test_conv2d_is_its_formula(normal, settings, pads):
    layer = nn.Conv2d(
        **{"in_channels": 4, "out_channels": 6, "kernel_size": 3, **settings}
    )
    x = normal(2, 4, 7, 6)
    expected = cross_correlation(
        x.asnumpy(),
        layer.weight.asnumpy(),
        None if layer.bias is None else layer.bias.asnumpy(),
        layer.stride,
        pads,
        layer.dilation,
        layer.group,
    )
    y = layer(x).asnumpy()
    assert y.shape == expected.shape
    np.testing.assert_allclose(y, expected, atol=2e-5)


def test_conv2d_gradients_match_finite_differences(normal):
    layer, x = nn.Conv2d(2, 3, (2, 3), 2, has_bias=True), normal(2, 2, 5, 4)
    weights = ParameterTuple(layer.trainable_params())
    direction = normal(*layer(x).shape)

    def loss(x):
        return (layer(x) * direction).sum()

    _, (grad_x, grad_weights) = value_and_grad(loss, 0, weights)(x)
    # the layer is linear in each of its arguments, so a unit step is exact
    shift = normal(*x.shape)
    moved = float(loss(Tensor(x.asnumpy() + shift.asnumpy()))) - float(loss(x))
    np.testing.assert_allclose(
        (grad_x.asnumpy() * shift.asnumpy()).sum(), moved, rtol=1e-4
    )
    before = float(loss(x))
    for weight, grad in zip(weights, grad_weights, strict=True):
        kept = weight.asnumpy()
        shift = normal(*weight.shape).asnumpy()
        weight.set_data(Tensor(kept + shift))
        moved = float(loss(x)) - before
        weight.set_data(Tensor(kept))
        np.testing.assert_allclose((grad.asnumpy() * shift).sum(), moved, rtol=1e-4)


@pytest.mark.parametrize(
    ("settings", "pads"),
    [
        ({}, (2, 2)),
        ({"stride": 2}, (1, 2)),
        ({"pad_mode": "valid", "dilation": 2}, (0, 0)),
        ({"pad_mode": "pad", "padding": 1, "has_bias": True}, (1, 1)),
        ({"group": 2}, (2, 2)),
    ],
)
def test_conv1d_is_its_formula(normal, settings, pads):
    layer, x = nn.Conv1d(4, 6, 5, **settings), normal(2, 4, 10)
    assert layer.weight.shape == (6, 4 // layer.group, 1, 5)
    expected = cross_correlation(
        x.asnumpy()[:, :, None],
        layer.weight.asnumpy(),
        None if layer.bias is None else layer.bias.asnumpy(),
        layer.stride,
        ((0, 0), pads),
        layer.dilation,
        layer.group,
    )
    np.testing.assert_allclose(layer(x).asnumpy(), expected[:, :, 0], atol=2e-5)


def test_initial_values():
    layer = nn.Conv2d(1, 2, 3, has_bias=True, weight_init=0.5, bias_init="ones")
    assert (layer.weight.asnumpy() == 0.5).all()
    assert (layer.bias.asnumpy() == 1).all()
    assert [p.name for p in layer.get_parameters()] == ["weight", "bias"]
    assert nn.Conv2d(1, 2, 3, dtype=mstype.float16).weight.dtype is mstype.float16


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"in_channels": 0}, ValueError, "in_channels must be >= 1"),
        ({"in_channels": 3.0}, TypeError, "in_channels must be int"),
        ({"in_channels": True}, TypeError, "in_channels must be int"),
        ({"kernel_size": (3, 3, 3)}, TypeError, "tuple of 2 ints"),
        ({"kernel_size": [3, 3]}, TypeError, "kernel_size"),
        ({"kernel_size": 0}, ValueError, "kernel_size must be >= 1"),
        ({"stride": -1}, ValueError, "stride must be >= 1"),
        ({"dilation": 0.5}, TypeError, "dilation"),
        ({"pad_mode": "SAME"}, ValueError, "pad_mode must be one of"),
        ({"padding": 1}, ValueError, "padding must be 0 unless pad_mode is 'pad'"),
        ({"pad_mode": "pad", "padding": -1}, ValueError, "padding must be >= 0"),
        ({"pad_mode": "pad", "padding": 1.0}, TypeError, "padding"),
        (
            {"pad_mode": "pad", "padding": (1, 1)},
            ValueError,
            "top, bottom, left, right",
        ),
        ({"group": 3}, ValueError, "multiples of group"),
        ({"group": 0}, ValueError, "group must be >= 1"),
        ({"has_bias": 1}, TypeError, "has_bias"),
        ({"data_format": "NHWC"}, ValueError, "NCHW"),
        ({"weight_init": "foo"}, ValueError, "foo|unknown"),
        ({"weight_init": Tensor(np.ones((4, 4, 3)))}, ValueError, "shape"),
    ],
)
def test_conv2d_bad_settings(settings, error, text):
    with pytest.raises(error, match=text):
        nn.Conv2d(**{"in_channels": 4, "out_channels": 4, "kernel_size": 3, **settings})


@pytest.mark.parametrize(
    ("x", "error", "text"),
    [
        (
            np.ones((32, 8, 8, 3), "f4"),
            ValueError,
            r"\(N, 3, H, W\).*transpose.*0, 3, 1, 2",
        ),
        (np.ones((32, 4, 8, 8), "f4"), ValueError, r"got input \(32, 4, 8, 8\)"),
        (np.ones((3, 8, 8), "f4"), ValueError, r"\(N, 3, H, W\)"),
        (np.ones((1, 3, 8, 8), "f2"), TypeError, "input is Float16 but the weight"),
        (np.ones((1, 3, 8, 8), "i4"), TypeError, "float type"),
        (np.ones((1, 3, 4, 8), "f4"), ValueError, "does not fit"),
    ],
)
def test_conv2d_bad_inputs(x, error, text):
    with pytest.raises(error, match=text):
        nn.Conv2d(3, 4, 5, pad_mode="valid")(Tensor(x))


def test_conv1d_misuse():
    for settings in ({"kernel_size": (5,)}, {"pad_mode": "pad", "padding": (1, 1)}):
        with pytest.raises(TypeError, match="Conv1d"):
            nn.Conv1d(
                **{"in_channels": 3, "out_channels": 4, "kernel_size": 5, **settings}
            )
    with pytest.raises(ValueError, match=r"expected \(N, 3, L\)"):
        nn.Conv1d(3, 4, 5)(Tensor(np.ones((3, 9), np.float32)))


def test_an_error_names_the_cell():
    class Net(nn.Cell):
        def __init__(self):
            super().__init__()
            self.stem = nn.SequentialCell(nn.Conv2d(3, 4, 3))

        def construct(self, x):
            return self.stem(x)

    with pytest.raises(ValueError, match=r"in cell Net\.stem\.0"):
        Net()(Tensor(np.ones((1, 1, 8, 8), np.float32)))


def test_repr():
    layer = nn.Conv2d(3, 4, 3, weight_init="ones", has_bias=True, bias_init="zeros")
    assert repr(layer) == (
        "Conv2d(input_channels=3, output_channels=4, kernel_size=(3, 3), "
        "stride=(1, 1), pad_mode=same, padding=0, dilation=(1, 1), group=1, "
        "has_bias=True, weight_init=ones, bias_init=zeros, format=NCHW)"
    )
