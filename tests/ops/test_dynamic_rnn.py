"""ops.DynamicRNN against its equations, step by step in NumPy."""

import numpy as np
import pytest
from scipy.special import expit

from cellnet import Tensor, ops
from cellnet.graph import grad

T, N, WIDTH, H = 5, 2, 3, 4
rng = np.random.default_rng(0)
X, W, B, H0, C0 = (
    rng.standard_normal(shape).astype(np.float32)
    for shape in ((T, N, WIDTH), (WIDTH + H, 4 * H), (4 * H,), (1, N, H), (1, N, H))
)


def inputs(dtype=np.float32):
    x, w, b, h, c = (Tensor(a.astype(dtype)) for a in (X, W, B, H0, C0))
    return x, w, b, None, h, c


def by_steps(forget_bias=0.0, clip=np.inf):
    h, c = H0[0].astype(np.float64), C0[0].astype(np.float64)
    rows = []
    for x in X:
        i, j, f, o = np.split(np.concatenate([x, h], 1) @ W + B, 4, 1)
        i, j, f, o = expit(i), np.tanh(j), expit(f + forget_bias), expit(o)
        c = np.clip(f * c + i * j, -clip, clip)
        h = o * np.tanh(c)
        rows.append((h, h, c, i, j, f, o, np.tanh(c)))
    return [np.stack(each) for each in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    ("options", "same"),
    [
        ({}, {}),
        ({"forget_bias": 1.0}, {"forget_bias": 1.0}),
        ({"cell_clip": 0.3}, {"clip": 0.3}),
    ],
)
def test_outputs_states_and_gates(options, same):
    found = ops.DynamicRNN(**options)(*inputs())
    for ours, expected in zip(found, by_steps(**same), strict=True):
        np.testing.assert_allclose(ours.asnumpy(), expected, atol=2e-6)


def test_outputs_have_the_type_of_the_bias():
    found = ops.DynamicRNN()(*inputs(np.float16))
    assert {str(y.dtype) for y in found} == {"Float16"}
    np.testing.assert_allclose(found[0].asnumpy(), by_steps()[0], atol=5e-3)


def test_gradient_by_the_weights():
    rest = inputs()
    loss = lambda w: ops.DynamicRNN()(rest[0], w, *rest[2:])[0].sum()  # noqa: E731
    slope = grad(loss)(rest[1]).asnumpy()
    step = np.zeros_like(W)
    step[1, 2] = 0.01
    change = float(loss(Tensor(W + step))) - float(loss(Tensor(W - step)))
    np.testing.assert_allclose(slope[1, 2], change / 0.02, rtol=1e-2)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"cell_type": "GRU"}, ValueError),
        ({"direction": "BIDIRECTIONAL"}, ValueError),
        ({"num_proj": 2}, ValueError),
        ({"time_major": False}, ValueError),
        ({"keep_prob": "a"}, TypeError),
        ({"use_peephole": 1}, TypeError),
        ({"forget_bias": "a"}, TypeError),
    ],
)
def test_settings_that_are_refused(options, error):
    with pytest.raises(error, match=next(iter(options))):
        ops.DynamicRNN(**options)


def test_shapes_that_do_not_fit():
    x, w, b, _, h, c = inputs()
    with pytest.raises(ValueError, match=r"w \(3, 16\)"):
        ops.DynamicRNN()(x, w[:3], b, None, h, c)
    with pytest.raises(ValueError, match="seq_length must be None"):
        ops.DynamicRNN()(x, w, b, Tensor([5, 5]), h, c)
