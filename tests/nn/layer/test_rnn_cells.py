import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn
from cellnet.graph import grad
from cellnet.tensor import Tensor
from tests.nn.layer import _recurrent_loops as loops


def relu(x):
    return np.maximum(x, 0)


CELLS = [
    (nn.RNNCell, {}, loops.rnn, 1),
    (nn.RNNCell, {"nonlinearity": "relu"}, lambda *a: loops.rnn(*a, activate=relu), 1),
    (nn.GRUCell, {}, loops.gru, 1),
    (nn.LSTMCell, {}, loops.lstm, 2),
    (nn.GRUCell, {"has_bias": False}, loops.gru, 1),
    (nn.LSTMCell, {"has_bias": False}, loops.lstm, 2),
]


def states(normal, count, *shape):
    made = tuple(normal(*shape) for _ in range(count))
    return made if count > 1 else made[0]


@pytest.mark.parametrize(("make", "settings", "formula", "count"), CELLS)
def test_cell_is_its_formula(mode, normal, make, settings, formula, count):
    del mode
    cell, x = make(3, 4, **settings), normal(5, 3)
    hx = states(normal, count, 5, 4)
    new = cell(x, hx)
    new, hx = (s if count > 1 else (s,) for s in (new, hx))
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    weights = [getattr(cell, name) for name in names]
    weights = [0.0 if w is None else w.asnumpy().astype(np.float64) for w in weights]
    for sample in range(5):
        state = tuple(s.asnumpy()[sample].astype(np.float64) for s in hx)
        expected = formula(x.asnumpy()[sample].astype(np.float64), state, *weights)
        for a, b in zip(new, expected, strict=True):
            np.testing.assert_allclose(a.asnumpy()[sample], b, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "gates"), [(nn.RNNCell, 1), (nn.GRUCell, 3), (nn.LSTMCell, 4)]
)
def test_names_shapes_and_first_values(make, gates):
    cell = make(50, 100)
    shapes = {p.name: p.shape for p in cell.get_parameters()}
    rows = gates * 100
    assert list(shapes.items()) == [
        ("weight_ih", (rows, 50)),
        ("weight_hh", (rows, 100)),
        ("bias_ih", (rows,)),
        ("bias_hh", (rows,)),
    ]
    for parameter in cell.get_parameters():
        values = parameter.asnumpy()
        assert np.abs(values).max() <= 0.1
        np.testing.assert_allclose(values.var(), 0.01 / 3, rtol=0.35)
    bare = make(5, 2, has_bias=False)
    assert bare.bias_ih is None
    assert [p.name for p in bare.get_parameters()] == ["weight_ih", "weight_hh"]


def test_a_single_state_serves_the_whole_batch(normal):
    cell, x, h = nn.GRUCell(3, 4), normal(5, 3), normal(1, 4)
    repeated = Tensor(np.repeat(h.asnumpy(), 5, 0))
    np.testing.assert_allclose(
        cell(x, h).asnumpy(), cell(x, repeated).asnumpy(), atol=1e-6
    )


def test_relu_has_no_slope_at_zero():
    cell = nn.RNNCell(2, 2, has_bias=False, nonlinearity="relu")
    zero = Tensor(np.zeros((1, 2), np.float32))
    assert not grad(lambda x: cell(x, zero).sum())(zero).asnumpy().any()


def test_half_precision(normal):
    x, h = normal(2, 3), normal(2, 4)
    cell = nn.LSTMCell(3, 4)
    full = cell(x, (h, h))[1].asnumpy()
    half = cell.to_float(mstype.float16)(x, (h, h))[1]
    assert half.dtype is mstype.float16
    np.testing.assert_allclose(half.asnumpy(), full, atol=5e-3)
    small = nn.GRUCell(3, 4, dtype=mstype.float16)
    assert small.weight_ih.dtype is mstype.float16
    args = [t.astype(mstype.float16) for t in (x, h)]
    assert small(*args).dtype is mstype.float16


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: nn.RNNCell(0, 2), ValueError, "input_size must be >= 1"),
        (lambda: nn.RNNCell(3.0, 2), TypeError, "input_size must be int"),
        (lambda: nn.GRUCell(3, True), TypeError, "hidden_size must be int"),
        (lambda: nn.LSTMCell(3, 2, 1), TypeError, "has_bias"),
        (lambda: nn.RNNCell(3, 2, nonlinearity="x"), ValueError, "nonlinearity"),
        (lambda: nn.RNNCell(3, 2, nonlinearity=3), TypeError, "nonlinearity"),
    ],
)
def test_bad_settings(act, error, text):
    with pytest.raises(error, match=text):
        act()


def ones(*shape, dtype=np.float32):
    return Tensor(np.ones(shape, dtype))


@pytest.mark.parametrize(
    ("make", "inputs", "error", "text"),
    [
        (nn.RNNCell, (ones(5, 4), ones(5, 2)), ValueError, r"expected \(N, 3\)"),
        (nn.RNNCell, (ones(3), ones(2)), ValueError, r"got x \(3,\)"),
        (nn.RNNCell, (ones(5, 3), ones(5, 3)), ValueError, r"hx \(5, 3\)"),
        (nn.RNNCell, (ones(5, 3), ones(4, 2)), ValueError, "batch size"),
        (nn.RNNCell, (ones(5, 3), [1.0]), TypeError, "hx must be a Tensor"),
        (nn.RNNCell, (ones(5, 3, dtype=int), ones(5, 2)), TypeError, "float"),
        (nn.RNNCell, (ones(5, 3, dtype="f2"), ones(5, 2)), TypeError, "Float16"),
        (nn.GRUCell, (ones(5, 3), ones(5, 2, dtype="f2")), TypeError, "hx is Float16"),
        (nn.LSTMCell, (ones(5, 3), ones(5, 2)), TypeError, "tuple"),
        (nn.LSTMCell, (ones(5, 3), (ones(5, 2),)), TypeError, "1 items"),
        (nn.LSTMCell, (ones(5, 3), [ones(5, 2)] * 2), TypeError, "got list"),
        (nn.LSTMCell, (ones(5, 3), (ones(5, 2), 1.0)), TypeError, r"hx\[1\]"),
    ],
)
def test_bad_inputs(make, inputs, error, text):
    with pytest.raises(error, match=text):
        make(3, 2)(*inputs)
