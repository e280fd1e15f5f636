"""multi_head_attention_forward against the formula, head by head in NumPy."""

import numpy as np
import pytest
from scipy.special import softmax

from cellnet import Tensor
from cellnet.ops import multi_head_attention_forward

L, S, N, E, H = 3, 5, 2, 4, 2
D = E // H
rng = np.random.default_rng(0)
Q, K, V, W, B, OW, OB, ROW = (
    rng.standard_normal(shape).astype(np.float32)
    for shape in (
        *((L, N, E), (S, N, E), (S, N, E), (3 * E, E), (3 * E,), (E, E), (E,)),
        (2, E),
    )
)
CAUSAL = np.triu(np.ones((L, S), bool), 1)
PADDING = np.array([[False] * 5, [False, False, True, True, True]])


def call(q=Q, k=K, v=V, **options):
    given = {
        "in_proj_weight": W,
        "in_proj_bias": B,
        "bias_k": None,
        "bias_v": None,
        "add_zero_attn": False,
        "dropout_p": 0.0,
        "out_proj_weight": OW,
        "out_proj_bias": OB,
        "embed_dim_to_check": E,
        "num_heads": H,
        **options,
    }
    given = {
        name: Tensor(value) if isinstance(value, np.ndarray) else value
        for name, value in given.items()
    }
    y, weights = multi_head_attention_forward(*map(Tensor, (q, k, v)), **given)
    return y.asnumpy(), weights.asnumpy()


def expected(bias=B, added=0.0, rows=None, static=None):
    wq, wk, wv = np.split(W.astype(np.float64), 3)
    bq, bk, bv = np.split(bias.astype(np.float64), 3)
    y, weights = np.zeros((L, N, E)), np.zeros((N, H, L, S + (rows is not None)))
    for n in range(N):
        q, k, v = Q[:, n] @ wq.T + bq, K[:, n] @ wk.T + bk, V[:, n] @ wv.T + bv
        if rows is not None:
            k, v = np.vstack([k, rows[0]]), np.vstack([v, rows[1]])
        heads = []
        for h in range(H):
            part = slice(h * D, (h + 1) * D)
            kh, vh = k[:, part], v[:, part]
            if static is not None:
                kh, vh = static[0][n * H + h], static[1][n * H + h]
            logits = q[:, part] @ kh.T / np.sqrt(D)
            logits += np.broadcast_to(added, (N, L, S))[n] if rows is None else 0
            weights[n, h] = softmax(logits, -1)
            heads.append(weights[n, h] @ vh)
        y[:, n] = np.concatenate(heads, -1) @ OW.T + OB
    return y, weights


def minus_infinity(mask):
    return np.where(mask, -np.inf, 0.0)


@pytest.mark.parametrize(
    ("options", "same"),
    [
        ({}, {}),
        ({"k_is_v": False, "training": False, "dropout_p": 0.9}, {}),
        ({"in_proj_bias": None}, {"bias": np.zeros(3 * E)}),
        ({"attn_mask": CAUSAL}, {"added": minus_infinity(CAUSAL)}),
        ({"attn_mask": np.float32(CAUSAL)}, {"added": CAUSAL * 1.0}),
        ({"attn_mask": np.stack([CAUSAL] * 4)}, {"added": minus_infinity(CAUSAL)}),
        ({"is_causal": True}, {"added": minus_infinity(CAUSAL)}),
        ({"key_padding_mask": PADDING}, {"added": minus_infinity(PADDING)[:, None]}),
        (
            {"bias_k": ROW[:1, None], "bias_v": ROW[1:, None]},
            {"rows": ROW},
        ),
        ({"add_zero_attn": True}, {"rows": np.zeros((2, E))}),
        (
            {
                "use_separate_proj_weight": True,
                "in_proj_weight": None,
                "q_proj_weight": W[:E],
                "k_proj_weight": W[E : 2 * E],
                "v_proj_weight": W[2 * E :],
            },
            {},
        ),
    ],
)
def test_output_and_weights(options, same):
    y, weights = expected(**same)
    ours = call(average_attn_weights=False, **options)
    np.testing.assert_allclose(ours[0], y, atol=2e-5)
    np.testing.assert_allclose(ours[1], weights, atol=1e-5)
    np.testing.assert_allclose(call(**options)[1], weights.mean(1), atol=1e-5)


def test_keys_and_values_that_are_given():
    static = rng.standard_normal((2, N * H, S, D)).astype(np.float32)
    y, weights = call(
        static_k=static[0], static_v=static[1], average_attn_weights=False
    )
    np.testing.assert_allclose(y, expected(static=static)[0], atol=2e-5)
    np.testing.assert_allclose(weights, expected(static=static)[1], atol=1e-5)


def test_without_a_batch():
    y, weights = call(Q[:, 0], K[:, 0], V[:, 0])
    np.testing.assert_allclose(y, expected()[0][:, 0], atol=2e-5)
    np.testing.assert_allclose(weights, expected()[1][0].mean(0), atol=1e-5)


def test_dropout_of_weights_in_training():
    _, weights = call(dropout_p=0.5, average_attn_weights=False)
    kept = weights != 0
    assert 0 < kept.mean() < 1
    np.testing.assert_allclose(weights[kept], 2 * expected()[1][kept], rtol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"embed_dim_to_check": 5},
        {"num_heads": 3},
        {"attn_mask": CAUSAL[:2]},
        {"key_padding_mask": PADDING[:, :4]},
        {"dropout_p": 1.5},
    ],
)
def test_misuse(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        call(**options)
