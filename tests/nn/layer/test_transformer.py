import math

import numpy as np
import pytest

from cellnet import dtype as mstype
from cellnet import nn, ops
from cellnet.tensor import Tensor
from tests.nn.layer import _attention_loops as loops

D, HEADS, WIDE = 4, 2, 6
PADDED = Tensor(np.array([[0, 0, 1], [0, 0, 0]], bool))
CAUSAL = Tensor(np.triu(np.ones((3, 3), bool), 1))


def randomized(cell, normal):
    for parameter in cell.get_parameters():
        parameter.set_data(normal(*parameter.shape))
    return cell


def gelu(x):
    return x * np.vectorize(lambda x: (1 + math.erf(x / math.sqrt(2))) / 2)(x)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize(
    ("activation", "formula"),
    [("relu", lambda x: np.maximum(x, 0)), (ops.gelu, gelu), ("gelu", gelu)],
)
def test_encoder_layer_is_its_formula(normal, norm_first, activation, formula):
    layer = nn.TransformerEncoderLayer(
        D, HEADS, WIDE, activation=activation, norm_first=norm_first
    )
    x = normal(3, 2, D)
    expected = loops.layer(randomized(layer, normal), x.asnumpy(), activate=formula)
    np.testing.assert_allclose(layer(x).asnumpy(), expected, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("norm_first", [False, True])
def test_decoder_layer_is_its_formula(mode, normal, norm_first):
    del mode
    layer = nn.TransformerDecoderLayer(D, HEADS, WIDE, norm_first=norm_first)
    x, memory = normal(3, 2, D), normal(5, 2, D)
    expected = loops.layer(randomized(layer, normal), x.asnumpy(), memory.asnumpy())
    found = layer(x, memory).asnumpy()
    np.testing.assert_allclose(found, expected, atol=2e-5, rtol=1e-5)


def test_masks_reach_their_attention(normal):
    layer = randomized(nn.TransformerDecoderLayer(D, HEADS, WIDE), normal)
    tgt, memory = normal(3, 2, D).asnumpy(), normal(3, 2, D).asnumpy()

    def changed(which, **masks):
        """Which outputs (T, N) change with step 2 of one sequence."""
        inputs = {"tgt": tgt.copy(), "memory": memory.copy()}
        before = layer(*map(Tensor, inputs.values()), **masks).asnumpy()
        inputs[which][2] += 1
        after = layer(*map(Tensor, inputs.values()), **masks).asnumpy()
        return (np.abs(after - before) > 1e-6).any(-1).tolist()

    both = [True, True]
    assert changed("tgt") == [both] * 3
    assert changed("tgt", tgt_mask=CAUSAL) == [[False] * 2] * 2 + [both]
    padded = changed("tgt", tgt_key_padding_mask=PADDED)
    assert padded == [[False, True]] * 2 + [both]
    assert changed("memory") == [both] * 3
    assert changed("memory", memory_mask=CAUSAL) == [[False] * 2] * 2 + [both]
    padded = changed("memory", memory_key_padding_mask=PADDED)
    assert padded == [[False, True]] * 3


@pytest.mark.parametrize("norm", [False, True])
def test_encoder_is_its_layers_in_turn(normal, norm):
    single = nn.TransformerEncoderLayer(D, HEADS, WIDE)
    final = nn.LayerNorm((D,)) if norm else None
    encoder, x = nn.TransformerEncoder(single, 2, final), normal(3, 2, D)
    randomized(encoder, normal)
    y = x
    for layer in encoder.layers:
        y = layer(y, CAUSAL, PADDED)
    y = final(y) if norm else y
    np.testing.assert_allclose(
        encoder(x, CAUSAL, PADDED).asnumpy(), y.asnumpy(), atol=1e-6
    )


def test_stack_takes_settings_and_one_draw_of_values():
    layer = nn.TransformerDecoderLayer(
        D, HEADS, WIDE, 0.3, nn.GELU(), 1e-3, batch_first=True, norm_first=True
    )
    first, second = nn.TransformerDecoder(layer, 2).layers
    for mine, twin in zip(first.get_parameters(), second.get_parameters(), strict=True):
        np.testing.assert_array_equal(mine.asnumpy(), twin.asnumpy())
        assert mine is not twin
    mine, given = (c.dense1.weight.asnumpy() for c in (first, layer))
    assert (mine != given).any()
    for copied in (first, second):
        assert isinstance(copied.activation, nn.GELU)
        assert copied.norm3.epsilon == 1e-3
        assert copied.dropout2.p == copied.multihead_attn.dropout == 0.3
        assert copied.self_attn.batch_first
        assert copied.norm_first


def test_transformer_is_encoder_and_decoder(normal):
    net = nn.Transformer(D, HEADS, 1, 2, WIDE, batch_first=True)
    src, tgt = normal(2, 5, D), normal(2, 3, D)
    memory = net.encoder(src)
    expected = net.decoder(tgt, memory, CAUSAL, None, PADDED).asnumpy()
    found = net(src, tgt, tgt_mask=CAUSAL, tgt_key_padding_mask=PADDED).asnumpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.shape == (2, 3, D)
    without_batch = net(src[0], tgt[0], tgt_mask=CAUSAL).asnumpy()
    with_batch = net(src, tgt, tgt_mask=CAUSAL).asnumpy()
    np.testing.assert_allclose(without_batch, with_batch[0], atol=1e-6)


def test_transformer_starts_from_xavier_uniform():
    net = nn.Transformer(16, 2, 2, 1, 32)
    for name, parameter in net.parameters_and_names():
        if parameter.ndim > 1:
            bound = math.sqrt(6 / sum(parameter.shape))
            values = parameter.asnumpy()
            assert np.abs(values).max() <= bound, name
            np.testing.assert_allclose(values.var(), bound**2 / 3, rtol=0.25)
    first, second = (layer.dense1.weight.asnumpy() for layer in net.encoder.layers)
    assert (first != second).any()


def test_custom_parts_are_used(normal):
    layer = nn.TransformerEncoderLayer(D, HEADS, WIDE)
    encoder = nn.TransformerEncoder(layer, 1)
    net = nn.Transformer(D, HEADS, 3, 1, WIDE, custom_encoder=encoder)
    assert net.encoder is encoder
    assert net(normal(3, 2, D), normal(3, 2, D)).shape == (3, 2, D)


def test_dropout_in_training(normal):
    layer, x = nn.TransformerEncoderLayer(D, HEADS, WIDE, 0.5), normal(3, 2, D)
    np.testing.assert_array_equal(layer(x).asnumpy(), layer(x).asnumpy())
    layer.set_train()
    assert (layer(x).asnumpy() != layer(x).asnumpy()).any()


def test_names_and_order():
    net = nn.Transformer(D, HEADS, 1, 1, WIDE)
    attention = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
    dense = [f"dense{i}.{kind}" for i in (1, 2) for kind in ("weight", "bias")]
    norms = [f"norm{i}.{kind}" for i in (1, 2, 3) for kind in ("gamma", "beta")]
    own, cross = (
        [f"{name}.{kind}" for kind in attention]
        for name in ("self_attn", "multihead_attn")
    )
    names = [
        *[f"encoder.layers.0.{name}" for name in (*own, *dense, *norms[:4])],
        *("encoder.norm.gamma", "encoder.norm.beta"),
        *[f"decoder.layers.0.{name}" for name in (*own, *cross, *dense, *norms)],
        *("decoder.norm.gamma", "decoder.norm.beta"),
    ]
    assert [p.name for p in net.get_parameters()] == names
    assert [key for key, _ in net.parameters_and_names()] == names


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda: nn.TransformerEncoderLayer(4, 2, 6, 1.0), ValueError, r"\[0, 1\)"),
        (lambda: nn.TransformerEncoderLayer(4, 3, 6), ValueError, "num_heads"),
        (
            lambda: nn.TransformerEncoderLayer(4, 2, 6, norm_first=1),
            TypeError,
            "norm_first",
        ),
        *(
            (
                lambda given=given: nn.TransformerDecoderLayer(4, 2, 6, 0.1, given),
                ValueError,
                "activation must be",
            )
            for given in ("tanh", ops.tanh, nn.Tanh(), 3, None)
        ),
        (lambda: nn.TransformerEncoder(nn.Dense(2, 2), 2), TypeError, "encoder_layer"),
        (
            lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6), 2.0),
            TypeError,
            "num_layers",
        ),
    ],
)
def test_bad_settings(act, error, text):
    with pytest.raises(error, match=text):
        act()


def test_bad_inputs(normal):
    layer = nn.TransformerEncoderLayer(D, HEADS, WIDE)
    whole = Tensor(np.zeros((2, 3), np.int32), mstype.int32)
    for cell in (layer, nn.TransformerEncoder(layer, 1)):
        with pytest.raises(AssertionError, match="src_key_padding_mask is Int32"):
            cell(normal(3, 2, D), None, whole)
    decoder = nn.TransformerDecoderLayer(D, HEADS, WIDE)
    with pytest.raises(ValueError, match="key_padding_mask is Int32"):
        decoder(normal(3, 2, D), normal(3, 2, D), tgt_key_padding_mask=whole)
    with pytest.raises(ValueError, match="expected"):
        layer(normal(3, 2, D + 2))
    net = nn.Transformer(D, HEADS, 1, 1, WIDE)
    with pytest.raises(ValueError, match="same batch size"):
        net(normal(3, 2, D), normal(3, 4, D))
    with pytest.raises(ValueError, match="4 features"):
        net(normal(3, 2, D), normal(3, 2, D + 2))
    with pytest.raises(TypeError, match="src must be a Tensor"):
        net([1.0], normal(3, 2, D))
