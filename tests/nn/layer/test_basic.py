import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn, ops
from cellnet.graph import value_and_grad
from cellnet.tensor import Tensor


# -- Dense ----------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3), (0, 3)])
def test_dense_is_an_affine_map(mode, normal, shape):
    del mode
    layer, x = nn.Dense(3, 5), normal(*shape)
    w, b = layer.weight.asnumpy(), layer.bias.asnumpy()
    assert (w.shape, b.shape) == ((5, 3), (5,))
    np.testing.assert_allclose(layer(x).asnumpy(), x.asnumpy() @ w.T + b, atol=1e-6)


def test_dense_without_bias_and_with_activation(mode, normal):
    del mode
    x = normal(4, 3)
    layer = nn.Dense(3, 2, has_bias=False, activation="relu")
    assert layer.bias is None
    expected = np.maximum(x.asnumpy() @ layer.weight.asnumpy().T, 0)
    np.testing.assert_allclose(layer(x).asnumpy(), expected, atol=1e-6)
    prim = nn.Dense(3, 2, layer.weight, has_bias=False, activation=ops.ReLU())
    np.testing.assert_allclose(prim(x).asnumpy(), expected, atol=1e-6)


@pytest.mark.parametrize(
    "make", [lambda: nn.Dense(100, 400), lambda: nn.Conv2d(4, 400, 5)]
)
def test_default_weights_are_uniform_within_the_fan_in(make):
    layer = make()
    weight = layer.weight.asnumpy().ravel()
    bound = 1 / np.sqrt(100)
    assert np.abs(weight).max() <= bound
    # the standard error of the variance of 40000 uniform numbers is 0.5 %
    np.testing.assert_allclose(weight.var(), bound**2 / 3, rtol=0.03)


def test_default_bias_is_uniform_within_the_fan_in():
    for layer in (nn.Dense(100, 5000), nn.Conv2d(4, 5000, 5, has_bias=True)):
        bias = layer.bias.asnumpy()
        assert np.abs(bias).max() <= 0.1
        np.testing.assert_allclose(bias.var(), 0.01 / 3, rtol=0.08)


def test_dense_copies_a_given_tensor():
    given = Tensor(np.ones((2, 3), np.float32))
    layer = nn.Dense(3, 2, weight_init=given)
    layer.weight.set_data(Tensor(np.zeros((2, 3), np.float32)))
    assert given.asnumpy().all()


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: nn.Dense(0, 2), ValueError, "in_channels must be >= 1"),
        (lambda: nn.Dense(3.0, 2), TypeError, "in_channels must be int"),
        (lambda: nn.Dense(3, True), TypeError, "out_channels must be int"),
        (lambda: nn.Dense(3, 2, has_bias=1), TypeError, "has_bias"),
        (lambda: nn.Dense(3, 2, activation=3), TypeError, "activation must be a name"),
        (lambda: nn.Dense(3, 2, activation="foo"), KeyError, "relu"),
        (lambda: nn.Dense(3, 2, Tensor(np.ones((3, 2)))), ValueError, "shape"),
        (
            lambda: nn.Dense(3, 2)(Tensor(np.ones((1, 4), "f4"))),
            ValueError,
            r"\(\.\.\., 3\)",
        ),
        (lambda: nn.Dense(3, 2)(Tensor(1.0)), ValueError, r"got input \(\)"),
        (lambda: nn.Dense(3, 2)(Tensor([[1, 2, 3]])), TypeError, "float type"),
        (
            lambda: nn.Dense(3, 2)(Tensor(np.ones((1, 3), "f2"))),
            TypeError,
            "Float16 but",
        ),
        (lambda: nn.Dense(3, 2)([1.0, 2.0, 3.0]), TypeError, "must be a Tensor"),
    ],
)
def test_dense_misuse(act, error, text):
    with pytest.raises(error, match=text):
        act()


def test_dense_repr():
    text = "Dense(input_channels=3, output_channels=4, has_bias=True)"
    assert repr(nn.Dense(3, 4)) == text
    text = "Dense(input_channels=3, output_channels=4)"
    assert repr(nn.Dense(3, 4, has_bias=False)) == text
    assert repr(nn.Dense(2, 3, activation="relu")) == (
        "Dense(\n  input_channels=2, output_channels=3, has_bias=True, "
        "activation=ReLU()\n  (activation): ReLU()\n)"
    )


@pytest.mark.parametrize(
    "layer", [nn.Dense(3, 4), nn.Conv2d(3, 4, 3, has_bias=True), nn.Embedding(5, 4)]
)
def test_to_float_computes_in_half(layer, normal):
    inputs = {"Dense": normal(2, 3), "Conv2d": normal(1, 3, 4, 4)}
    x = inputs.get(layer.cls_name, Tensor([1, 2], mstype.int32))
    full = layer(x).asnumpy()
    half = layer.to_float(mstype.float16)(x)
    assert half.dtype is mstype.float16
    np.testing.assert_allclose(half.asnumpy(), full, atol=5e-3)


# -- Dropout --------------------------------------------------------------------------
def test_dropout_keeps_the_share_and_the_mean(mode):
    del mode
    x = Tensor(np.ones(20000, np.float32))
    y = nn.Dropout(0.9).set_train()(x).asnumpy()
    # a share of 20000 draws has the standard error 0.002
    assert abs((y == 0).mean() - 0.1) < 0.01
    np.testing.assert_allclose(y[y != 0], 1 / 0.9, rtol=1e-6)
    y = nn.Dropout(p=0.9).set_train()(x).asnumpy()
    assert abs((y == 0).mean() - 0.9) < 0.01


def test_dropout_draws_anew_at_every_call_and_by_the_seed(mode):
    del mode
    from cellnet.random import set_seed

    x, layer = Tensor(np.ones(100, np.float32)), nn.Dropout().set_train()
    set_seed(1)
    first, second = layer(x).asnumpy(), layer(x).asnumpy()
    assert (first != second).any()
    set_seed(1)
    np.testing.assert_array_equal(layer(x).asnumpy(), first)


def test_dropout_does_nothing_in_evaluation(mode):
    del mode
    x = Tensor([1, 2], mstype.int32)
    assert nn.Dropout()(x).asnumpy().tolist() == [1, 2]
    assert nn.Dropout(p=0).set_train()(x).asnumpy().tolist() == [1, 2]
    layer = nn.Dropout().set_train()
    layer(Tensor([1.0]))
    layer.set_train(False)
    assert layer(Tensor([1.0, 2.0])).asnumpy().tolist() == [1.0, 2.0]


def test_dropout_gradient_uses_the_mask_of_the_value():
    x = Tensor(np.ones(50, np.float32))
    layer = nn.Dropout().set_train()
    total, grad = value_and_grad(lambda x: layer(x).sum())(x)
    np.testing.assert_allclose(grad.asnumpy().sum(), float(total), rtol=1e-5)
    assert set(np.unique(grad.asnumpy())) == {0.0, 2.0}


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.Dropout(0.0), ValueError),
        (lambda: nn.Dropout(1.5), ValueError),
        (lambda: nn.Dropout(1), TypeError),
        (lambda: nn.Dropout(p=1.0), ValueError),
        (lambda: nn.Dropout(p="a"), TypeError),
        (lambda: nn.Dropout(p=True), TypeError),
        (lambda: nn.Dropout().set_train()(Tensor([1], mstype.int32)), TypeError),
    ],
)
def test_dropout_misuse(act, error):
    with pytest.raises(error, match="Dropout"):
        act()


def test_dropout_repr_and_both_arguments():
    assert repr(nn.Dropout()) == "Dropout(keep_prob=0.5)"
    assert repr(nn.Dropout(p=0.9)) == "Dropout(p=0.9)"
    with pytest.warns(UserWarning, match="p is used"):
        assert repr(nn.Dropout(0.9, p=0.2)) == "Dropout(p=0.2)"


# -- shapes ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "end", "shape"),
    [
        (1, -1, (2, 60)),
        (0, -1, (120,)),
        (1, 2, (2, 12, 5)),
        (-2, -1, (2, 3, 20)),
        (2, 2, (2, 3, 4, 5)),
    ],
)
def test_flatten(start, end, shape):
    x = np.arange(120, dtype=np.float32).reshape(2, 3, 4, 5)
    y = nn.Flatten(start, end)(Tensor(x)).asnumpy()
    np.testing.assert_array_equal(y, x.reshape(shape))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(nn.Flatten(5), (2, 3)), (nn.Flatten(2, 1), (2, 3, 4)), (nn.Flatten(), (3,))],
)
def test_flatten_misuse(layer, shape):
    with pytest.raises(ValueError, match="latten"):
        layer(Tensor(np.ones(shape, np.float32)))


def test_flatten_of_a_scalar():
    assert nn.Flatten(0)(Tensor(1.0)).shape == (1,)
    assert nn.Flatten()(Tensor(np.ones((0, 3, 2), np.float32))).shape == (0, 6)


def test_identity():
    x = Tensor([1.0])
    assert nn.Identity(1, a=2).construct(x) is x


def test_one_hot():
    ids = Tensor([[1, 3], [0, 5]], mstype.int32)
    y = nn.OneHot(depth=4)(ids)
    expected = (ids.asnumpy()[..., None] == np.arange(4)).astype(np.float32)
    np.testing.assert_array_equal(y.asnumpy(), expected)
    assert y.dtype is mstype.float32
    y = nn.OneHot(0, 3, 2.0, -1.0, mstype.float16)(Tensor([1, 0], mstype.int32))
    assert y.asnumpy().tolist() == [[-1, 2], [2, -1], [-1, -1]]
    assert y.dtype is mstype.float16
    with pytest.raises(TypeError, match="int"):
        nn.OneHot(depth=3)(Tensor([1.0]))


# -- Embedding ------------------------------------------------------------------------
def test_embedding_looks_rows_up(mode):
    del mode
    layer = nn.Embedding(10, 4)
    table, ids = layer.embedding_table.asnumpy(), np.array([[1, 2], [9, -1]], np.int32)
    np.testing.assert_array_equal(layer(Tensor(ids)).asnumpy(), table[ids])
    one_hot = nn.Embedding(10, 4, True, Tensor(table))
    np.testing.assert_allclose(
        one_hot(Tensor(ids[:1])).asnumpy(), table[ids[:1]], rtol=1e-6
    )


def test_embedding_starts_normal_and_with_an_empty_padding_row():
    table = nn.Embedding(2000, 20, padding_idx=3).embedding_table.asnumpy()
    np.testing.assert_allclose(table.std(), 0.01, rtol=0.03)
    assert not table[3].any()
    assert table[4].any()


def test_embedding_ids_out_of_range(mode):
    layer = nn.Embedding(10, 4)
    ids = Tensor([[1, 10]], mstype.int32)
    if mode:  # PYNATIVE_MODE sees the values
        with pytest.raises(ValueError, match=r"ids\[0, 1\] is 10, .* 10 rows"):
            layer(ids)
    else:
        y = layer(ids).asnumpy()
        assert np.isnan(y[0, 1]).all()
        assert np.isfinite(y[0, 0]).all()


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: nn.Embedding(0, 4), ValueError),
        (lambda: nn.Embedding(1.0, 4), TypeError),
        (lambda: nn.Embedding(10, 4, use_one_hot=1), TypeError),
        (lambda: nn.Embedding(10, 4, padding_idx=10), ValueError),
        (lambda: nn.Embedding(10, 4, padding_idx=-1), ValueError),
        (lambda: nn.Embedding(10, 4)(Tensor([1.0])), TypeError),
    ],
)
def test_embedding_misuse(act, error):
    with pytest.raises(error, match="Embedding"):
        act()
