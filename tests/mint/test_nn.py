"""Functions and layers of mint.nn against formulas, and the Parameters they make."""

import numpy as np
import pytest
import scipy.special

import cellnet as ms
from cellnet import Tensor, mint
from cellnet.mint import nn

F = nn.functional
X = np.array([[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]], np.float32)
T = (np.arange(24, dtype=np.float32) - 7).reshape(2, 3, 4)
P = np.array([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2]], np.float32)
IMAGE = np.random.default_rng(0).standard_normal((2, 4, 5, 6)).astype(np.float32)


def t(array):
    return Tensor(np.asarray(array))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


FUNCTIONS = {
    "relu": (lambda: F.relu(t(X)), np.maximum(X, 0)),
    "leaky_relu": (lambda: F.leaky_relu(t(X)), np.where(X > 0, X, 0.01 * X)),
    "elu": (lambda: F.elu(t(X), 2.0), np.where(X > 0, X, 2 * np.expm1(X))),
    "gelu": (lambda: F.gelu(t(X)), X * scipy.special.ndtr(X)),
    "glu": (lambda: F.glu(t(T)), T[..., :2] * sigmoid(T[..., 2:])),
    "hardshrink": (lambda: F.hardshrink(t(X), 2.0), np.where(np.abs(X) > 2, X, 0)),
    "softshrink": (lambda: F.softshrink(t(X), 2.0), X - np.clip(X, -2, 2)),
    "hardtanh": (lambda: F.hardtanh(t(X), -2.0, 3.0), np.clip(X, -2, 3)),
    "threshold": (lambda: F.threshold(t(X), 1.0, 7.0), np.where(X > 1, X, 7)),
    "softmax": (lambda: F.softmax(t(X), dim=0), scipy.special.softmax(X, 0)),
    "log_softmax": (lambda: F.log_softmax(t(X)), scipy.special.log_softmax(X, 1)),
    "one_hot": (lambda: F.one_hot(t([0, 2])), np.eye(3)[[0, 2]]),
    "normalize": (
        lambda: F.normalize(t(X)),
        X / np.linalg.norm(X, axis=1, keepdims=True),
    ),
    "linear": (lambda: F.linear(t(X), t(X), t([1.0, 2.0])), X @ X.T + [1, 2]),
    "embedding": (lambda: F.embedding(t([1, 0]), t(X)), X[::-1]),
    "pad": (
        lambda: F.pad(t(X), (1, 0, 0, 2), value=5.0),
        np.pad(X, ((0, 2), (1, 0)), constant_values=5),
    ),
    "nll_loss": (
        lambda: F.nll_loss(t(np.log(P)), t([1, 0])),
        -np.log([0.7, 0.5]).mean(),
    ),
    "cross_entropy": (
        lambda: F.cross_entropy(t(X), t([1, 0]), reduction="sum"),
        -scipy.special.log_softmax(X, 1)[[0, 1], [1, 0]].sum(),
    ),
    "binary_cross_entropy": (
        lambda: F.binary_cross_entropy(t(P), t(P)),
        -(P * np.log(P) + (1 - P) * np.log(1 - P)).mean(),
    ),
    "binary_cross_entropy of certainty": (
        lambda: F.binary_cross_entropy(t([0.0, 1.0]), t([1.0, 1.0]), reduction="sum"),
        100.0,
    ),
    "binary_cross_entropy_with_logits": (
        lambda: F.binary_cross_entropy_with_logits(t(X), t(P), reduction="none"),
        np.logaddexp(0, X) - X * P,
    ),
    "smooth_l1_loss": (lambda: F.smooth_l1_loss(t([0.0]), t([1.0]), beta=2.0), 0.25),
    "kl_div": (
        lambda: F.kl_div(t(X), t(P), reduction="batchmean"),
        (P * (np.log(P) - X)).sum() / 2,
    ),
    "soft_margin_loss": (
        lambda: F.soft_margin_loss(t(X), t(np.sign(X))),
        np.log1p(np.exp(-np.abs(X))).mean(),
    ),
    "cosine_embedding_loss": (
        lambda: F.cosine_embedding_loss(t(X), t(X), t([1.0, -1.0]), 0.5),
        0.25,
    ),
    "max_pool2d": (
        lambda: F.max_pool2d(t(IMAGE[:, :, :4]), 2),
        IMAGE[:, :, :4].reshape(2, 4, 2, 2, 3, 2).max((3, 5)),
    ),
    "avg_pool2d": (
        lambda: F.avg_pool2d(t(IMAGE[:, :, :4]), 2),
        IMAGE[:, :, :4].reshape(2, 4, 2, 2, 3, 2).mean((3, 5)),
    ),
    "avg_pool1d without its padding": (
        lambda: F.avg_pool1d(t([[[2.0, 4.0, 9.0]]]), 2, 2, 1, False, False),
        [[[2.0, 6.5]]],
    ),
    "avg_pool1d beyond the end": (
        lambda: F.avg_pool1d(t([[[2.0, 4.0, 9.0]]]), 2, ceil_mode=True),
        [[[3.0, 9.0]]],
    ),
    "interpolate": (
        lambda: F.interpolate(t(IMAGE), scale_factor=2.0),
        IMAGE.repeat(2, 2).repeat(2, 3),
    ),
}


def check(result, expected, rtol=2e-5):
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=rtol, atol=2e-6)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_follow_their_formulas(name):
    call, expected = FUNCTIONS[name]
    check(call(), expected)


def test_inplace_functions_write_to_their_input():
    x = t(X)
    assert F.relu_(x) is x
    check(x, np.maximum(X, 0))
    y = t(X)
    assert F.hardtanh(y, -1.0, 2.0, inplace=True) is y
    check(y, np.clip(X, -1, 2))


def slow_conv(x, w, stride, padding):
    x = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], (2, 3))
    return np.einsum("nchwij,ocij->nohw", windows[:, :, ::stride, ::stride], w)


def test_conv2d_and_its_transpose():
    layer = nn.Conv2d(4, 6, 3, stride=2, padding=1)
    w, b = layer.weight.asnumpy(), layer.bias.asnumpy()
    y = layer(t(IMAGE))
    check(y, slow_conv(IMAGE, w, 2, 1) + b[:, None, None], 1e-4)
    assert nn.Conv2d(4, 6, 3, padding="same")(t(IMAGE)).shape == (2, 6, 5, 6)

    # <conv(x), c> = <x, conv_transpose(c)>
    back = F.conv_transpose2d(y, layer.weight, None, 2, 1, (0, 1))
    forward = F.conv2d(t(IMAGE), layer.weight, None, 2, 1)
    assert back.shape == IMAGE.shape
    np.testing.assert_allclose(
        (forward.asnumpy() * y.asnumpy()).sum(),
        (IMAGE * back.asnumpy()).sum(),
        rtol=1e-4,
    )


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_modes_of_convolutions(mode):
    layer = nn.Conv2d(4, 1, 3, padding=1, padding_mode=mode, bias=False)
    kind = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
    padded = np.pad(IMAGE, ((0, 0), (0, 0), (1, 1), (1, 1)), kind)
    check(layer(t(IMAGE)), slow_conv(padded, layer.weight.asnumpy(), 1, 0), 1e-4)


PARAMETERS = {
    "Linear(3, 5)": {"weight": (5, 3), "bias": (5,)},
    "Conv1d(4, 6, 3, groups=2)": {"weight": (6, 2, 3), "bias": (6,)},
    "Conv2d(4, 6, 3, bias=False)": {"weight": (6, 4, 3, 3)},
    "Conv3d(1, 2, 3)": {"weight": (2, 1, 3, 3, 3), "bias": (2,)},
    "ConvTranspose2d(4, 6, 3)": {"weight": (4, 6, 3, 3), "bias": (6,)},
    "BatchNorm2d(4)": {
        "weight": (4,),
        "bias": (4,),
        "running_mean": (4,),
        "running_var": (4,),
        "num_batches_tracked": (),
    },
    "BatchNorm2d(4, affine=False, track_running_stats=False)": {},
    "GroupNorm(2, 4)": {"weight": (4,), "bias": (4,)},
    "LayerNorm((3, 4))": {"weight": (3, 4), "bias": (3, 4)},
    "Embedding(7, 3)": {"weight": (7, 3)},
    "PReLU(3)": {"weight": (3,)},
    "Identity(1, a=2)": {},
}


@pytest.mark.parametrize("text", PARAMETERS)
def test_layers_have_the_parameters_of_torch(text):
    layer = eval(f"nn.{text}")
    found = {name: p.shape for name, p in layer.parameters_and_names()}
    assert found == PARAMETERS[text]


def test_initial_values_are_those_of_torch():
    ms.set_seed(1)
    bound = 1 / np.sqrt(64 * 9)
    layer = nn.Conv2d(64, 64, 3)
    for parameter in (layer.weight, layer.bias):
        values = np.abs(parameter.asnumpy())
        assert bound * 0.9 < values.max() <= bound
    table = nn.Embedding(500, 40, padding_idx=3).weight.asnumpy()
    assert table.std() == pytest.approx(1, abs=0.02)
    assert not table[3].any()


def test_batch_norm_trains_and_evaluates():
    layer = nn.BatchNorm2d(4)
    channels = IMAGE.transpose(1, 0, 2, 3).reshape(4, -1)
    mean, variance = channels.mean(1), channels.var(1)

    def formula(mean, variance):
        shape = (4, 1, 1)
        return (IMAGE - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + 1e-5)

    layer.set_train()
    check(layer(t(IMAGE)), formula(mean, variance), 1e-4)
    check(layer.running_mean, 0.1 * mean)
    check(layer.running_var, 0.9 + 0.1 * channels.var(1, ddof=1))
    assert layer.num_batches_tracked.item() == 1
    layer.set_train(False)
    kept = layer.running_mean.asnumpy(), layer.running_var.asnumpy()
    check(layer(t(IMAGE)), formula(*kept), 1e-4)


def test_batch_norm_with_the_mean_of_all_batches():
    layer = nn.BatchNorm2d(4, momentum=None).set_train()
    layer(t(IMAGE))
    layer(t(IMAGE + 2))
    check(layer.running_mean, IMAGE.mean((0, 2, 3)) + 1)


def test_stateless_layers_hold_their_settings():
    layer = nn.MaxPool2d(3, stride=2, padding=1)
    assert (layer.kernel_size, layer.stride, layer.padding) == (3, 2, 1)
    check(layer(t(IMAGE)), F.max_pool2d(t(IMAGE), 3, 2, 1).asnumpy())
    assert "kernel_size=3" in str(layer)
    assert nn.Flatten()(t(IMAGE)).shape == (2, 120)
    assert nn.ConstantPad1d((1, 2), 7.0)(t(X)).asnumpy()[0, 0] == 7
    with pytest.raises(TypeError, match="kernel_size"):
        nn.MaxPool2d()


def test_dropout_only_drops_in_training():
    layer = nn.Dropout(0.5)
    layer.set_train(False)
    check(layer(t(X)), X)
    layer.set_train()
    values = layer(t(np.ones(400, np.float32))).asnumpy()
    assert set(values.tolist()) == {0.0, 2.0}
    channels = nn.Dropout2d(0.5).set_train()(t(np.ones((8, 16, 2, 2), np.float32)))
    per_channel = channels.asnumpy().reshape(128, 4)
    assert (per_channel == per_channel[:, :1]).all()


def test_a_network_trains_with_adamw():
    ms.set_seed(0)
    net = ms.nn.SequentialCell(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = mint.optim.AdamW(net.trainable_params(), lr=0.05)
    loss = nn.MSELoss()
    x = np.random.default_rng(0).standard_normal((32, 3)).astype(np.float32)
    y = (x[:, :1] - 2 * x[:, 1:2]).astype(np.float32)
    step = ms.value_and_grad(lambda a, b: loss(net(a), b), None, optimizer.parameters)
    losses = []
    for _ in range(30):
        value, gradients = step(t(x), t(y))
        optimizer(gradients)
        losses.append(float(value))
    assert losses[-1] < 0.2 * losses[0]


def test_one_process_is_a_group_of_its_own():
    mint.distributed.init_process_group()
    assert mint.distributed.is_initialized()
    assert mint.distributed.get_rank() == 0
    assert mint.distributed.get_world_size() == 1
    mint.distributed.destroy_process_group()
    assert not mint.distributed.is_initialized()
