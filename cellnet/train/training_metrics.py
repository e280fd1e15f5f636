"""Metrics over the training batches: gathered on the device while steps run."""

from __future__ import annotations

from typing import Any

import jax

from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor
from cellnet.train.evaluation import _arguments


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
            if not hasattr(metric, "accumulate"):
                raise ValueError(
                    f"Model.fit: train_metrics: {name!r} ({type(metric).__name__}) "
                    "cannot be gathered on the device; leave it out of the metrics"
                )
        self._loss = loss
        self._metrics = metrics
        self._states = {name: _State(name, metric) for name, metric in metrics.items()}

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
        return {f"train_{name}": s.result() for name, s in self._states.items()}

    def _take(self, cell: Cell, inputs: Any, output: Any) -> None:
        if not cell.training:  # the evaluation's loss is the same Cell
            return
        outputs = (output, *inputs)
        for name, metric in self._metrics.items():
            arrays = [
                jax.lax.stop_gradient(value._value)
                for value in _arguments(metric, None, outputs)
            ]
            self._states[name].take(arrays)


class _State:
    """A metric's state in Parameters, which no checkpoint has."""

    def __init__(self, name: str, metric: Any) -> None:
        self._metric = metric
        leaves, self._tree = jax.tree.flatten(metric.initial())
        self._kept = [
            Parameter(Tensor._wrap(leaf), name=f"train_{name}.{i}", requires_grad=False)
            for i, leaf in enumerate(leaves)
        ]

    def take(self, arrays: list[Any]) -> None:
        state = jax.tree.unflatten(self._tree, [p._value for p in self._kept])
        leaves = jax.tree.leaves(self._metric.accumulate(state, *arrays))
        for parameter, value in zip(self._kept, leaves, strict=True):
            parameter._value = value

    def clear(self) -> None:
        initial = jax.tree.leaves(self._metric.initial())
        for parameter, leaf in zip(self._kept, initial, strict=True):
            parameter.set_data(Tensor._wrap(leaf))

    def result(self) -> Any:
        values = [p._data for p in self._kept]
        return self._metric.result(jax.tree.unflatten(self._tree, values))
