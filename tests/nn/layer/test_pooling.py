import numpy as np
import pytest

from cellnet import nn
from cellnet.graph import grad
from cellnet.tensor import Tensor


def windows(n, k, s, low, high, ceil):
    """Start of each window in padded coordinates, by counting upwards."""
    starts, start = [], 0
    while start + k <= n + low + high or (
        ceil and start < n + low and starts and starts[-1] + k < n + low + high
    ):
        starts.append(start)
        start += s
    return starts


def pool(x, kernel, stride, pads, ceil, reduce):
    """``reduce(inside, window)`` at each place: real elements, and padding included."""
    h, w = x.shape[-2:]
    (t, b), (before, after) = pads
    rows = windows(h, kernel[0], stride[0], t, b, ceil)
    columns = windows(w, kernel[1], stride[1], before, after, ceil)
    y = np.zeros((*x.shape[:-2], len(rows), len(columns)))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            bottom, right = top + kernel[0], left + kernel[1]
            inside = x[
                ...,
                max(top - t, 0) : max(bottom - t, 0),
                max(left - before, 0) : max(right - before, 0),
            ]
            counted = (min(bottom, h + t + b) - top) * (
                min(right, w + before + after) - left
            )
            y[..., i, j] = reduce(inside, counted)
    return y


def largest(inside, counted):
    del counted
    return inside.max((-2, -1))


def mean_inside(inside, counted):
    del counted
    return inside.mean((-2, -1))


def mean_counted(inside, counted):
    return inside.sum((-2, -1)) / counted


NONE = ((0, 0), (0, 0))
CASES = [
    # kernel, stride, settings, padding for an input of 7 x 6
    (2, 2, {}, NONE),
    (2, 1, {}, NONE),
    (3, 2, {"pad_mode": "same"}, ((1, 1), (0, 1))),
    ((2, 3), (1, 2), {"pad_mode": "SAME"}, ((0, 1), (0, 1))),
    (3, 2, {"pad_mode": "pad", "padding": 1}, ((1, 1), (1, 1))),
    (3, 2, {"pad_mode": "pad", "padding": (1, 0)}, ((1, 1), (0, 0))),
    (2, 2, {"pad_mode": "pad", "padding": 1, "ceil_mode": True}, ((1, 1), (1, 1))),
    (3, 2, {"pad_mode": "pad", "padding": 1, "ceil_mode": True}, ((1, 1), (1, 1))),
    (3, 3, {"pad_mode": "pad", "ceil_mode": True}, NONE),
]


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


@pytest.mark.parametrize(("kernel", "stride", "settings", "pads"), CASES)
def test_max_pool(normal, kernel, stride, settings, pads):
    x, ceil = normal(2, 3, 7, 6), settings.get("ceil_mode", False)
    y = nn.MaxPool2d(kernel, stride, **settings)(x).asnumpy()
    expected = pool(x.asnumpy(), pair(kernel), pair(stride), pads, ceil, largest)
    np.testing.assert_array_equal(y, expected.astype(np.float32))


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize(("kernel", "stride", "settings", "pads"), CASES)
def test_avg_pool(normal, kernel, stride, settings, pads, count_include_pad):
    x, ceil = normal(2, 3, 7, 6), settings.get("ceil_mode", False)
    layer = nn.AvgPool2d(
        kernel, stride, **settings, count_include_pad=count_include_pad
    )
    padded = settings.get("pad_mode") == "pad" and count_include_pad
    reduce = mean_counted if padded else mean_inside
    expected = pool(x.asnumpy(), pair(kernel), pair(stride), pads, ceil, reduce)
    y = layer(x).asnumpy()
    assert y.shape == expected.shape
    np.testing.assert_allclose(y, expected, atol=1e-6)


def test_avg_pool_numbers_of_mindspore():
    # MindSpore 2.10 on ones (1, 1, 6, 6): kernel 3, stride 2, padding 1, ceil_mode
    x = Tensor(np.ones((1, 1, 6, 6), np.float32))
    y = nn.AvgPool2d(3, 2, "pad", 1, ceil_mode=True)(x).asnumpy()[0, 0]
    expected = [
        [0.44444445, 0.6666667, 0.6666667, 0.33333334],
        [0.6666667, 1, 1, 0.5],
        [0.6666667, 1, 1, 0.5],
        [0.33333334, 0.5, 0.5, 0.25],
    ]
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    y = nn.AvgPool2d(2, 2, "pad", divisor_override=5)(x).asnumpy()
    np.testing.assert_allclose(y, 0.8, rtol=1e-6)


def test_input_without_a_batch_axis(normal):
    x = normal(3, 5, 4)
    batch = Tensor(x.asnumpy()[None])
    for layer in (nn.MaxPool2d(2, 2), nn.AvgPool2d(2, 2, "same")):
        np.testing.assert_array_equal(layer(x).asnumpy(), layer(batch).asnumpy()[0])


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 2, "stride": 2},
        {"kernel_size": 3, "stride": 2, "pad_mode": "same"},
        {"kernel_size": 3, "stride": 2, "pad_mode": "pad", "padding": 1},
    ],
)
def test_one_axis_is_an_image_of_height_one(normal, settings):
    x = normal(2, 3, 8)
    image = Tensor(x.asnumpy()[:, :, None])
    two = {
        key: (v if key == "pad_mode" else (0 if key == "padding" else 1, v))
        for key, v in settings.items()
    }
    for short, long in ((nn.MaxPool1d, nn.MaxPool2d), (nn.AvgPool1d, nn.AvgPool2d)):
        y = short(**settings)(x).asnumpy()
        np.testing.assert_allclose(y, long(**two)(image).asnumpy()[:, :, 0], atol=1e-6)


def test_gradient_goes_to_the_first_of_equal_elements():
    x = Tensor(np.zeros((1, 1, 2, 4), np.float32))
    g = grad(lambda x: nn.MaxPool2d(2, 2)(x).sum())(x).asnumpy()
    assert g[0, 0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: nn.MaxPool2d(0), ValueError, "kernel_size must be >= 1"),
        (lambda: nn.MaxPool2d("2"), TypeError, "kernel_size"),
        (lambda: nn.MaxPool2d(2, pad_mode="foo"), ValueError, "pad_mode"),
        (lambda: nn.MaxPool2d(2, pad_mode=1), TypeError, "pad_mode"),
        (lambda: nn.MaxPool2d(2, padding=1), ValueError, "unless pad_mode is 'pad'"),
        (lambda: nn.MaxPool2d(2, ceil_mode=True), ValueError, "ceil_mode"),
        (lambda: nn.MaxPool2d(2, dilation=2), ValueError, "dilation"),
        (
            lambda: nn.MaxPool2d(2, return_indices=True),
            ValueError,
            "return_indices",
        ),
        (lambda: nn.AvgPool2d(2, pad_mode="pad", padding=2), ValueError, "half"),
        (lambda: nn.AvgPool2d(2, divisor_override=0), ValueError, "divisor_override"),
        (lambda: nn.AvgPool2d(2, count_include_pad=1), TypeError, "count_include_pad"),
        (lambda: nn.MaxPool2d(2, data_format="NHWC"), ValueError, "NCHW"),
        (
            lambda: nn.MaxPool2d(3)(Tensor(np.ones((1, 1, 2, 5), "f4"))),
            ValueError,
            "fit",
        ),
        (
            lambda: nn.MaxPool2d(2)(Tensor(np.ones((5, 5), "f4"))),
            ValueError,
            "without N",
        ),
        (lambda: nn.AvgPool1d(2)(Tensor(np.ones(5, "f4"))), ValueError, r"\(N, C, L\)"),
        (
            lambda: nn.AvgPool2d(2)(Tensor(np.ones((1, 1, 2, 2), "i4"))),
            TypeError,
            "float",
        ),
    ],
)
def test_misuse(act, error, text):
    with pytest.raises(error, match=text):
        act()


def test_repr():
    assert repr(nn.MaxPool2d(2, 2)) == (
        "MaxPool2d(kernel_size=2, stride=2, pad_mode=VALID)"
    )
    assert repr(nn.AvgPool2d((2, 3), (1, 2), "same")) == (
        "AvgPool2d(kernel_size=(2, 3), stride=(1, 2), pad_mode=SAME)"
    )
