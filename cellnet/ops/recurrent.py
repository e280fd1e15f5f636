"""LSTM over sequences, with all weights in one Tensor."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_bool, check_int, check_probability
from cellnet.ops._arrays import array
from cellnet.ops._op import op
from cellnet.ops.dropping import dropout
from cellnet.ops.primitive import REQUIRED, primitive


def _one_way(x: Any, h: Any, c: Any, w: Any, r: Any, bias: Any, reverse: bool) -> Any:
    """(outputs (T, N, H), last h, last c) of one direction of one layer."""

    def step(state: Any, now: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(now + h @ r.T, 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    (h, c), outputs = jax.lax.scan(step, (h, c), x @ w.T + bias, reverse=reverse)
    return outputs, h, c


class _Weights:
    """Matrices taken one after the other from the flat weights."""

    def __init__(self, flat: Any) -> None:
        self._flat = flat.reshape(-1)
        self._next = 0

    def take(self, *shape: int) -> Any:
        size = 1
        for n in shape:
            size *= n
        part = self._flat[self._next : self._next + size]
        self._next += size
        if part.size != size:
            raise ValueError(
                f"LSTM: w has {self._flat.size} elements, expected more for these sizes"
            )
        return part.reshape(shape)


@op
def _lstm(
    x: Any,
    h: Any,
    c: Any,
    w: Any,
    input_size: int,
    hidden_size: int,
    num_layers: int,
    has_bias: bool,
    bidirectional: bool,
    dropout_prob: float,
    proj_size: int,
) -> Any:
    """Long short-term memory over (T, N, input_size) (mindspore.ops.LSTM).

    Args:
        x: float Tensor (T, N, input_size).
        h, c: first states (layers * directions, N, hidden_size).
        w: all weights: for each layer the input matrices (4 H, I) of its directions,
            their hidden matrices (4 H, H), their biases (4 H,) and as many numbers
            again without effect; gates in the order input, forget, cell, output.

    Returns:
        (outputs (T, N, directions * H), last h, last c, zeros, zeros).

    References: Hochreiter and Schmidhuber, Neural Computation 1997.
    """
    x, h, c = array("LSTM", x), array("LSTM", h), array("LSTM", c)
    if proj_size:
        raise ValueError(f"LSTM: proj_size must be 0, got {proj_size}")
    if x.ndim != 3 or x.shape[2] != input_size:
        raise ValueError(f"LSTM: expected (T, N, {input_size}), got {x.shape}")
    ways = 2 if bidirectional else 1
    state = (num_layers * ways, x.shape[1], hidden_size)
    if h.shape != state or c.shape != state:
        raise ValueError(f"LSTM: h and c must be {state}, got {h.shape} and {c.shape}")
    weights, size = _Weights(array("LSTM", w)), input_size
    last_h, last_c = [], []
    for layer in range(num_layers):
        of_input = [weights.take(4 * hidden_size, size) for _ in range(ways)]
        of_hidden = [weights.take(4 * hidden_size, hidden_size) for _ in range(ways)]
        # the second biases are there for other devices' sake; CPUs pass over them
        biases = weights.take(2, ways, 4 * hidden_size)[0] if has_bias else [0.0] * ways
        if layer and dropout_prob:
            x = dropout.on_arrays(x, dropout_prob)
        outputs = []
        for way in range(ways):
            k = layer * ways + way
            y, h_n, c_n = _one_way(
                x, h[k], c[k], of_input[way], of_hidden[way], biases[way], way == 1
            )
            outputs.append(y)
            last_h.append(h_n)
            last_c.append(c_n)
        x, size = jnp.concatenate(outputs, -1), ways * hidden_size
    reserved = jnp.zeros((1, 1), x.dtype)
    return x, jnp.stack(last_h), jnp.stack(last_c), reserved, reserved


def _called(*inputs: Any, dropout: float, **settings: Any) -> Any:
    return _lstm(*inputs, dropout_prob=dropout, **settings)


_called.__name__, _called.__doc__ = "LSTM", _lstm.__doc__


def _check_lstm(
    input_size: Any,
    hidden_size: Any,
    num_layers: Any,
    has_bias: Any,
    bidirectional: Any,
    dropout: Any,
    proj_size: Any,
) -> None:
    check_int("LSTM", "input_size", input_size, minimum=1)
    check_int("LSTM", "hidden_size", hidden_size, minimum=1)
    check_int("LSTM", "num_layers", num_layers, minimum=1)
    check_bool("LSTM", "has_bias", has_bias)
    check_bool("LSTM", "bidirectional", bidirectional)
    check_probability("LSTM", "dropout", dropout)
    check_int("LSTM", "proj_size", proj_size, minimum=0, maximum=hidden_size - 1)


LSTM = primitive(
    "LSTM",
    _called,
    check=_check_lstm,
    input_size=REQUIRED,
    hidden_size=REQUIRED,
    num_layers=REQUIRED,
    has_bias=REQUIRED,
    bidirectional=REQUIRED,
    dropout=REQUIRED,
    proj_size=0,
)
