"""Metrics over the training batches: gathered on the device while steps run."""

from __future__ import annotations

from typing import Any

import jax

from cellnet.nn.cell import Cell
from cellnet.tensor import Tensor
from cellnet.train.gathering import GatheredState


class TrainingMetrics:
    """Watches the loss of a training step; what goes in and out updates the metrics.

    Nothing is computed twice: the outputs are those that the step trains on, each batch
    as the network was then, dropout and batch statistics included.  While it is open it
    is part of the step's program.

    Args:
        loss: the loss Cell of the step.
        metrics: name -> Metric; all must have a device form.

    Raises:
        ValueError: there is no loss Cell, no metric, or one without a device form.
    """

    def __init__(self, loss: Cell | None, metrics: dict[str, Any]) -> None:
        if loss is None or not metrics:
            raise ValueError(
                "Model.fit: train_metrics needs a Model with a loss_fn and metrics"
            )
        for name, metric in metrics.items():
            if not metric.gathers_on_device:
                raise ValueError(
                    f"Model.fit: train_metrics: {name!r} ({type(metric).__name__}) "
                    "cannot be gathered on the device; leave it out of the metrics"
                )
        self._loss = loss
        self._metrics = metrics
        self._states = {name: GatheredState(f"train_{name}") for name in metrics}

    def __enter__(self) -> TrainingMetrics:
        def take(cell: Cell, inputs: Any, output: Any) -> None:
            self._take(cell, inputs, output)

        # A function, which a program knows by identity; of a method it would look at
        # the object, and be made anew when an evaluation moves the metrics in it.
        self._handle = self._loss.register_forward_hook(take)
        return self

    def __exit__(self, *error: Any) -> None:
        self._handle.remove()

    def clear(self) -> None:
        """Begin again."""
        for state in self._states.values():
            state.clear()

    def results(self) -> dict[str, Any]:
        """The values, by names that begin with "train_"; waits for the device."""
        return {
            f"train_{name}": self._states[name].result(metric)
            for name, metric in self._metrics.items()
        }

    def _take(self, cell: Cell, inputs: Any, output: Any) -> None:
        if not cell.training:  # the evaluation's loss is the same Cell
            return
        outputs = [_without_gradient(value) for value in (output, *inputs)]
        for name, metric in self._metrics.items():
            self._states[name].take(metric, None, outputs)


def _without_gradient(value: Any) -> Any:
    if not isinstance(value, Tensor):
        return value
    return Tensor._wrap(jax.lax.stop_gradient(value._value))
