import numpy as np
import pytest

from cellnet import nn
from cellnet.tensor import Tensor
from tests.nn.layer._conv_loops import convolve, spread

# constructor's settings -> stride, padding, dilation and size that they mean for (5, 4)
CASES = [
    ({}, (1, 1), ((1, 1), (1, 1)), (1, 1), (5, 4)),
    ({"stride": 2}, (2, 2), ((0, 1), (0, 1)), (1, 1), (10, 8)),
    ({"stride": 2, "pad_mode": "valid"}, (2, 2), ((0, 0),) * 2, (1, 1), (11, 9)),
    ({"stride": 4, "pad_mode": "valid"}, (4, 4), ((0, 0),) * 2, (1, 1), (20, 16)),
    (
        {"stride": (2, 1), "pad_mode": "pad", "padding": (1, 0, 2, 1), "dilation": 2},
        (2, 1),
        ((1, 0), (2, 1)),
        (2, 2),
        (12, 5),
    ),
    ({"group": 2}, (1, 1), ((1, 1), (1, 1)), (1, 1), (5, 4)),
]


@pytest.mark.parametrize(("settings", "stride", "pads", "dilation", "size"), CASES)
def test_each_element_puts_a_window_down(
    mode, normal, settings, stride, pads, dilation, size
):
    del mode
    layer = nn.Conv2dTranspose(4, 6, 3, has_bias=True, **settings)
    x, w, b = normal(2, 4, 5, 4), layer.weight.asnumpy(), layer.bias.asnumpy()
    groups = settings.get("group", 1)
    assert w.shape == (4, 6 // groups, 3, 3)
    expected = spread(x.asnumpy(), w, stride, pads, dilation, size, groups)
    expected += b[:, None, None]
    np.testing.assert_allclose(layer(x).asnumpy(), expected, atol=1e-5)


def test_output_padding_of_images_is_zeros(normal):
    settings = {"stride": 2, "pad_mode": "pad", "padding": 1}
    layer = nn.Conv2dTranspose(4, 6, 3, **settings)
    more = nn.Conv2dTranspose(
        4, 6, 3, **settings, output_padding=(1, 0), weight_init=layer.weight
    )
    x = normal(2, 4, 5, 4)
    y = more(x).asnumpy()
    np.testing.assert_allclose(y[:, :, :-1], layer(x).asnumpy(), atol=1e-6)
    assert (y[:, :, -1] == 0).all()


@pytest.mark.parametrize(("padding", "extra"), [(1, 1), (0, 1)])
def test_output_padding_of_volumes_is_cut_off_less(normal, padding, extra):
    layer = nn.Conv3dTranspose(2, 3, 3, 2, "pad", padding, output_padding=extra)
    x = normal(1, 2, 2, 3, 2)
    size = tuple((n - 1) * 2 + 3 - 2 * padding + extra for n in (2, 3, 2))
    pads = ((padding, padding),) * 3
    expected = spread(
        x.asnumpy(), layer.weight.asnumpy(), (2,) * 3, pads, (1,) * 3, size
    )
    np.testing.assert_allclose(layer(x).asnumpy(), expected, atol=1e-5)


def test_sequences_are_images_of_height_one(normal):
    layer = nn.Conv1dTranspose(4, 6, 3, stride=2)
    assert layer.weight.shape == (4, 6, 1, 3)
    x = normal(2, 4, 7)
    pads = ((0, 0), (0, 1))
    expected = spread(
        x.asnumpy()[:, :, None],
        layer.weight.asnumpy(),
        (1, 2),
        pads,
        (1, 1),
        (1, 14),
    )
    np.testing.assert_allclose(layer(x).asnumpy(), expected[:, :, 0], atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "stride", "pads"),
    [
        ({}, (1, 1, 1), ((0, 1),) * 3),
        ({"stride": 2, "pad_mode": "valid"}, (2, 2, 2), ((0, 0),) * 3),
        (
            {"pad_mode": "pad", "padding": (1, 0, 0, 1, 2, 0)},
            (1, 1, 1),
            ((1, 0), (0, 1), (2, 0)),
        ),
    ],
)
def test_conv3d_sums_over_windows(mode, normal, settings, stride, pads):
    del mode
    layer, x = nn.Conv3d(2, 3, 2, **settings), normal(1, 2, 3, 4, 3)
    w = layer.weight.asnumpy()
    assert w.shape == (3, 2, 2, 2, 2)
    expected = convolve(x.asnumpy(), w, stride, pads, (1, 1, 1))
    np.testing.assert_allclose(layer(x).asnumpy(), expected, atol=1e-5)


def test_default_weights_are_uniform_within_the_fan_in():
    # of a transposed convolution: the size of the weight over in_channels
    layer = nn.Conv2dTranspose(400, 4, 5, has_bias=True)
    weight = layer.weight.asnumpy()
    assert abs(weight).max() <= 0.1
    np.testing.assert_allclose(weight.var(), 0.01 / 3, rtol=0.03)
    assert abs(layer.bias.asnumpy()).max() <= 0.1


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (lambda: nn.Conv2dTranspose(4, 6, 3, 2, output_padding=1), "pad_mode"),
        (
            lambda: nn.Conv2dTranspose(4, 6, 3, 2, "pad", output_padding=2),
            "less than stride",
        ),
        (lambda: nn.Conv2dTranspose(4, 6, 3)(Tensor(np.ones((1, 3, 4, 4), "f"))), "3"),
        (lambda: nn.Conv3d(4, 6, (1, 2)), "tuple of 3"),
        (lambda: nn.Conv3d(4, 6, 3, data_format="NCHW"), "NCDHW"),
    ],
)
def test_bad_settings(act, text):
    with pytest.raises(ValueError, match=text):
        act()
