"""Convolution, pooling and normalisation against loops and formulas."""

import itertools

import numpy as np
import pytest

from cellnet import Parameter, Tensor, ops
from cellnet import dtype as mstype

RNG = np.random.default_rng(2)
X = RNG.standard_normal((2, 4, 7, 6)).astype(np.float32)


def naive_conv(x, w, stride, pads, dilation, groups):
    x = np.pad(x, ((0, 0), (0, 0), *pads))
    n, c, height, width = x.shape
    o, _, kh, kw = w.shape
    (sh, sw), (dh, dw) = stride, dilation
    rows = (height - (kh - 1) * dh - 1) // sh + 1
    columns = (width - (kw - 1) * dw - 1) // sw + 1
    y = np.zeros((n, o, rows, columns))
    per_group = o // groups
    for oc, i, j in itertools.product(range(o), range(rows), range(columns)):
        first = oc // per_group * (c // groups)
        part = x[
            :,
            first : first + c // groups,
            i * sh : i * sh + (kh - 1) * dh + 1 : dh,
            j * sw : j * sw + (kw - 1) * dw + 1 : dw,
        ]
        y[:, oc, i, j] = (part * w[oc]).sum((1, 2, 3))
    return y


@pytest.mark.parametrize(
    ("pad_mode", "padding", "pads"),
    [
        ("valid", 0, ((0, 0), (0, 0))),
        ("same", 0, None),
        ("pad", 1, ((1, 1), (1, 1))),
        ("pad", (1, 2), ((1, 1), (2, 2))),
        ("pad", (1, 0, 2, 1), ((1, 0), (2, 1))),
    ],
)
@pytest.mark.parametrize(("stride", "dilation", "groups"), [(1, 1, 1), ((2, 1), 2, 2)])
def test_conv2d(pad_mode, padding, pads, stride, dilation, groups):
    w = RNG.standard_normal((6, 4 // groups, 2, 3)).astype(np.float32)
    bias = RNG.standard_normal(6).astype(np.float32)
    strides = (stride, stride) if isinstance(stride, int) else stride
    if pads is None:  # ceil(size / stride) outputs, the odd element behind
        pads = []
        for n, k, s in zip(X.shape[2:], (2, 3), strides, strict=True):
            total = max((-(-n // s) - 1) * s + (k - 1) * dilation + 1 - n, 0)
            pads.append((total // 2, total - total // 2))
    expected = naive_conv(X, w, strides, pads, (dilation, dilation), groups)
    y = ops.conv2d(
        Tensor(X), Tensor(w), Tensor(bias), stride, pad_mode, padding, dilation, groups
    )
    np.testing.assert_allclose(
        y.asnumpy(), expected + bias[:, None, None], rtol=1e-4, atol=1e-4
    )
    primitive = ops.Conv2D(
        6,
        (2, 3),
        pad_mode=pad_mode,
        pad=padding,
        stride=stride,
        dilation=dilation,
        group=groups,
    )
    np.testing.assert_allclose(
        primitive(Tensor(X), Tensor(w)).asnumpy(), expected, rtol=1e-4, atol=1e-4
    )


def test_conv_over_one_and_three_axes():
    w = RNG.standard_normal((3, 4, 2)).astype(np.float32)
    x = X[..., 0]
    expected = naive_conv(
        x[..., None], w[..., None], (1, 1), ((0, 0), (0, 0)), (1, 1), 1
    )
    y = ops.conv1d(Tensor(x), Tensor(w))
    np.testing.assert_allclose(y.asnumpy(), expected[..., 0], rtol=1e-4, atol=1e-4)
    y = ops.conv3d(Tensor(x[..., None, None]), Tensor(w[..., None, None]))
    np.testing.assert_allclose(y.asnumpy()[..., 0], expected, rtol=1e-4, atol=1e-4)


def test_conv_errors():
    w = Tensor(np.ones((6, 4, 3, 3), np.float32))
    with pytest.raises(ValueError, match=r"3 channels \(axis 1\), expected 4"):
        ops.conv2d(Tensor(X[:, :3]), w)
    with pytest.raises(ValueError, match="4 axes"):
        ops.conv2d(Tensor(X[0]), w)
    with pytest.raises(ValueError, match="padding must be 0"):
        ops.conv2d(Tensor(X), w, padding=1)
    with pytest.raises(ValueError, match="does not fit"):
        ops.conv2d(Tensor(X[:, :, :2]), w)
    with pytest.raises(TypeError, match="cast one"):
        ops.conv2d(Tensor(X, mstype.float16), w)
    with pytest.raises(ValueError, match="pad_mode"):
        ops.Conv2D(6, 3, pad_mode="full")
    with pytest.raises(ValueError, match="NCHW"):
        ops.Conv2D(6, 3, data_format="NHWC")
    with pytest.raises(TypeError, match="Conv2D"):
        ops.Conv2D()


def test_bias_add():
    bias = np.arange(4, dtype=np.float32)
    y = ops.BiasAdd()(Tensor(X), Tensor(bias))
    np.testing.assert_allclose(y.asnumpy(), X + bias[:, None, None])
    with pytest.raises(ValueError, match=r"expects a bias of shape \(4,\)"):
        ops.bias_add(Tensor(X), Tensor(bias[:3]))


def naive_pool(x, reduce, window, stride, pads, fill):
    x = np.pad(x, ((0, 0), (0, 0), *pads), constant_values=fill)
    rows = (x.shape[2] - window[0]) // stride[0] + 1
    columns = (x.shape[3] - window[1]) // stride[1] + 1
    y = np.zeros((*x.shape[:2], rows, columns), np.float32)
    for i, j in itertools.product(range(rows), range(columns)):
        top, left = i * stride[0], j * stride[1]
        part = x[:, :, top : top + window[0], left : left + window[1]]
        y[:, :, i, j] = reduce(part, (2, 3))
    return y


@pytest.mark.parametrize(("window", "stride"), [((2, 2), (2, 2)), ((3, 2), (1, 2))])
def test_pool_primitives(window, stride):
    for name, reduce in (("MaxPool", np.max), ("AvgPool", np.mean)):
        y = getattr(ops, name)(window, stride, "valid")(Tensor(X))
        expected = naive_pool(X, reduce, window, stride, ((0, 0), (0, 0)), 0)
        np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_same_padding_does_not_count_in_the_mean():
    y = ops.AvgPool(3, 2, "SAME")(Tensor(X))
    pads = ((1, 1), (0, 1))  # 7 -> 4 windows, 6 -> 3 windows
    expected = naive_pool(X, np.nanmean, (3, 3), (2, 2), pads, np.nan)
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-6)
    y = ops.MaxPool(3, 2, "same")(Tensor(X))
    expected = naive_pool(X, np.max, (3, 3), (2, 2), pads, -np.inf)
    np.testing.assert_allclose(y.asnumpy(), expected)


def test_pool_functions():
    y = ops.max_pool2d(Tensor(X), 3, 2, 1)
    expected = naive_pool(X, np.max, (3, 3), (2, 2), ((1, 1), (1, 1)), -np.inf)
    np.testing.assert_allclose(y.asnumpy(), expected)
    for include in (True, False):
        y = ops.avg_pool2d(Tensor(X), 3, 2, 1, count_include_pad=include)
        fill, mean = (0, np.mean) if include else (np.nan, np.nanmean)
        expected = naive_pool(X, mean, (3, 3), (2, 2), ((1, 1), (1, 1)), fill)
        np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-6)
    # 6 columns, window 4, stride 3: rounding up takes a second window of 3
    y = ops.max_pool2d(Tensor(X), 4, 3, ceil_mode=True)
    expected = naive_pool(X, np.max, (4, 4), (3, 3), ((0, 0), (0, 1)), -np.inf)
    np.testing.assert_allclose(y.asnumpy(), expected)
    assert ops.max_pool2d(Tensor(X[0]), 2).shape == (4, 3, 3)


def test_pool_errors():
    with pytest.raises(ValueError, match="kernel_size must be >= 1"):
        ops.MaxPool(0)
    with pytest.raises(ValueError, match="does not fit"):
        ops.max_pool2d(Tensor(X), 9)
    with pytest.raises(TypeError, match="kernel_size"):
        ops.AvgPool(2.0)


def test_adaptive_average():
    y = ops.AdaptiveAvgPool2D((3, None))(Tensor(X))
    bounds = [(0, 3), (2, 5), (4, 7)]  # floor(i 7 / 3) to ceil((i + 1) 7 / 3)
    expected = np.stack([X[:, :, a:b].mean(2) for a, b in bounds], 2)
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-6)
    y = ops.adaptive_avg_pool2d(Tensor(X), 1)
    np.testing.assert_allclose(
        y.asnumpy(), X.mean((2, 3), keepdims=True), rtol=1e-5, atol=1e-6
    )


# -- normalisation --------------------------------------------------------------------
GAMMA = np.array([1.0, 2.0, 0.5, -1.0], np.float32)
BETA = np.array([0.0, 1.0, -1.0, 2.0], np.float32)


def channels(values):
    return np.asarray(values)[:, None, None]


def test_batch_norm_in_training_moves_the_averages():
    mean = Parameter(np.zeros(4, np.float32), name="mean", requires_grad=False)
    variance = Parameter(np.ones(4, np.float32), name="variance", requires_grad=False)
    y = ops.batch_norm(
        Tensor(X), mean, variance, Tensor(GAMMA), Tensor(BETA), training=True
    )
    axes = (0, 2, 3)
    expected = (X - X.mean(axes, keepdims=True)) / np.sqrt(
        X.var(axes, keepdims=True) + 1e-5
    )
    np.testing.assert_allclose(
        y.asnumpy(), expected * channels(GAMMA) + channels(BETA), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(mean.asnumpy(), 0.1 * X.mean(axes), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        variance.asnumpy(), 0.9 + 0.1 * X.var(axes, ddof=1), rtol=1e-5
    )


def test_batch_norm_in_evaluation_takes_the_averages():
    mean, variance = np.full(4, 0.5, np.float32), np.full(4, 4.0, np.float32)
    args = [Tensor(a) for a in (X, GAMMA, BETA, mean, variance)]
    y = ops.BatchNorm(epsilon=0.0)(*args)[0]
    expected = (X - 0.5) / 2 * channels(GAMMA) + channels(BETA)
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_batch_norm_keeps_half_precision():
    half = Tensor(X, mstype.float16)
    scale = Tensor(GAMMA)
    y = ops.batch_norm(half, scale * 0, scale * 0 + 1, scale, Tensor(BETA))
    assert y.dtype is mstype.float16


def test_layer_and_group_norm():
    gamma, beta = np.full(6, 2.0, np.float32), np.arange(6, dtype=np.float32)
    y = ops.layer_norm(Tensor(X), (6,), Tensor(gamma), Tensor(beta))
    centred = X - X.mean(-1, keepdims=True)
    expected = centred / np.sqrt(X.var(-1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(
        y.asnumpy(), expected * gamma + beta, rtol=1e-4, atol=1e-4
    )
    y, mean, _ = ops.LayerNorm(-1, -1, 1e-5)(Tensor(X), Tensor(gamma), Tensor(beta))
    np.testing.assert_allclose(
        y.asnumpy(), expected * gamma + beta, rtol=1e-4, atol=1e-4
    )
    np.testing.assert_allclose(mean.asnumpy(), X.mean(-1, keepdims=True), atol=1e-6)
    y = ops.group_norm(Tensor(X), 2, Tensor(GAMMA), Tensor(BETA))
    grouped = X.reshape(2, 2, -1)
    expected = (grouped - grouped.mean(-1, keepdims=True)) / np.sqrt(
        grouped.var(-1, keepdims=True) + 1e-5
    )
    np.testing.assert_allclose(
        y.asnumpy(),
        expected.reshape(X.shape) * channels(GAMMA) + channels(BETA),
        rtol=1e-4,
        atol=1e-4,
    )


def test_overhang_never_counts_in_a_mean():
    # 7 rows and 6 columns, windows of 4 every 3: the last ones reach beyond
    y = ops.avg_pool2d(Tensor(X), 4, 3, ceil_mode=True)
    expected = naive_pool(X, np.nanmean, (4, 4), (3, 3), ((0, 0), (0, 1)), np.nan)
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-6)
    y = ops.avg_pool2d(Tensor(X), 2, 2, divisor_override=3)
    expected = naive_pool(X, np.sum, (2, 2), (2, 2), ((0, 0), (0, 0)), 0) / 3
    np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dilation", [1, 2])
def test_places_of_maxima(dilation):
    values, index = ops.max_pool2d(
        Tensor(X), 2, 1, dilation=dilation, return_indices=True
    )
    flat = X.reshape(*X.shape[:2], -1)
    found = np.take_along_axis(flat, index.asnumpy().reshape(*X.shape[:2], -1), -1)
    np.testing.assert_array_equal(found.reshape(values.shape), values.asnumpy())
    d = dilation
    corners = [
        X[:, :, i : X.shape[2] - d + i, j : X.shape[3] - d + j]
        for i in (0, d)
        for j in (0, d)
    ]
    np.testing.assert_array_equal(values.asnumpy(), np.max(corners, 0))


def test_maxima_of_a_volume():
    x = np.arange(16, dtype=np.float32).reshape(1, 1, 2, 2, 4)
    values, index = ops.max_pool3d(Tensor(x), 2, return_indices=True)
    assert values.tolist() == [[[[[13.0, 15.0]]]]]
    assert index.tolist() == [[[[[13, 15]]]]]


def test_normalised_halves_stay_halves():
    x = Tensor(X, mstype.float16)
    scale = Tensor(np.ones(6, np.float32))
    assert ops.layer_norm(x, 6, scale, scale).dtype == mstype.float16
    scale = Tensor(np.ones(4, np.float32))
    assert ops.group_norm(x, 2, scale, scale).dtype == mstype.float16
    with pytest.raises(ValueError, match="normalized_shape"):
        ops.layer_norm(x, 6, scale)


def test_transposed_convolution_is_the_gradient():
    w = RNG.standard_normal((6, 4, 3, 2)).astype(np.float32)

    def convolved(x):
        return ops.conv2d(x, Tensor(w), pad_mode="pad", padding=1, stride=2)

    y = convolved(Tensor(X))
    _, pull = ops.vjp(convolved, Tensor(X))
    back = ops.Conv2DTranspose(4, (3, 2), "pad", 1, stride=2)(y, Tensor(w), X.shape)
    np.testing.assert_allclose(
        back.asnumpy(), pull(y)[0].asnumpy(), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("axes", [1, 2])
def test_rms_norm(axes):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((2, 3, 4)).astype(np.float32)
    gamma = rng.standard_normal(x.shape[-axes:]).astype(np.float32)
    over = tuple(range(-axes, 0))
    rstd = 1 / np.sqrt((np.float64(x) ** 2).mean(over, keepdims=True) + 0.1)
    found = ops.rms_norm(Tensor(x), Tensor(gamma), 0.1)
    np.testing.assert_allclose(found[0].asnumpy(), x * rstd * gamma, rtol=1e-5)
    np.testing.assert_allclose(found[1].asnumpy(), rstd, rtol=1e-5)
    half = ops.rms_norm(Tensor(np.float16(x)), Tensor(np.float16(gamma)), 0.1)
    assert [y.dtype for y in half] == [mstype.float16, mstype.float32]


@pytest.mark.parametrize(
    ("x", "gamma", "epsilon", "error"),
    [
        (np.ones((2, 3), np.int32), np.ones(3, np.int32), 1e-6, TypeError),
        (np.ones((2, 3), np.float16), np.ones(3, np.float32), 1e-6, TypeError),
        (np.ones((2, 3)), np.ones(3), 0.0, ValueError),
        (np.ones((2, 3)), np.ones(2), 1e-6, ValueError),
        (np.ones(3), np.ones((2, 3)), 1e-6, ValueError),
    ],
)
def test_rms_norm_misuse(x, gamma, epsilon, error):
    with pytest.raises(error, match="rms_norm"):
        ops.rms_norm(Tensor(x), Tensor(gamma), epsilon)
