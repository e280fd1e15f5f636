"""Shared by the tests here: small data, a loss, and training by cellnet."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax

from cellnet.nn.cell import Cell
from cellnet.nn.optim import OptaxOptimizer
from cellnet.nn.wrap import TrainOneStepCell, WithLossCell
from cellnet.ops._op import op
from cellnet.tensor import Tensor


def cross_entropy(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def batches(num_batches, shape=(8, 6, 6, 1), num_classes=3):
    generator = np.random.default_rng(0)
    return [
        (
            generator.normal(size=shape).astype(np.float32),
            generator.integers(0, num_classes, shape[0]).astype(np.int32),
        )
        for _ in range(num_batches)
    ]


def train(cell: Cell, tx: optax.GradientTransformation, data) -> list[float]:
    """Losses of one pass of cellnet's training step over ``data``."""
    network = WithLossCell(cell, op(cross_entropy))
    step = TrainOneStepCell(network, OptaxOptimizer(cell.trainable_params(), tx))
    step.set_train()
    return [float(step(Tensor(x), Tensor(y))) for x, y in data]


def numbers(leaf):
    """A leaf of flax state as NumPy, random keys by their data."""
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return np.asarray(leaf)


def assert_trees_close(actual, expected):
    assert jax.tree.structure(actual) == jax.tree.structure(expected)
    pairs = zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True)
    for a, b in pairs:
        np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-5, atol=1e-5)
