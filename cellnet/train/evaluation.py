"""Evaluating metrics: batch by batch on the host, or in one loop on the device."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import jax

from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.sink import Executor
from cellnet.tensor import Tensor
from cellnet.train.callback import CallbackList, RunContext
from cellnet.train.metrics._metric import chosen


def evaluate_batches(
    network: Cell,
    metrics: dict[str, Any],
    indexes: list[int] | None,
    source: Any,
    context: RunContext,
    callbacks: CallbackList,
) -> dict[str, Any]:
    """Run the network on every batch and update the metrics with what it gives.

    Args:
        network: gives (loss, outputs, label), or what the metrics take.
        metrics: name -> Metric.
        indexes: positions of (loss, outputs, label).
        source: the data.
        context, callbacks: for the callbacks of evaluation.
    """
    params = context.original_args()
    params.cur_step_num = 0
    executor = Executor(
        network.compile_cache, source, iter([source.size]), sink=False, announce=False
    )

    def before(steps: int | None) -> None:
        params.cur_step_num += steps or 0
        callbacks.on_eval_step_begin(context)

    with closing(executor):
        for sink in executor.sinks(before):
            params.net_outputs = sink.outputs
            callbacks.on_eval_step_end(context)
            _update(metrics, indexes, sink.outputs)
            if context.get_stop_requested():
                break
    return {name: metric.eval() for name, metric in metrics.items()}


def _update(metrics: dict[str, Any], indexes: list[int] | None, outputs: Any) -> None:
    loss_and_outputs = outputs if isinstance(outputs, tuple | list) else (outputs,)
    for metric in metrics.values():
        metric.update(*_arguments(metric, indexes, loss_and_outputs))


def _arguments(metric: Any, indexes: list[int] | None, outputs: Any) -> tuple:
    """What of (loss, outputs, label) a metric takes."""
    if getattr(metric, "indexes", None) is not None:
        return tuple(outputs)  # the metric picks for itself: Metric.set_indexes
    order = indexes or [0, 1, 2]
    if getattr(metric, "takes_loss", False):
        return (outputs[order[0]],)
    if indexes is None and len(outputs) != 3:
        return tuple(outputs)
    return tuple(outputs[i] for i in order[1:])


class SunkEvaluation:
    """Metrics accumulated on the device, in the loop that runs the network.

    Args:
        network: gives (loss, outputs, label).
        metrics: name -> Metric; all must have a device form.
        indexes: positions of (loss, outputs, label).
    """

    def __init__(
        self, network: Cell, metrics: dict[str, Any], indexes: list[int] | None
    ) -> None:
        self._step = _EvalStep(network, metrics, indexes)
        self._metrics = metrics

    @staticmethod
    def serves(metrics: dict[str, Any]) -> bool:
        """Whether every metric can be accumulated on the device."""
        return all(hasattr(m, "accumulate") for m in metrics.values())

    def run(
        self, source: Any, context: RunContext, callbacks: CallbackList
    ) -> dict[str, Any]:
        """Evaluate one pass over the data."""
        self._step.clear()
        callbacks.on_eval_step_begin(context)
        executor = Executor(
            self._step.compile_cache, source, iter([source.size]), announce=False
        )
        with closing(executor):
            result = executor.run()
        params = context.original_args()
        params.cur_step_num = result.steps
        params.net_outputs = result.outputs
        callbacks.on_eval_step_end(context)
        return self._step.results()


class _EvalStep(Cell):
    """Evaluates a batch and keeps the metrics' states in Parameters."""

    def __init__(
        self, network: Cell, metrics: dict[str, Any], indexes: list[int] | None
    ) -> None:
        super().__init__(auto_prefix=False)
        self._network = network
        self._metrics = tuple(metrics.items())
        self._indexes = None if indexes is None else tuple(indexes)
        self._states = []
        for name, metric in self._metrics:
            leaves, tree = jax.tree.flatten(metric.initial())
            kept = tuple(
                Parameter(Tensor._wrap(leaf), name=f"{name}.{i}", requires_grad=False)
                for i, leaf in enumerate(leaves)
            )
            self._states.append((kept, tree))
        self._states = tuple(self._states)

    def construct(self, *inputs: Any) -> Any:
        outputs = self._network(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        for (_, metric), (kept, tree) in zip(self._metrics, self._states, strict=True):
            state = jax.tree.unflatten(tree, [p._value for p in kept])
            # on the host ``update`` chooses for itself
            taken = chosen(metric, _arguments(metric, self._indexes, outputs))
            arrays = [a._value if isinstance(a, Tensor) else a for a in taken]
            leaves = jax.tree.leaves(metric.accumulate(state, *arrays))
            for parameter, value in zip(kept, leaves, strict=True):
                parameter._value = value
        return outputs[0]

    def clear(self) -> None:
        """Begin again."""
        for (_, metric), (kept, _) in zip(self._metrics, self._states, strict=True):
            for parameter, leaf in zip(
                kept, jax.tree.leaves(metric.initial()), strict=True
            ):
                parameter.set_data(Tensor._wrap(leaf))

    def results(self) -> dict[str, Any]:
        """Metric name -> value; waits for the device."""
        found = {}
        for (name, metric), (kept, tree) in zip(
            self._metrics, self._states, strict=True
        ):
            state = jax.tree.unflatten(tree, [p._data for p in kept])
            found[name] = metric.result(state)
        return found
