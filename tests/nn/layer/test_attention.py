import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn
from cellnet.graph import grad
from cellnet.tensor import Tensor
from tests.nn.layer import _attention_loops as loops

L, S, N, E, H = 3, 5, 2, 4, 2
PADDED = np.array([[0, 0, 0, 1, 1], [0, 1, 0, 0, 0]], bool)
CAUSAL = np.triu(np.ones((L, S), bool), 2)
EVERY = np.random.default_rng(5).random((N * H, L, S)) < 0.3
FLOATS = np.random.default_rng(6).standard_normal((N * H, L, S)).astype(np.float32)


def randomized(cell, normal):
    """Biases too, which start from 0."""
    for parameter in cell.get_parameters():
        parameter.set_data(normal(*parameter.shape))
    return cell


def as_added(mask):
    return np.where(mask, -np.inf, 0.0) if mask.dtype == bool else mask


def added(padding, mask):
    """Both masks as what is added to the logits (N, H, L, S)."""
    total = np.zeros((N, H, L, S))
    if padding is not None:
        total = total + as_added(padding)[:, None, None, :]
    if mask is not None:
        mask = as_added(mask)
        total = total + (mask if mask.ndim == 2 else mask.reshape(N, H, L, S))
    return total


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"has_bias": False},
        {"kdim": 3, "vdim": 6},
        {"kdim": 3, "has_bias": False},
        {"add_bias_kv": True},
        {"add_zero_attn": True, "add_bias_kv": True},
    ],
)
@pytest.mark.parametrize("padding", [None, PADDED], ids=["", "padded"])
def test_attention_is_its_formula(normal, settings, padding):
    cell = randomized(nn.MultiheadAttention(E, H, **settings), normal)
    inputs = normal(L, N, E), normal(S, N, cell.kdim), normal(S, N, cell.vdim)
    output, weights = cell(*inputs, None if padding is None else Tensor(padding))
    expected, shown = loops.attend(
        cell, *(x.asnumpy() for x in inputs), added(padding, None)
    )
    np.testing.assert_allclose(output.asnumpy(), expected, atol=1e-5)
    np.testing.assert_allclose(weights.asnumpy(), shown.mean(1), atol=1e-6)


@pytest.mark.parametrize("padding", [None, PADDED, PADDED * np.float32(-9)])
@pytest.mark.parametrize(
    "mask", [None, CAUSAL, CAUSAL.astype(np.uint8), EVERY, FLOATS, FLOATS[0]]
)
def test_masks(normal, padding, mask):
    if padding is None and mask is None:
        return
    cell = randomized(nn.MultiheadAttention(E, H), normal)
    query, key = normal(L, N, E), normal(S, N, E)
    output, weights = cell(
        query,
        key,
        key,
        None if padding is None else Tensor(padding),
        attn_mask=None if mask is None else Tensor(mask),
        average_attn_weights=False,
    )
    if mask is not None and mask.dtype == np.uint8:
        mask = mask.astype(bool)
    arrays = (x.asnumpy() for x in (query, key, key))
    expected, shown = loops.attend(cell, *arrays, added(padding, mask))
    assert weights.shape == (N, H, L, S)
    np.testing.assert_allclose(weights.asnumpy(), shown, atol=1e-6)
    np.testing.assert_allclose(output.asnumpy(), expected, atol=1e-5)


def test_layouts_agree(mode, normal):
    del mode
    cell = randomized(nn.MultiheadAttention(E, H), normal)
    first = nn.MultiheadAttention(E, H, batch_first=True)
    for mine, theirs in zip(first.get_parameters(), cell.get_parameters(), strict=True):
        mine.set_data(theirs)
    query, key = normal(L, N, E), normal(S, N, E)
    output, weights = cell(query, key, key, Tensor(PADDED))
    turned = [Tensor(x.asnumpy().swapaxes(0, 1)) for x in (query, key, key)]
    mine = first(*turned, Tensor(PADDED))
    np.testing.assert_allclose(
        mine[0].asnumpy().swapaxes(0, 1), output.asnumpy(), atol=1e-6
    )
    np.testing.assert_allclose(mine[1].asnumpy(), weights.asnumpy(), atol=1e-6)
    for layer in (cell, first):
        single = [x[:, 1] for x in (query, key, key)]
        alone = layer(*single, Tensor(PADDED[1]), attn_mask=Tensor(CAUSAL))
        batch = cell(query, key, key, Tensor(PADDED), attn_mask=Tensor(CAUSAL))
        assert (alone[0].shape, alone[1].shape) == ((L, E), (L, S))
        np.testing.assert_allclose(
            alone[0].asnumpy(), batch[0].asnumpy()[:, 1], atol=1e-6
        )
        np.testing.assert_allclose(alone[1].asnumpy(), batch[1].asnumpy()[1], atol=1e-6)


def test_self_attention_is_attention_to_equal_inputs(normal):
    cell, x = randomized(nn.MultiheadAttention(E, H), normal), normal(L, N, E)
    twin = Tensor(x.asnumpy())
    np.testing.assert_allclose(
        cell(x, x, x)[0].asnumpy(), cell(x, twin, twin)[0].asnumpy(), atol=1e-6
    )


def test_weights_only_when_needed(normal):
    cell, x = nn.MultiheadAttention(E, H), normal(L, N, E)
    result = cell(x, x, x, need_weights=False)
    assert isinstance(result, tuple)
    assert len(result) == 1
    assert cell(x, x, x)[1].shape == (N, L, L)
    alone = x[:, 0]
    shape = cell(alone, alone, alone, average_attn_weights=False)[1].shape
    assert shape == (H, L, L)


def test_gradients_by_finite_differences(normal):
    cell = randomized(nn.MultiheadAttention(E, H), normal)
    query, key = normal(L, N, E), normal(S, N, E)
    weights = normal(L, N, E).asnumpy().astype(np.float64)
    mask = Tensor(PADDED)
    found = grad(
        lambda k: (cell(query, k, k, mask)[0] * Tensor(weights, mstype.float32)).sum()
    )(key).asnumpy()
    base, h = key.asnumpy().astype(np.float64), 1e-5
    for index in np.ndindex(*base.shape):
        step = np.zeros_like(base)
        step[index] = h
        up, down = (
            (
                loops.attend(cell, query.asnumpy(), k, k, added(PADDED, None))[0]
                * weights
            )
            for k in (base + step, base - step)
        )
        slope = (up - down).sum() / (2 * h)
        np.testing.assert_allclose(found[index], slope, atol=2e-4, rtol=1e-4)
    assert not found[3:, 0].any()


def test_dropout_is_on_the_weights_in_training():
    cell = nn.MultiheadAttention(E, H, dropout=0.25)
    x = Tensor(np.zeros((64, 8, E), np.float32))
    weights = cell(x, x, x, average_attn_weights=False)[1].asnumpy()
    np.testing.assert_allclose(weights, 1 / 64, rtol=1e-5)
    cell.set_train()
    first, second = (
        cell(x, x, x, average_attn_weights=False)[1].asnumpy() for _ in range(2)
    )
    assert (first != second).any()
    # a share of 65536 draws has the standard error 0.002
    assert abs((first == 0).mean() - 0.25) < 0.01
    np.testing.assert_allclose(first[first != 0], 1 / 64 / 0.75, rtol=1e-5)


def listed(cell):
    return [(p.name, p.shape) for p in cell.get_parameters()]


def test_names_shapes_and_order():
    assert listed(nn.MultiheadAttention(4, 2)) == [
        ("in_proj_weight", (12, 4)),
        ("in_proj_bias", (12,)),
        ("out_proj.weight", (4, 4)),
        ("out_proj.bias", (4,)),
    ]
    assert listed(nn.MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True)) == [
        ("q_proj_weight", (4, 4)),
        ("k_proj_weight", (4, 3)),
        ("v_proj_weight", (4, 5)),
        ("in_proj_bias", (12,)),
        ("bias_k", (1, 1, 4)),
        ("bias_v", (1, 1, 4)),
        ("out_proj.weight", (4, 4)),
        ("out_proj.bias", (4,)),
    ]
    bare = nn.MultiheadAttention(4, 2, has_bias=False)
    assert [name for name, _ in listed(bare)] == ["in_proj_weight", "out_proj.weight"]


def test_first_values():
    cell = nn.MultiheadAttention(64, 2)
    bounds = {"in_proj_weight": np.sqrt(6 / 256), "out_proj.weight": 1 / 8}
    for name, parameter in cell.parameters_and_names():
        values = parameter.asnumpy()
        if name in bounds:
            assert np.abs(values).max() <= bounds[name]
            np.testing.assert_allclose(values.var(), bounds[name] ** 2 / 3, rtol=0.1)
    assert not cell.in_proj_bias.asnumpy().any()


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: nn.MultiheadAttention(4, 3), ValueError, "multiple of num_heads"),
        (lambda: nn.MultiheadAttention(4, 0), ValueError, "num_heads must be >= 1"),
        (lambda: nn.MultiheadAttention(4.0, 2), TypeError, "embed_dim must be int"),
        (lambda: nn.MultiheadAttention(4, 2, dropout=1.0), ValueError, r"\[0, 1\)"),
        (lambda: nn.MultiheadAttention(4, 2, batch_first=1), TypeError, "batch_first"),
    ],
)
def test_bad_settings(act, error, text):
    with pytest.raises(error, match=text):
        act()


def ones(*shape, dtype=np.float32):
    return Tensor(np.ones(shape, dtype))


QKV = (ones(3, 5, 4), ones(6, 5, 4), ones(6, 5, 4))


@pytest.mark.parametrize(
    ("inputs", "error", "text"),
    [
        ([x.astype(mstype.float16) for x in QKV], TypeError, "Float16 but the weight"),
        ((ones(3, 5, 4), ones(6, 4), ones(6, 4)), ValueError, r"key \(6, 4\)"),
        ((ones(1, 3, 5, 4), *QKV[1:]), ValueError, r"got query \(1, 3, 5, 4\)"),
        ((ones(3, 5, 6), *QKV[1:]), ValueError, r"\(L, N, 4\), \(S, N, 4\)"),
        ((*QKV[:2], ones(7, 5, 4)), ValueError, r"value \(7, 5, 4\)"),
        ((QKV[0], ones(6, 2, 4), ones(6, 2, 4)), ValueError, r"key \(6, 2, 4\)"),
        ((QKV[0], QKV[1], [1.0]), TypeError, "value must be a Tensor"),
        ((*QKV, ones(6, 5, dtype=bool)), ValueError, r"expected \(5, 6\)"),
        ((*QKV, ones(6, dtype=bool)), ValueError, r"got key_padding_mask \(6,\)"),
        ((*QKV, ones(5, 6, dtype=int)), ValueError, "expected Bool"),
        ((*QKV, [True]), TypeError, "key_padding_mask must be a Tensor"),
        ((*QKV, None, True, ones(6, 3, dtype=bool)), ValueError, r"\(3, 6\) or"),
        ((*QKV, None, True, ones(5, 3, 6, dtype=bool)), ValueError, r"\(10, 3, 6\)"),
        ((*QKV, None, True, ones(3, 6, dtype=int)), ValueError, "attn_mask is Int"),
    ],
)
def test_bad_inputs(inputs, error, text):
    with pytest.raises(error, match=text):
        nn.MultiheadAttention(4, 2)(*inputs)
