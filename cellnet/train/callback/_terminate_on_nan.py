"""TerminateOnNaN: ends a training that has lost its numbers, and says where."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.random import key_parameter
from cellnet.sink.executor import ChunkInputs
from cellnet.train.callback._callback import Callback
from cellnet.train.callback._loss import first_output
from cellnet.train.callback._nan_report import Finding, NonFiniteError, find
from cellnet.train.callback._run_context import RunContext


class TerminateOnNaN(Callback):
    """Ends the training when the loss or a Parameter is nan or infinite.

    Sunk or not.  The steps since the last look are made again one by one, from a copy
    of the state that they began with, and the one at fault operation by operation: the
    error names the step, the layer, the Parameters and the batch, and the last
    checkpoint.  Network and optimizer are then as they were before that step.

    A look costs one copy of the state and one wait for the device, for each chunk of
    steps when sinking, else for each step.

    Raises:
        NonFiniteError: in the training; a RuntimeError with the findings as attributes.

    Example:
        model.train(10, data, callbacks=TerminateOnNaN(), dataset_sink_mode=True)

    Source: keras.callbacks.TerminateOnNaN, which only stops.
    """

    def __init__(self) -> None:
        super().__init__()
        self._params: Any = None
        self._kept: list[tuple[Any, Any]] = []
        self._steps = 0  # made before the present chunk, since the training began

    def on_train_begin(self, run_context: RunContext) -> None:
        """Count the steps from here."""
        self._params = run_context.original_args()
        self._steps = self._params.get("cur_step_num", 0)

    def __exit__(self, *error: Any) -> None:
        self._params, self._kept = None, []

    def before_chunk(self) -> None:
        """Keep the state that the next steps begin with."""
        parameters = [*self._params.train_network.get_parameters(), key_parameter()]
        self._kept = list(zip(parameters, _copies(_values(parameters)), strict=True))

    def after_chunk(self, inputs: ChunkInputs, losses: Any) -> None:
        """Look at what the steps gave; waits for the device.

        Args:
            inputs: gives the inputs of each step.
            losses: of each step, shape (steps, ...); None if they are not kept.

        Raises:
            NonFiniteError: it is not finite.
        """
        begin, self._steps = self._steps, self._steps + inputs.steps
        parameters = [parameter for parameter, _ in self._kept]
        looked_at = [losses, _values(parameters)]
        if bool(_all_finite(looked_at)):
            return
        network = self._params.train_network
        finding = self._replay(network, inputs) or Finding(_first_bad(losses))
        step = begin + finding.index + 1
        raise NonFiniteError(finding, step, self._params)

    def _replay(self, network: Any, inputs: ChunkInputs) -> Finding | None:
        """Find the first step that does it; the state is then that before this step."""
        self._put_back()
        for index, batch in enumerate(inputs):
            self.before_chunk()
            outputs = network(*batch)
            looked_at = [
                _array(first_output(outputs)),
                _values(p for p, _ in self._kept),
            ]
            if not bool(_all_finite(looked_at)):
                after = [(p.name, np.asarray(p._data)) for p, _ in self._kept]
                self._put_back()
                try:
                    return find(network, index, batch, after)
                finally:
                    self._put_back()
        return None

    def _put_back(self) -> None:
        for parameter, value in self._kept:
            parameter._data = jnp.array(value, copy=True)


def _values(parameters: Any) -> list[Any]:
    return [parameter._data for parameter in parameters]


def _array(value: Any) -> Any:
    return getattr(value, "_value", value)


@jax.jit
def _copies(arrays: list[Any]) -> list[Any]:
    return [jnp.copy(array) for array in arrays]


@jax.jit
def _all_finite(tree: Any) -> Any:
    return jnp.stack(
        [
            jnp.isfinite(array).all()
            for array in map(jnp.asarray, jax.tree.leaves(tree))
            if jnp.issubdtype(array.dtype, jnp.inexact)
        ]
    ).all()


def _first_bad(losses: Any) -> int:
    """The first step whose loss is not finite; the last one if all are."""
    if losses is None:
        return 0
    array = np.asarray(losses)
    bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    return int(bad.argmax()) if bad.any() else len(array) - 1
