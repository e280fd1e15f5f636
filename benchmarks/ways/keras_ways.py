"""Keras 3 on JAX: ``fit`` with ``steps_per_execution``."""

from __future__ import annotations

import os
from collections.abc import Callable

import jax
import numpy as np
from nets import BETA1, BETA2, EPSILON, MOMENTUM, Net

os.environ["KERAS_BACKEND"] = "jax"  # read when Keras is imported

import keras  # noqa: E402

from ways import Run
from ways.keras_nets import network  # noqa: E402

MOST_STEPS_PER_EXECUTION = 100


class Session:
    """One network in training."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.model = network(net)
        if net.adam:
            self.optimizer = keras.optimizers.Adam(net.rate, BETA1, BETA2, EPSILON)
        else:
            self.optimizer = keras.optimizers.SGD(net.rate, MOMENTUM)

    def prepare(self, x: np.ndarray, y: np.ndarray) -> Run:
        """The data as steps to make; only the mean of the losses can be read."""
        steps = len(x) // self.net.batch
        self.model.compile(
            self.optimizer,
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            steps_per_execution=min(steps, MOST_STEPS_PER_EXECUTION),
        )
        if x.ndim == 4:
            x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))

        def run() -> Callable[[], np.ndarray]:
            fitted = self.model.fit(
                x, y, batch_size=self.net.batch, verbose=0, shuffle=False
            )
            return lambda: np.array(fitted.history["loss"])

        return run


def start(net: Net, how: str, device: str) -> Session:
    """Keras on JAX."""
    del how
    jax.config.update("jax_platforms", {"cpu": "cpu", "gpu": "cuda"}[device])
    return Session(net)
