"""The networks in bare JAX, over two sets of operations.

``PLAIN`` is what one writes from JAX's documentation.  ``EXPERT`` takes convolution and
pooling from ``cellnet.ops.lowering`` and runs recurrence with the input product hoisted
and two steps a round: what an expert would write who knows all that cellnet knows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from nets import HEADS, LSTM_WIDTH, NORM_EPSILON, NORM_MOMENTUM, RESNET_BLOCKS

Array = jax.Array


class Ops(NamedTuple):
    """What the two differ in."""

    conv: Callable[..., Array]
    max_pool: Callable[..., Array]
    lstm: Callable[..., Array]
    jit: Callable[..., Any] = jax.jit


def _conv(x: Array, w: Array, *, stride: int = 1, padding: int = 0) -> Array:
    pads = ((padding, padding),) * 2
    return lax.conv_general_dilated(x, w, (stride, stride), pads)


def _max_pool(x: Array, *, window: int, stride: int) -> Array:
    box, strides = (1, 1, window, window), (1, 1, stride, stride)
    return lax.reduce_window(x, -jnp.inf, lax.max, box, strides, "VALID")


def _lstm_advance(state: tuple[Array, Array], gates: Array) -> tuple[Array, Array]:
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    cell = jax.nn.sigmoid(f) * state[1] + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(cell), cell


def _lstm_start(x: Array) -> tuple[Array, Array]:
    zeros = jnp.zeros((len(x), LSTM_WIDTH), x.dtype)
    return zeros, zeros


def _lstm(x: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array) -> Array:
    """The last output (B, H) of x (B, T, I)."""

    def advance(state: tuple[Array, Array], x: Array) -> tuple[Any, None]:
        gates = x @ w_ih.T + b_ih + state[0] @ w_hh.T + b_hh
        return _lstm_advance(state, gates), None

    return lax.scan(advance, _lstm_start(x), jnp.swapaxes(x, 0, 1))[0][0]


def _lstm_hoisted(
    x: Array, w_ih: Array, w_hh: Array, b_ih: Array, b_hh: Array
) -> Array:
    """As above, with one product for all inputs before the loop."""
    inputs = jnp.swapaxes(x, 0, 1) @ w_ih.T + (b_ih + b_hh)  # (T, B, 4 H)
    transposed = w_hh.T

    def advance(state: tuple[Array, Array], gates: Array) -> tuple[Any, None]:
        return _lstm_advance(state, gates + state[0] @ transposed), None

    return lax.scan(advance, _lstm_start(x), inputs, unroll=2)[0][0]


PLAIN = Ops(_conv, _max_pool, _lstm)


def expert() -> Ops:
    """The operations that cellnet is built on; nothing else of cellnet."""
    from cellnet.graph import xla_options
    from cellnet.ops import lowering

    return Ops(lowering.conv, lowering.max_pool, _lstm_hoisted, xla_options.jit)


# A network takes its weights one after the other, and gives logits and moving averages.

Weights = Iterator[Array]
Logits = Callable[[Ops, Weights, Array, "Norms"], Array]


class Norms:
    """Batch normalizations, and their moving averages through one step."""

    def __init__(self, averages: list[Array] | None) -> None:
        self.before = iter(averages) if averages is not None else None
        self.after: list[Array] = []

    def __call__(self, w: Weights, x: Array) -> Array:
        gamma, beta = next(w), next(w)
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
        count = x.size // x.shape[1]
        unbiased = variance * (count / (count - 1))
        assert self.before is not None
        for value in (mean, unbiased):
            old = NORM_MOMENTUM * next(self.before)
            self.after.append(old + (1 - NORM_MOMENTUM) * lax.stop_gradient(value))
        scale = gamma * lax.rsqrt(variance + NORM_EPSILON)
        return x * scale[:, None, None] + (beta - mean * scale)[:, None, None]


def _dense(w: Weights, x: Array) -> Array:
    return x @ next(w).T + next(w)


def _lenet(ops: Ops, w: Weights, x: Array, biases: bool) -> Array:
    for _ in range(2):
        x = ops.conv(x, next(w))
        if biases:
            x = x + next(w)[:, None, None]
        x = ops.max_pool(jax.nn.relu(x), window=2, stride=2)
    x = x.reshape(len(x), -1)
    x = jax.nn.relu(_dense(w, x))
    return _dense(w, jax.nn.relu(_dense(w, x)))


def _mlp(ops: Ops, w: Weights, x: Array, norms: Norms) -> Array:
    del ops, norms
    x = jax.nn.relu(_dense(w, x))
    return _dense(w, jax.nn.relu(_dense(w, x)))


def _convolutions(ops: Ops, w: Weights, x: Array, norms: Norms) -> Array:
    del norms
    for _ in range(6):
        x = jax.nn.relu(ops.conv(x, next(w), padding=1) + next(w)[:, None, None])
    return _dense(w, x.mean((2, 3)))


def _resnet(blocks: int, ops: Ops, w: Weights, x: Array, norms: Norms) -> Array:
    x = jax.nn.relu(norms(w, ops.conv(x, next(w), padding=1)))
    for stage in range(4):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            y = ops.conv(x, next(w), stride=stride, padding=1)
            y = ops.conv(jax.nn.relu(norms(w, y)), next(w), padding=1)
            y = norms(w, y)
            if stride == 2:
                x = norms(w, ops.conv(x, next(w), stride=stride))
            x = jax.nn.relu(x + y)
    return _dense(w, x.mean((2, 3)))


def _recurrent(ops: Ops, w: Weights, x: Array, norms: Norms) -> Array:
    del norms
    last = ops.lstm(x, next(w), next(w), next(w), next(w))
    return _dense(w, last)


def _layer_norm(x: Array, gamma: Array, beta: Array) -> Array:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + NORM_EPSILON) * gamma + beta


def _attention(w: Weights, x: Array) -> Array:
    batch, time, width = x.shape
    joined = _dense(w, x).reshape(batch, time, 3, HEADS, width // HEADS)
    q, k, v = jnp.moveaxis(joined, (2, 3), (0, 2))  # (B, heads, T, width / heads)
    scores = q @ jnp.swapaxes(k, -1, -2) / math.sqrt(width // HEADS)
    mixed = jax.nn.softmax(scores) @ v
    return _dense(w, jnp.swapaxes(mixed, 1, 2).reshape(x.shape))


def _encoder(ops: Ops, w: Weights, x: Array, norms: Norms) -> Array:
    del ops, norms
    for _ in range(2):
        attended = x + _attention(w, x)
        inner, outer = (next(w), next(w)), (next(w), next(w))
        x = _layer_norm(attended, next(w), next(w))
        y = jax.nn.relu(x @ inner[0].T + inner[1]) @ outer[0].T + outer[1]
        x = _layer_norm(x + y, next(w), next(w))
    return _dense(w, x.mean(1))


NETWORKS: dict[str, Logits] = {
    "lenet5": lambda ops, w, x, norms: _lenet(ops, w, x, False),
    "mlp": _mlp,
    "convs": _convolutions,
    "convs-32x32": _convolutions,
    "garment": lambda ops, w, x, norms: _lenet(ops, w, x, True),
    **{name: partial(_resnet, blocks) for name, blocks in RESNET_BLOCKS.items()},
    "lstm": _recurrent,
    "transformer": _encoder,
}
