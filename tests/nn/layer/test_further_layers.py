"""Layers with one formula each, against NumPy."""

import numpy as np
import pytest

from cellnet import nn, ops
from cellnet.tensor import Tensor


def test_bidense_is_a_bilinear_form(mode, normal):
    del mode
    layer, a, b = nn.BiDense(3, 4, 5), normal(2, 6, 3), normal(2, 6, 4)
    w, bias = layer.weight.asnumpy(), layer.bias.asnumpy()
    assert (w.shape, bias.shape) == ((5, 3, 4), (5,))
    expected = np.stack([((a.asnumpy() @ m) * b.asnumpy()).sum(-1) for m in w], -1)
    np.testing.assert_allclose(layer(a, b).asnumpy(), expected + bias, atol=1e-5)


def test_linear_is_a_dense(normal):
    layer, x = nn.Linear(3, 2, bias=False), normal(4, 3)
    assert layer.bias is None
    np.testing.assert_allclose(
        layer(x).asnumpy(), x.asnumpy() @ layer.weight.asnumpy().T, atol=1e-6
    )
    assert repr(nn.Linear(3, 2)) == (
        "Linear(input_features=3, output_features=2, has_bias=True)"
    )


@pytest.mark.parametrize(
    ("net", "x"),
    [
        (nn.Conv2dBnAct(2, 3, 3, has_bn=True, activation="relu"), (4, 2, 5, 5)),
        (nn.DenseBnAct(2, 3, has_bn=True, activation="relu"), (4, 2)),
    ],
)
def test_combined_cells_are_their_parts_in_turn(normal, net, x):
    x = normal(*x)
    net.set_train()
    layer = net.conv if isinstance(net, nn.Conv2dBnAct) else net.dense
    y = layer(x).asnumpy()
    axes = (0, *range(2, y.ndim))
    y = (y - y.mean(axes, keepdims=True)) / np.sqrt(y.var(axes, keepdims=True) + 1e-5)
    np.testing.assert_allclose(net(x).asnumpy(), np.maximum(y, 0), atol=1e-4)
    assert np.abs(layer.weight.asnumpy()).max() < 0.1  # normal, deviation 0.01


def test_combined_leaky_relu_has_the_slope_alpha():
    net = nn.DenseBnAct(1, 1, weight_init=1.0, activation="leakyrelu", alpha=0.5)
    assert float(net(Tensor([[-2.0]]))) == -1.0


def test_embedding_lookup_gives_zeros_for_other_ids(mode):
    del mode
    table = np.arange(6, dtype=np.float32).reshape(3, 2)
    layer = nn.EmbeddingLookup(3, 2, Tensor(table))
    y = layer(Tensor([[0, 2], [3, -1]], dtype=None)).asnumpy()
    np.testing.assert_array_equal(y[0], table[[0, 2]])
    assert (y[1] == 0).all()
    short = nn.EmbeddingLookup(3, 2, Tensor(table), max_norm=1.0)
    norms = np.linalg.norm(short(Tensor([0, 1, 2])).asnumpy(), axis=1)
    np.testing.assert_allclose(norms, [1, 1, 1], rtol=1e-6)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Dropout1d, (30, 40, 3)),
        (nn.Dropout2d, (30, 40, 3, 2)),
        (nn.Dropout3d, (30, 40, 2, 2, 2)),
    ],
)
def test_channel_dropout_drops_whole_channels(mode, layer, shape):
    del mode
    x = Tensor(np.ones(shape, np.float32))
    cell = layer(0.3)
    assert (cell(x).asnumpy() == 1).all()  # evaluation
    y = cell.set_train()(x).asnumpy().reshape(1200, -1)
    assert (y == y[:, :1]).all()
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.7], rtol=1e-6)
    np.testing.assert_allclose((y[:, 0] == 0).mean(), 0.3, atol=0.05)


@pytest.mark.parametrize("axis", [None, 1])
def test_clip_by_norm(normal, axis):
    x, limit = normal(3, 6), 1.5
    norm = np.sqrt(np.square(x.asnumpy()).sum(axis, keepdims=True))
    expected = x.asnumpy() * np.minimum(limit / norm, 1)
    y = nn.ClipByNorm(axis)(x, Tensor(limit)).asnumpy()
    np.testing.assert_allclose(y, expected, rtol=1e-5)


def test_l1_regularizer(normal):
    x = normal(3, 4)
    np.testing.assert_allclose(
        float(nn.L1Regularizer(0.5)(x)), 0.5 * np.abs(x.asnumpy()).sum(), rtol=1e-6
    )


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_time_distributed_takes_each_point(normal, axis):
    x, layer = normal(2, 3, 4), nn.Dense(4, 5)
    y = nn.TimeDistributed(layer, axis)(x).asnumpy()
    w, b = layer.weight.asnumpy(), layer.bias.asnumpy()
    np.testing.assert_allclose(y, x.asnumpy() @ w.T + b, atol=1e-5)


def test_roll_and_unflatten(normal):
    x = normal(4, 6)
    y = nn.Roll([1, -2], [0, 1])(x).asnumpy()
    np.testing.assert_array_equal(y, np.roll(x.asnumpy(), (1, -2), (0, 1)))
    y = nn.Unflatten(1, [2, 3])(x).asnumpy()
    np.testing.assert_array_equal(y, x.asnumpy().reshape(4, 2, 3))


@pytest.mark.parametrize("padding", ["valid", "SAME"])
def test_unfold_gathers_windows(normal, padding):
    x = normal(1, 2, 5, 4)
    y = nn.Unfold([1, 2, 3, 1], [1, 2, 1, 1], [1, 1, 1, 1], padding)(x).asnumpy()
    image = x.asnumpy()[0]
    if padding == "SAME":  # ceil(5 / 2) rows and 4 columns
        image = np.pad(image, ((0, 0), (0, 1), (1, 1)))
    rows, columns = (image.shape[1] - 2) // 2 + 1, image.shape[2] - 2
    assert y.shape == (1, 12, rows, columns)
    for i, j in np.ndindex(rows, columns):
        window = image[:, 2 * i : 2 * i + 2, j : j + 3]  # (channel, row, column)
        np.testing.assert_array_equal(y[0, :, i, j], window.transpose(1, 2, 0).ravel())


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.InstanceNorm1d, (3, 2, 6)),
        (nn.InstanceNorm2d, (3, 2, 4, 5)),
        (nn.InstanceNorm3d, (3, 2, 4, 3, 2)),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_instance_norm_is_by_sample_and_channel(normal, layer, shape, training):
    x, cell = normal(*shape), layer(2)
    cell.gamma.set_data(Tensor([2.0, 3.0]))
    cell.beta.set_data(Tensor([0.5, -1.0]))
    v, axes = x.asnumpy(), tuple(range(2, len(shape)))
    scale, shift = (
        np.array(p).reshape(2, *(1,) * len(axes)) for p in ([2, 3], [0.5, -1])
    )
    y = (v - v.mean(axes, keepdims=True)) / np.sqrt(v.var(axes, keepdims=True) + 1e-5)
    got = cell.set_train(training)(x).asnumpy()
    np.testing.assert_allclose(got, y * scale + shift, atol=1e-4)
    assert [p.name for p in cell.get_parameters()] == [
        *("mean", "variance", "gamma", "beta")
    ]


def test_sync_batch_norm_is_batch_norm(normal):
    x = normal(4, 3, 5, 2)
    cells = nn.SyncBatchNorm(3).set_train(), nn.BatchNorm2d(3).set_train()
    outputs = [cell(x).asnumpy() for cell in cells]
    np.testing.assert_array_equal(*outputs)
    np.testing.assert_array_equal(*(c.moving_mean.asnumpy() for c in cells))


def test_lrn_divides_by_near_channels(normal):
    x = normal(2, 6, 3, 2)
    v = x.asnumpy()
    y = nn.LRN(2, 1.5, 0.3, 0.7)(x).asnumpy()
    for c in range(6):
        near = np.square(v[:, max(c - 2, 0) : c + 3]).sum(1)
        np.testing.assert_allclose(
            y[:, c], v[:, c] / (1.5 + 0.3 * near) ** 0.7, rtol=1e-5
        )


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.BiDense(0, 1, 1), ValueError),
        (lambda: nn.Linear(2, 2, bias=1), TypeError),
        (lambda: nn.Conv2dBnAct(1, 1, 1, activation="foo"), KeyError),
        (lambda: nn.Conv2dBnAct(1, 1, 1, activation=1), TypeError),
        (lambda: nn.DenseBnAct(1, 1, after_fake=1), TypeError),
        (lambda: nn.EmbeddingLookup(1, 1, target="GPU"), ValueError),
        (lambda: nn.EmbeddingLookup(1, 1, max_norm=1), TypeError),
        (lambda: nn.EmbeddingLookup(1, 1)(Tensor([0.5])), TypeError),
        (lambda: nn.Dropout2d(1.5), ValueError),
        (lambda: nn.L1Regularizer(-1), ValueError),
        (lambda: nn.TimeDistributed(3, 0), TypeError),
        (lambda: nn.Roll(1, (0, 1)), ValueError),
        (lambda: nn.Unfold([1, 2, 2, 2], [1, 1, 1, 1], [1, 1, 1, 1]), ValueError),
        (lambda: nn.InstanceNorm2d(2)(ops.ones((1, 3, 2, 2))), ValueError),
        (lambda: nn.SyncBatchNorm(2, process_groups=1), TypeError),
        (lambda: nn.LRN(norm_region="WITHIN"), ValueError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
