"""One time step of each recurrent cell, and its derivative, on raw arrays.

A step has two halves: a matrix product with the hidden state, which the caller makes,
and what is here, which is elementwise. Its derivative is therefore a handful of
factors per element; all of them are computed at once when the forward pass is over, so
that the backward pass through time is one product and a few multiplications a step.

Shapes: T steps, B samples, H hidden features, G = gates * H. What is said of (B, H)
holds for (T, B, H) too, but for ``step`` and ``advance``.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.graph.guards import Watched

Array = Any
# (h,), or (h, c) of an LSTM; each (B, H)
State = tuple[Array, ...]


class Step(Watched):
    """What a recurrent cell computes from x = W_ih x_t + b and the state."""

    gates: int
    """How many blocks of H rows the weights have."""
    states: int = 1
    """How many arrays the state has."""
    bias_with_hidden: bool = False
    """Whether b_hh must stay with W_hh h, since a gate multiplies their sum."""

    def split(self, x: Array) -> Any:
        """x (B, G) in the form that ``step`` reads fastest inside a loop."""
        return x

    def step(self, x: Any, q: Array, state: State) -> tuple[State, Any]:
        """The next state from x, q = W_hh h (+ b_hh) and the state; what to keep."""
        raise NotImplementedError

    def factors(self, kept: Any, before: State, after: State) -> Any:
        """What the derivative needs of a step, given what ``step`` kept."""
        raise NotImplementedError

    def inject(self, factors: Any, dx: Any, dq: Array) -> State:
        """The tangent of the state that comes from x and q."""
        raise NotImplementedError

    def advance(self, factors: Any, dq: Array, dstate: State, injected: State) -> State:
        """The next tangent: ``injected``, plus what comes from q and the state."""
        raise NotImplementedError


class RNNStep(Step):
    """h' = tanh(x + q), or max(x + q, 0)."""

    gates = 1

    def __init__(self, nonlinearity: str) -> None:
        self.nonlinearity = nonlinearity

    def step(self, x: Array, q: Array, state: State) -> tuple[State, None]:
        del state
        activate = jnp.tanh if self.nonlinearity == "tanh" else jax.nn.relu
        return (activate(x + q),), None

    def factors(self, kept: None, before: State, after: State) -> Array:
        del kept, before
        (h,) = after
        return 1 - h * h if self.nonlinearity == "tanh" else (h > 0).astype(h.dtype)

    def inject(self, factors: Array, dx: Array, dq: Array) -> State:
        return (factors * (dx + dq),)

    def advance(
        self, factors: Array, dq: Array, dstate: State, injected: State
    ) -> State:
        del dstate
        return (injected[0] + factors * dq,)


class GRUStep(Step):
    """r, z = sigmoid(x + q), n = tanh(x + r q), h' = (1 - z) n + z h."""

    gates = 3
    bias_with_hidden = True

    def split(self, x: Array) -> tuple[Array, ...]:
        # XLA:CPU vectorizes no loop over a part of a row that it reads at a dynamic
        # index; an array for each gate makes the forward pass twice as fast
        return tuple(jnp.split(x, 3, -1))

    def step(self, x: Any, q: Array, state: State) -> tuple[State, Any]:
        (h,) = state
        q_r, q_z, q_n = jnp.split(q, 3, -1)
        r = jax.nn.sigmoid(x[0] + q_r)
        z = jax.nn.sigmoid(x[1] + q_z)
        n = jnp.tanh(x[2] + r * q_n)
        return (n + z * (h - n),), (r, z, n, q_n)

    def factors(self, kept: Any, before: State, after: State) -> Any:
        del after
        (h,), (r, z, n, q_n) = before, kept
        by_n = (1 - z) * (1 - n * n)
        return by_n * q_n * r * (1 - r), (h - n) * z * (1 - z), by_n, by_n * r, z

    def inject(self, factors: Any, dx: Any, dq: Array) -> State:
        by_r, by_z, by_n, by_q, _ = factors
        q_r, q_z, q_n = jnp.split(dq, 3, -1)
        gated = by_r * (dx[0] + q_r) + by_z * (dx[1] + q_z)
        return (gated + by_n * dx[2] + by_q * q_n,)

    def advance(self, factors: Any, dq: Array, dstate: State, injected: State) -> State:
        by_r, by_z, _, by_q, z = factors
        q_r, q_z, q_n = jnp.split(dq, 3, -1)
        return (injected[0] + by_r * q_r + by_z * q_z + by_q * q_n + z * dstate[0],)


class LSTMStep(Step):
    """i, f, o = sigmoid(x + q), g = tanh(x + q), c' = f c + i g, h' = o tanh(c')."""

    gates = 4
    states = 2

    def step(self, x: Array, q: Array, state: State) -> tuple[State, Array]:
        _, c = state
        # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2: so the gates are one pass over whole
        # rows, which XLA:CPU vectorizes inside a loop; it does not for parts of rows
        k = _slopes(x)
        y = k * jnp.tanh(k * (x + q)) + (1 - k)
        i, f, g, o = jnp.split(y, 4, -1)
        c = f * c + i * g
        return (o * jnp.tanh(c), c), y

    def factors(self, kept: Array, before: State, after: State) -> Any:
        i, f, g, o = jnp.split(kept, 4, -1)
        tanh_c = jnp.tanh(after[1])
        # y (1 - y) of a sigmoid, (1 + y) (1 - y) of a tanh
        slopes = (1 - kept) * (kept + (2 * _slopes(kept) - 1))
        by_gates = jnp.concatenate([g, before[1], i, tanh_c], -1) * slopes
        return by_gates, f, o * (1 - tanh_c * tanh_c)

    def inject(self, factors: Any, dx: Array, dq: Array) -> State:
        i, f, g, o = jnp.split(factors[0] * (dx + dq), 4, -1)
        return o, i + f + g

    def advance(self, factors: Any, dq: Array, dstate: State, injected: State) -> State:
        by_gates, forget, by_c = factors
        i, f, g, o = jnp.split(by_gates * dq, 4, -1)
        dc = injected[1] + forget * dstate[1] + (i + f + g)
        return injected[0] + o + by_c * dc, dc


def _slopes(gates: Array) -> Array:
    """1/2 for the columns of sigmoid gates, 1 for those of the tanh gate."""
    hidden = gates.shape[-1] // 4
    return jnp.asarray(np.repeat([0.5, 0.5, 1.0, 0.5], hidden), gates.dtype)


TANH = RNNStep("tanh")
RELU = RNNStep("relu")
GRU = GRUStep()
LSTM = LSTMStep()
