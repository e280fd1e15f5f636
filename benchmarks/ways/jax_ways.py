"""Bare JAX: one jitted call a step, or a scan over the steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from nets import BETA1, BETA2, EPSILON, MOMENTUM, RESNET_BLOCKS, Net

from ways import Run
from ways.jax_nets import NETWORKS, PLAIN, Norms, Ops, expert


class State(NamedTuple):
    """What a step changes."""

    weights: list[jax.Array]
    mu: list[jax.Array]
    nu: list[jax.Array]  # of Adam
    averages: list[jax.Array]  # of batch normalizations
    count: jax.Array


def first_state(net: Net) -> State:
    """Before the first step."""

    def zeros() -> list[jax.Array]:
        return [jnp.zeros(s, jnp.float32) for s in net.weights]

    averages = []
    if net.name in RESNET_BLOCKS:
        for index in sorted(net.gains):
            shape = net.weights[index]
            averages += [jnp.zeros(shape), jnp.ones(shape)]
    weights = [jnp.asarray(w) for w in net.first_weights()]
    nu = zeros() if net.adam else []
    return State(weights, zeros(), nu, averages, jnp.zeros((), jnp.int32))


def training_step(net: Net, ops: Ops) -> Callable[..., tuple[State, jax.Array]]:
    """(state, (x, labels)) -> (state, loss)."""
    logits_of = NETWORKS[net.name]

    def loss_fn(weights: Any, averages: Any, x: Any, labels: Any) -> Any:
        norms = Norms(averages)
        scores = jax.nn.log_softmax(logits_of(ops, iter(weights), x, norms))
        picked = jnp.take_along_axis(scores, labels[:, None], 1)
        return -picked.mean(), norms.after

    def step(state: State, batch: tuple[jax.Array, jax.Array]) -> Any:
        grad_fn = jax.value_and_grad(loss_fn, has_aux=True)
        (loss, averages), grads = grad_fn(state.weights, state.averages, *batch)
        update = _adam if net.adam else _momentum
        return update(state, grads, net.rate)._replace(averages=averages), loss

    return step


def _momentum(state: State, grads: list[jax.Array], rate: float) -> State:
    mu = [MOMENTUM * m + g for m, g in zip(state.mu, grads, strict=True)]
    weights = [w - rate * m for w, m in zip(state.weights, mu, strict=True)]
    return state._replace(weights=weights, mu=mu)


def _adam(state: State, grads: list[jax.Array], rate: float) -> State:
    count = state.count + 1
    mu = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, state.mu, grads)
    nu = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, state.nu, grads)
    rate = rate * jnp.sqrt(1 - BETA2**count) / (1 - BETA1**count)
    weights = jax.tree.map(
        lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), state.weights, mu, nu
    )
    return state._replace(weights=weights, mu=mu, nu=nu, count=count)


class Stepwise:
    """One call a step, on batches that are on the device."""

    def __init__(self, net: Net, ops: Ops) -> None:
        self.net = net
        self.state = first_state(net)
        self.step = ops.jit(training_step(net, ops), donate_argnums=0)

    def batches(self, x: np.ndarray, y: np.ndarray) -> list[tuple[jax.Array, ...]]:
        """The data in batches, on the device."""
        size = self.net.batch
        return [
            (jnp.asarray(x[i : i + size]), jnp.asarray(y[i : i + size]))
            for i in range(0, len(x), size)
        ]

    def prepare(self, x: np.ndarray, y: np.ndarray) -> Run:
        """The data as steps to make."""
        batches = self.batches(x, y)

        def run() -> Callable[[], np.ndarray]:
            state, losses = self.state, []
            for batch in batches:
                state, loss = self.step(state, batch)
                losses.append(loss)
            self.state = jax.block_until_ready(state)
            return lambda: np.array(jax.device_get(losses))

        return run


class Scan:
    """One call for all steps; the order of the rows is an input, as if shuffled."""

    def __init__(self, net: Net, ops: Ops) -> None:
        self.net = net
        self.state = first_state(net)
        step = training_step(net, ops)

        def run_all(state: State, x: Any, y: Any, order: Any) -> Any:
            return jax.lax.scan(lambda s, i: step(s, (x[i], y[i])), state, order)

        self.run_all = ops.jit(run_all, donate_argnums=0)

    def prepare(self, x: np.ndarray, y: np.ndarray) -> Run:
        """The data as steps to make."""
        order = jnp.arange(len(x), dtype=jnp.int32).reshape(-1, self.net.batch)
        fed = jnp.asarray(x), jnp.asarray(y), order

        def run() -> Callable[[], np.ndarray]:
            self.state, losses = self.run_all(self.state, *fed)
            jax.block_until_ready(losses)
            return lambda: np.asarray(losses)

        return run


def start(net: Net, how: str, device: str) -> Stepwise | Scan:
    """Bare JAX with the network's first weights.

    Args:
        how: "stepwise" or "scan", with "expert-" before it for the other operations.
        device: "cpu" or "gpu".
    """
    jax.config.update("jax_platforms", {"cpu": "cpu", "gpu": "cuda"}[device])
    ops = expert() if how.startswith("expert-") else PLAIN
    kind = {"stepwise": Stepwise, "scan": Scan}[how.removeprefix("expert-")]
    return kind(net, ops)
