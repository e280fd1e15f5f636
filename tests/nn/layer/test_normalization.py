import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn
from cellnet.graph import grad
from cellnet.tensor import Tensor


def standardized(x, axes, eps):
    x = x.astype(np.float64)
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps)


def batch_axes(x):
    return (0, *range(2, x.ndim))


LAYERS = [
    (nn.BatchNorm1d, (6, 3)),
    (nn.BatchNorm1d, (4, 3, 5)),
    (nn.BatchNorm2d, (2, 3, 4, 5)),
    (nn.BatchNorm3d, (2, 3, 2, 3, 4)),
]


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_training_uses_and_moves_batch_statistics(mode, normal, make, shape):
    del mode
    layer, x = make(3).set_train(), normal(*shape)
    y = layer(x).asnumpy()
    x, axes = x.asnumpy(), batch_axes(x)
    np.testing.assert_allclose(y, standardized(x, axes, 1e-5), atol=2e-6)
    norm = getattr(layer, "bn2d", layer)
    np.testing.assert_allclose(
        norm.moving_mean.asnumpy(), 0.1 * x.mean(axes), atol=1e-6
    )
    unbiased = 0.9 + 0.1 * x.var(axes, ddof=1)
    np.testing.assert_allclose(norm.moving_variance.asnumpy(), unbiased, rtol=1e-6)


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_evaluation_uses_moving_statistics(mode, normal, make, shape):
    del mode
    mean, variance = np.float32([1, -1, 2]), np.float32([4, 1, 0.25])
    gamma, beta = np.float32([1, 2, 3]), np.float32([0, 1, -1])
    layer = make(
        3,
        eps=0.5,
        gamma_init=Tensor(gamma),
        beta_init=Tensor(beta),
        moving_mean_init=Tensor(mean),
        moving_var_init=Tensor(variance),
    )
    x = normal(*shape)
    y, x = layer(x).asnumpy(), np.moveaxis(x.asnumpy(), 1, -1)
    expected = (x - mean) / np.sqrt(variance + 0.5) * gamma + beta
    np.testing.assert_allclose(np.moveaxis(y, 1, -1), expected, atol=1e-5)
    norm = getattr(layer, "bn2d", layer)
    np.testing.assert_array_equal(norm.moving_mean.asnumpy(), mean)


def test_moving_averages_follow_momentum_over_steps(mode):
    del mode
    layer = nn.BatchNorm1d(1, momentum=0.75).set_train()
    assert layer.momentum == 0.25
    x = Tensor(np.array([[1.0], [3.0]], np.float32))
    for step in range(1, 4):
        layer(x)
        np.testing.assert_allclose(
            layer.moving_mean.asnumpy(), 2 * (1 - 0.75**step), rtol=1e-6
        )
        np.testing.assert_allclose(
            layer.moving_variance.asnumpy(), 2 - 0.75**step, rtol=1e-6
        )


def test_use_batch_statistics_decides(mode, normal):
    del mode
    x = normal(8, 2)
    always = nn.BatchNorm1d(2, use_batch_statistics=True)
    y = always(x).asnumpy()
    np.testing.assert_allclose(y, standardized(x.asnumpy(), (0,), 1e-5), atol=2e-6)
    assert always.moving_mean.asnumpy().all()
    never = nn.BatchNorm1d(2, eps=0.0, use_batch_statistics=False).set_train()
    np.testing.assert_allclose(never(x).asnumpy(), x.asnumpy(), rtol=1e-6)
    assert not never.moving_mean.asnumpy().any()


def test_gradient_goes_through_the_statistics(normal):
    layer, x = nn.BatchNorm1d(2).set_train(), normal(5, 2)
    weights = normal(5, 2).asnumpy().astype(np.float64)
    g = grad(lambda x: (layer(x) * Tensor(weights.astype(np.float32))).sum())(x)

    def loss(x):
        return (standardized(x, (0,), 1e-5) * weights).sum()

    base, h = x.asnumpy().astype(np.float64), 1e-5
    for index in np.ndindex(5, 2):
        step = np.zeros_like(base)
        step[index] = h
        slope = (loss(base + step) - loss(base - step)) / (2 * h)
        np.testing.assert_allclose(g.asnumpy()[index], slope, atol=1e-4)


@pytest.mark.parametrize("dtype", [mstype.float16, mstype.bfloat16])
def test_half_types_take_statistics_in_float32(mode, dtype):
    del mode
    x = np.linspace(1000, 1100, 2048, dtype=np.float32).reshape(-1, 1)
    layer = nn.BatchNorm1d(1, momentum=0.0).set_train()
    y = layer(Tensor(x, dtype))
    rounded = np.asarray(Tensor(x, dtype).astype(mstype.float32).asnumpy(), np.float64)
    assert y.dtype is dtype
    # summed in float16 the mean would be infinite
    np.testing.assert_allclose(layer.moving_mean.asnumpy(), rounded.mean(0), rtol=1e-6)
    np.testing.assert_allclose(
        layer.moving_variance.asnumpy(), rounded.var(0, ddof=1), rtol=1e-4
    )
    assert layer.moving_mean.dtype is mstype.float32


def test_names_order_and_training_flags():
    def listed(cell):
        return [
            (key, p.name, p.requires_grad) for key, p in cell.parameters_and_names()
        ]

    assert listed(nn.BatchNorm2d(3)) == [
        ("moving_mean", "mean", False),
        ("moving_variance", "variance", False),
        ("gamma", "gamma", True),
        ("beta", "beta", True),
    ]
    chain = nn.SequentialCell(nn.BatchNorm2d(3), nn.BatchNorm3d(2))
    assert [name for _, name, _ in listed(chain)] == [
        "0.moving_mean",
        "0.moving_variance",
        "0.gamma",
        "0.beta",
        "1.bn2d.moving_mean",
        "1.bn2d.moving_variance",
        "1.bn2d.gamma",
        "1.bn2d.beta",
    ]
    assert not nn.BatchNorm2d(3, affine=False).trainable_params()
    assert not nn.GroupNorm(1, 2, affine=False).trainable_params()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"num_features": 0}, ValueError),
        ({"num_features": 2.0}, TypeError),
        ({"momentum": 1.5}, ValueError),
        ({"momentum": -0.1}, ValueError),
        ({"use_batch_statistics": 1}, ValueError),
        ({"affine": 1}, TypeError),
        ({"data_format": "NHWC"}, ValueError),
    ],
)
def test_batch_norm_bad_settings(settings, error):
    with pytest.raises(error, match="BatchNorm2d"):
        nn.BatchNorm2d(**{"num_features": 2, **settings})


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (nn.BatchNorm1d(3), (2, 3, 4, 4), r"\(N, 3\) or \(N, 3, L\)"),
        (nn.BatchNorm1d(3), (3,), r"got input \(3,\)"),
        (nn.BatchNorm2d(3), (2, 3, 4), r"\(N, 3, H, W\)"),
        (nn.BatchNorm2d(3), (2, 4, 4, 3), r"\(N, 3, H, W\)"),
        (nn.BatchNorm3d(3), (2, 3, 4, 4), r"\(N, 3, D, H, W\)"),
        (nn.BatchNorm2d(3).set_train(), (1, 3, 1, 1), "one value per channel"),
        (nn.LayerNorm((5,)), (2, 3, 4), r"be \(5,\)"),
        (nn.LayerNorm((4,), begin_norm_axis=3), (2, 3, 4), "begin_norm_axis=3"),
        (nn.GroupNorm(2, 4), (2, 6, 3), r"\(N, 4, \.\.\.\)"),
        (nn.GroupNorm(2, 4), (4,), r"got input \(4,\)"),
    ],
)
def test_bad_inputs(layer, shape, text):
    with pytest.raises(ValueError, match=text):
        layer(Tensor(np.ones(shape, np.float32)))
    with pytest.raises(TypeError, match="float type"):
        layer(Tensor(np.ones(shape, np.int32)))


@pytest.mark.parametrize(
    ("settings", "axes"),
    [
        ({"normalized_shape": (4,)}, (2,)),
        ({"normalized_shape": [4], "begin_norm_axis": 1}, (1, 2)),
        (
            {"normalized_shape": (3, 4), "begin_norm_axis": 1, "begin_params_axis": 1},
            (1, 2),
        ),
        ({"normalized_shape": (4,), "epsilon": 0.1}, (2,)),
    ],
)
def test_layer_norm_is_its_formula(normal, settings, axes):
    layer, x = nn.LayerNorm(**settings), normal(2, 3, 4)
    gamma, beta = normal(*layer.gamma.shape), normal(*layer.beta.shape)
    layer.gamma.set_data(gamma)
    layer.beta.set_data(beta)
    expected = standardized(x.asnumpy(), axes, settings.get("epsilon", 1e-7))
    expected = expected * gamma.asnumpy() + beta.asnumpy()
    np.testing.assert_allclose(layer(x).asnumpy(), expected, atol=5e-6)
    assert layer(x.astype(mstype.float16)).dtype is mstype.float16


@pytest.mark.parametrize("shape", [(2, 4), (2, 4, 3), (2, 4, 3, 3)])
def test_group_norm_is_its_formula(normal, shape):
    layer, x = nn.GroupNorm(2, 4), normal(*shape)
    gamma, beta = normal(4), normal(4)
    layer.gamma.set_data(gamma)
    layer.beta.set_data(beta)
    groups = x.asnumpy().reshape(2, 2, -1)
    form = (4, *(1,) * (len(shape) - 2))
    expected = standardized(groups, (2,), 1e-5).reshape(shape)
    expected = expected * gamma.asnumpy().reshape(form) + beta.asnumpy().reshape(form)
    np.testing.assert_allclose(layer(x).asnumpy(), expected, atol=5e-6)
    assert layer(x.astype(mstype.float16)).dtype is mstype.float16


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.LayerNorm(4), TypeError),
        (lambda: nn.LayerNorm(()), ValueError),
        (lambda: nn.LayerNorm((0,)), ValueError),
        (lambda: nn.LayerNorm(("a",)), TypeError),
        (lambda: nn.LayerNorm((4,), begin_norm_axis="a"), TypeError),
        (lambda: nn.LayerNorm((4,), epsilon=-1.0), ValueError),
        (lambda: nn.GroupNorm(3, 4), ValueError),
        (lambda: nn.GroupNorm(0, 4), ValueError),
    ],
)
def test_bad_settings(act, error):
    with pytest.raises(error, match="Norm"):
        act()


def test_repr():
    assert repr(nn.GroupNorm(2, 4)) == "GroupNorm(num_groups=2, num_channels=4)"
    assert repr(nn.BatchNorm2d(3)) == (
        "BatchNorm2d(num_features=3, eps=1e-05, momentum=0.9, gamma=Parameter "
        "(name=gamma, shape=(3,), dtype=Float32, requires_grad=True), beta=Parameter "
        "(name=beta, shape=(3,), dtype=Float32, requires_grad=True), "
        "moving_mean=Parameter (name=mean, shape=(3,), dtype=Float32, "
        "requires_grad=False), moving_variance=Parameter (name=variance, shape=(3,), "
        "dtype=Float32, requires_grad=False))"
    )
