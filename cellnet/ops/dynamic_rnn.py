"""DynamicRNN: an LSTM that shows its gates."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cellnet._checks import check_bool, check_choice, check_int, check_number
from cellnet.ops._arrays import array
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive


@op
def _dynamic_rnn(
    x: Any,
    w: Any,
    b: Any,
    seq_length: Any,
    init_h: Any,
    init_c: Any,
    *,
    cell_clip: float,
    forget_bias: float,
    **fixed: Any,
) -> tuple[Any, ...]:
    """Long short-term memory over (T, N, I), gates and all (mindspore.ops.DynamicRNN).

    i, j, f, o = split((x, h) w + b, 4); c = sigmoid(f + forget_bias) c + sigmoid(i)
    tanh(j); h = sigmoid(o) tanh(c).

    Args:
        x: float Tensor (T, N, I).
        w: (I + H, 4 H), columns in the order i, j, f, o.  b: (4 H,).
        seq_length: None.
        init_h, init_c: first states (1, N, H).
        cell_clip: c is kept in [-cell_clip, cell_clip] where this is above 0.
        forget_bias: added to f.
        fixed: settings of one value, which the Primitive sees to.

    Returns:
        (y, h, c, i, j, f, o, tanh(c)), each (T, N, H) of b's dtype; y is h, and i, j,
        f and o are as they come out of their sigmoid or tanh.

    References: Hochreiter and Schmidhuber, Neural Computation 1997.
    """
    del fixed
    owner = "DynamicRNN"
    if seq_length is not None:
        raise ValueError(f"{owner}: seq_length must be None, all rows are T long")
    x, w, b = array(owner, x), array(owner, w), array(owner, b)
    hidden = b.size // 4
    expected = {"x": 3, "w": (x.shape[-1] + hidden, 4 * hidden), "b": (4 * hidden,)}
    state = (1, x.shape[1] if x.ndim == 3 else -1, hidden)
    got = (x.ndim, w.shape, b.shape, init_h.shape, init_c.shape)
    if got != (*expected.values(), state, state):
        raise ValueError(
            f"{owner}: got x {x.shape}, w {w.shape}, b {b.shape}, init_h "
            f"{init_h.shape} and init_c {init_c.shape}; expected (T, N, I), "
            "(I + H, 4 H), (4 H,), (1, N, H) and (1, N, H)"
        )
    wide = jnp.promote_types(b.dtype, jnp.float32)
    of_x, of_h = jnp.split(w.astype(wide), [x.shape[-1]])

    def step(state: Any, now: Any) -> Any:
        h, c = state
        i, j, f, o = jnp.split(now + h @ of_h, 4, -1)
        i, f, o = map(jax.nn.sigmoid, (i, f + forget_bias, o))
        j = jnp.tanh(j)
        c = f * c + i * j
        if cell_clip > 0:
            c = jnp.clip(c, -cell_clip, cell_clip)
        tanh_c = jnp.tanh(c)
        h = o * tanh_c
        return (h, c), (h, h, c, i, j, f, o, tanh_c)

    first = (init_h[0].astype(wide), init_c[0].astype(wide))
    _, outputs = jax.lax.scan(step, first, x.astype(wide) @ of_x + b.astype(wide))
    return tuple(y.astype(b.dtype) for y in outputs)


def _check(**settings: Any) -> None:
    owner = "DynamicRNN"
    for name in ("cell_clip", "forget_bias", "keep_prob"):
        check_number(owner, name, settings[name])
    for name in ("use_peephole", "time_major", "is_training"):
        check_bool(owner, name, settings[name])
    for name in ("cell_depth", "num_proj"):
        check_int(owner, name, settings[name])
    # the only values that MindSpore's kernel takes, too
    only = {
        "cell_type": "LSTM",
        "direction": "UNIDIRECTIONAL",
        "activation": "tanh",
        "cell_depth": 1,
        "keep_prob": 1.0,
        "num_proj": 0,
        "time_major": True,
        "use_peephole": False,
    }
    for name, value in only.items():
        check_choice(owner, name, settings[name], (value,))


DynamicRNN = primitive(
    "DynamicRNN",
    _dynamic_rnn,
    check=_check,
    cell_type="LSTM",
    direction="UNIDIRECTIONAL",
    cell_depth=1,
    use_peephole=False,
    keep_prob=1.0,
    cell_clip=-1.0,
    num_proj=0,
    time_major=True,
    activation="tanh",
    forget_bias=0.0,
    is_training=True,
)
