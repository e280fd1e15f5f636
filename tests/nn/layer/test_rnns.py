import copy

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from cellnet import context, nn, ops
from cellnet import dtype as mstype
from cellnet.graph import grad
from cellnet.nn.layer import _recurrent_steps as steps
from cellnet.nn.layer._recurrence import run_layer
from cellnet.tensor import Tensor
from tests.nn.layer import _recurrent_loops as loops


def relu_rnn(*args):
    return loops.rnn(*args, activate=lambda x: np.maximum(x, 0))


KINDS = {
    "tanh": (nn.RNN, {}, loops.rnn, nn.RNNCell, 1),
    "relu": (
        nn.RNN,
        {"nonlinearity": "relu"},
        relu_rnn,
        lambda *a: nn.RNNCell(*a, nonlinearity="relu"),
        1,
    ),
    "gru": (nn.GRU, {}, loops.gru, nn.GRUCell, 1),
    "lstm": (nn.LSTM, {}, loops.lstm, nn.LSTMCell, 2),
}
kinds = pytest.mark.parametrize("kind", KINDS)
LENGTHS = np.array([4, 1, 0, 5], np.int32)
T, N, F, H = 5, 4, 3, 2


def first_states(normal, layer, count):
    rows = layer.num_layers * (2 if layer.bidirectional else 1)
    return tuple(normal(rows, N, H) for _ in range(count))


def packed(states):
    return states if len(states) > 1 else states[0]


@kinds
@pytest.mark.parametrize(
    ("settings", "with_state", "lengths"),
    [
        ({}, False, None),
        ({"has_bias": False, "batch_first": True}, True, None),
        ({"num_layers": 2, "bidirectional": True}, True, None),
        ({"bidirectional": True, "batch_first": True}, False, LENGTHS),
        ({"num_layers": 2}, True, LENGTHS),
    ],
)
def test_layer_is_a_loop_over_samples_and_steps(
    normal, kind, settings, with_state, lengths
):
    make, extra, formula, _, count = KINDS[kind]
    layer, x = make(F, H, **settings, **extra), normal(T, N, F)
    first = first_states(normal, layer, count)
    given = Tensor(x.asnumpy().swapaxes(0, 1)) if layer.batch_first else x
    outputs, last = layer(
        given,
        packed(first) if with_state else None,
        None if lengths is None else Tensor(lengths),
    )
    start = [s.asnumpy().astype(np.float64) * with_state for s in first]
    every = [T] * N if lengths is None else lengths
    expected, states = loops.run(formula, layer, x.asnumpy(), start, every)
    if layer.batch_first:
        expected = expected.swapaxes(0, 1)
    np.testing.assert_allclose(outputs.asnumpy(), expected, atol=2e-6)
    last = last if count > 1 else (last,)
    for a, b in zip(last, states, strict=True):
        np.testing.assert_allclose(a.asnumpy(), b, atol=2e-6)


def by_cell(cell, x, state, lengths, count):
    """Outputs and last state of a Python loop over a Cell's single steps."""
    outputs = []
    for t in range(T):
        new = cell(x[t], packed(state))
        new = new if count > 1 else (new,)
        if lengths is not None:
            valid = Tensor((t < lengths)[:, None])
            new = tuple(ops.select(valid, a, b) for a, b in zip(new, state))  # noqa: B905
            outputs.append(ops.select(valid, new[0], ops.zeros_like(new[0])))
        else:
            outputs.append(new[0])
        state = new
    return ops.stack(outputs), state


@kinds
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "padded"])
def test_gradients_are_those_of_a_loop_of_the_cell(normal, kind, lengths):
    make, extra, _, make_cell, count = KINDS[kind]
    layer, cell = make(F, H, **extra), make_cell(F, H)
    pairs = zip(cell.get_parameters(), layer.get_parameters(), strict=True)
    for mine, theirs in pairs:
        mine.set_data(theirs)
    x, state = normal(T, N, F), tuple(normal(N, H) for _ in range(count))
    weights = normal(T, N, H)

    def loss(outputs, last):
        return (outputs * weights).sum() + sum((s * s).sum() for s in last)

    def of_layer(x, *state):
        given = packed(tuple(s.expand_dims(0) for s in state))
        length = None if lengths is None else Tensor(lengths)
        outputs, last = layer(x, given, length)
        return loss(outputs, last if count > 1 else (last,))

    def of_loop(x, *state):
        return loss(*by_cell(cell, x, state, lengths, count))

    positions = tuple(range(count + 1))
    mine = grad(of_layer, positions, list(layer.get_parameters()))(x, *state)
    theirs = grad(of_loop, positions, list(cell.get_parameters()))(x, *state)
    for a, b in zip(jax.tree.leaves(mine), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


@pytest.mark.parametrize(
    ("step", "reverse", "order"),
    [
        (steps.TANH, True, 1),
        (steps.GRU, False, 1),
        (steps.LSTM, False, 1),
        (steps.LSTM, True, 2),
    ],
)
def test_forward_mode_and_second_order(step, reverse, order):
    with jax.enable_x64(True):
        rng = np.random.default_rng(0)

        def draw(*shape):
            return jnp.asarray(rng.standard_normal(shape))

        rows = step.gates * H
        state = tuple(draw(2, H) for _ in range(step.states))
        weights = (draw(rows, F), draw(rows, H), draw(rows), draw(rows))
        valid = jnp.asarray([[1, 1], [1, 0], [1, 0]], bool)[..., None]

        @jax.jit
        def layer(x, state, weights):
            return run_layer(step, x, state, weights, valid, reverse)

        modes = ("fwd", "rev") if order == 1 else ("rev",)
        check_grads(layer, (draw(3, 2, F), state, weights), order, modes=modes)


@kinds
def test_padding_changes_nothing(normal, kind):
    make, extra, _, _, _ = KINDS[kind]
    layer = make(F, H, bidirectional=True, **extra)
    x = normal(T, N, F).asnumpy()
    padding = np.arange(T)[:, None] >= LENGTHS
    changed = np.where(padding[..., None], 1e3, x)
    lengths = Tensor(LENGTHS)

    def everything(x):
        return jax.tree.leaves(layer(x, None, lengths))

    results = everything(Tensor(x))
    for a, b in zip(results, everything(Tensor(changed)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not results[0][padding].any()
    slope = grad(lambda x: layer(x, None, lengths)[0].sum())(Tensor(x)).asnumpy()
    assert not slope[padding].any()
    assert slope[~padding].all() or kind == "relu"


def test_lengths_of_a_whole_sequence_are_no_lengths(normal):
    layer, x = nn.LSTM(F, H, bidirectional=True), normal(T, N, F)
    plain = layer(x)[0].asnumpy()
    for length in (T, T + 3):
        full = Tensor(np.full(N, length, np.int64), mstype.int32)
        np.testing.assert_allclose(layer(x, None, full)[0].asnumpy(), plain, atol=1e-6)


def test_dropout_stands_between_layers_in_training(normal):
    x = normal(T, N, F)
    layer = nn.GRU(F, H, 2, dropout=0.5)
    evaluated = layer(x)[0].asnumpy()
    np.testing.assert_array_equal(layer(x)[0].asnumpy(), evaluated)
    layer.set_train()
    first, second = layer(x), layer(x)
    assert (first[0].asnumpy() != second[0].asnumpy()).any()
    # the first layer gets x as it is
    np.testing.assert_array_equal(first[1].asnumpy()[0], second[1].asnumpy()[0])
    with pytest.warns(UserWarning, match="num_layers is 1"):
        single = nn.GRU(F, H, dropout=0.5).set_train()
    np.testing.assert_array_equal(single(x)[0].asnumpy(), single(x)[0].asnumpy())


def test_names_shapes_and_order():
    layer = nn.LSTM(3, 2, 2, bidirectional=True)
    suffixes = ("l0", "l0_reverse", "l1", "l1_reverse")
    listed = [(p.name, p.shape) for p in layer.get_parameters()]
    assert [name for name, _ in listed] == [
        f"{kind}_{suffix}"
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        for suffix in suffixes
    ]
    shapes = [(8, 3)] * 2 + [(8, 4)] * 2 + [(8, 2)] * 4 + [(8,)] * 8
    assert [shape for _, shape in listed] == shapes
    bare = nn.SequentialCell(nn.GRU(3, 2, has_bias=False))
    assert [(p.name, p.shape) for p in bare.get_parameters()] == [
        ("0.weight_ih_l0", (6, 3)),
        ("0.weight_hh_l0", (6, 2)),
    ]


def test_first_values_are_uniform_within_the_hidden_size():
    for parameter in nn.GRU(50, 100).get_parameters():
        values = parameter.asnumpy()
        assert np.abs(values).max() <= 0.1
        np.testing.assert_allclose(values.var(), 0.01 / 3, rtol=0.35)


def test_a_copy_has_its_own_parameters(normal):
    layer, x = nn.GRU(F, H), normal(T, N, F)
    before = layer(x)[0].asnumpy()
    twin = copy.deepcopy(layer)
    for parameter in twin.get_parameters():
        parameter.set_data(ops.zeros_like(parameter))
    assert not twin(x)[0].asnumpy().any()
    np.testing.assert_array_equal(layer(x)[0].asnumpy(), before)


@kinds
def test_computes_in_the_type_of_the_input(normal, kind):
    make, extra, _, _, count = KINDS[kind]
    layer, x = make(F, H, **extra), normal(T, N, F)
    full = layer(x)[0].asnumpy()
    halves = [layer(x.astype(mstype.float16))]
    hx = first_states(normal, layer, count)
    layer.to_float(mstype.float16)
    halves.append(layer(x, packed(tuple(h * 0 for h in hx))))
    for outputs, last in halves:
        last = last if count > 1 else (last,)
        assert {t.dtype for t in (outputs, *last)} == {mstype.float16}
        np.testing.assert_allclose(outputs.asnumpy(), full, atol=5e-3)


def test_one_program_of_a_shape_serves_all_lengths(normal):
    layer, x = nn.GRU(F, H), normal(T, N, F)
    outputs = [
        layer(x, None, Tensor(np.full(N, length, np.int32)))[0].asnumpy()
        for length in (2, 4)
    ]
    np.testing.assert_allclose(outputs[0][:2], outputs[1][:2], atol=1e-6)
    assert not outputs[0][2:].any()
    assert outputs[1][3].any()


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: nn.GRU(0, 2), ValueError, "input_size must be >= 1"),
        (lambda: nn.GRU(3, 2.0), TypeError, "hidden_size must be int"),
        (lambda: nn.GRU(3, 2, 0), ValueError, "num_layers must be >= 1"),
        (lambda: nn.GRU(3, 2, True), TypeError, "num_layers must be int"),
        (lambda: nn.GRU(3, 2, 1, 1), TypeError, "has_bias"),
        (lambda: nn.GRU(3, 2, batch_first=1), TypeError, "batch_first"),
        (lambda: nn.GRU(3, 2, bidirectional=1), TypeError, "bidirectional"),
        (lambda: nn.LSTM(3, 2, 2, dropout=0), TypeError, "dropout must be float"),
        (lambda: nn.LSTM(3, 2, 2, dropout=1.0), ValueError, r"\[0, 1\)"),
        (lambda: nn.LSTM(3, 2, 2, dropout=-0.1), ValueError, r"\[0, 1\)"),
        (lambda: nn.RNN(3, 2, nonlinearity="x"), ValueError, "nonlinearity"),
        (lambda: nn.RNN(3, 2, nonlinearity=3), ValueError, "nonlinearity"),
        (lambda: nn.RNN(3), TypeError, "hidden_size"),
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
        (nn.GRU, (ones(4, 3),), ValueError, r"expected \(T, N, 3\)"),
        (nn.GRU, (ones(4, 5, 2),), ValueError, r"got x \(4, 5, 2\)"),
        (nn.GRU, (ones(0, 5, 3),), ValueError, "one time step"),
        (nn.GRU, (ones(4, 5, 3, dtype=np.int32),), TypeError, "float type"),
        (nn.GRU, ([1.0],), TypeError, "must be a Tensor"),
        (nn.GRU, (ones(4, 5, 3), ones(1, 5, 2, dtype="f2")), TypeError, "hx is Float1"),
        (nn.GRU, (ones(4, 5, 3), ones(1, 4, 2)), ValueError, r"\(1, 5, 2\)"),
        (nn.GRU, (ones(4, 5, 3), ones(2, 5, 2)), ValueError, r"\(1, 5, 2\)"),
        (nn.GRU, (ones(4, 5, 3), (ones(1, 5, 2),)), TypeError, "hx must be a Tensor"),
        (nn.LSTM, (ones(4, 5, 3), ones(1, 5, 2)), TypeError, "must be a tuple"),
        (nn.LSTM, (ones(4, 5, 3), (ones(1, 5, 2),)), TypeError, "1 items"),
        (nn.LSTM, (ones(4, 5, 3), [ones(1, 5, 2)] * 2), TypeError, "got list"),
        (nn.GRU, (ones(4, 5, 3), None, ones(5)), TypeError, "seq_length is Float32"),
        (nn.GRU, (ones(4, 5, 3), None, [1] * 5), TypeError, "must be a Tensor"),
        (
            nn.GRU,
            (ones(4, 5, 3), None, ones(2, dtype=np.int32)),
            ValueError,
            r"expected \(5,\)",
        ),
    ],
)
def test_bad_inputs(mode, make, inputs, error, text):
    del mode
    with pytest.raises(error, match=text):
        make(3, 2)(*inputs)


def test_repr_names_the_settings():
    assert "hidden_size=2, num_layers=1" in repr(nn.LSTM(3, 2))
    assert repr(nn.GRUCell(3, 2)) == (
        "GRUCell(input_size=3, hidden_size=2, has_bias=True)"
    )


def test_runs_inside_an_outer_loop(normal):
    """A sunk training step and a single one are the same code: same numbers."""
    context.set_context(mode=context.GRAPH_MODE)
    layer, batches = nn.LSTM(F, H), normal(3, T, N, F)
    single = [layer(batches[i])[0].asnumpy() for i in range(3)]
    sunk = jax.lax.map(lambda x: layer(Tensor._wrap(x))[0]._value, batches._value)
    np.testing.assert_allclose(sunk, np.stack(single), atol=1e-6)
