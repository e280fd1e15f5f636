"""Evaluating metrics: batch by batch on the host, or in one loop on the device."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import jax

from cellnet.nn.cell import Cell
from cellnet.parameter import Parameter
from cellnet.sink import Executor
from cellnet.tensor import Tensor
from cellnet.train.callback import CallbackList, RunContext
from cellnet.train.metrics._metric import chosen


class Evaluation:
    """A network's metrics over data, by the callbacks' hooks of evaluation.

    Args:
        network: gives (loss, outputs, label), or what the metrics take.
        metrics: name -> Metric.
        indexes: positions of (loss, outputs, label).
    """

    def __init__(
        self, network: Cell, metrics: dict[str, Any], indexes: list[int] | None
    ) -> None:
        self._network = network
        self._metrics = metrics
        self._indexes = indexes
        self._sunk: _SunkEvaluation | None = None

    def run(
        self, source: Any, context: RunContext, callbacks: CallbackList, *, sink: bool
    ) -> dict[str, Any]:
        """One pass; metric name -> value.

        Args:
            source: the data.
            context: of the evaluation; its params get the results.
            callbacks: told of begin, steps and end.
            sink: gather the metrics on the device, where all of them can be.
        """
        for metric in self._metrics.values():
            metric.clear()
        callbacks.on_eval_begin(context)
        callbacks.on_eval_epoch_begin(context)
        if sink and all(hasattr(m, "accumulate") for m in self._metrics.values()):
            if self._sunk is None:
                self._sunk = _SunkEvaluation(
                    self._network, self._metrics, self._indexes
                )
            values = self._sunk.run(source, context, callbacks)
        else:
            values = self._by_batch(source, context, callbacks)
        context.original_args().metrics = values
        callbacks.on_eval_epoch_end(context)
        callbacks.on_eval_end(context)
        return values

    def _by_batch(
        self, source: Any, context: RunContext, callbacks: CallbackList
    ) -> dict[str, Any]:
        params = context.original_args()
        params.cur_step_num = 0
        executor = Executor(
            self._network.compile_cache,
            source,
            iter([source.size]),
            sink=False,
            announce=False,
        )

        def before(steps: int | None) -> None:
            params.cur_step_num += steps or 0
            callbacks.on_eval_step_begin(context)

        with closing(executor):
            for sink in executor.sinks(before):
                params.net_outputs = sink.outputs
                callbacks.on_eval_step_end(context)
                _update(self._metrics, self._indexes, sink.outputs)
                if context.get_stop_requested():
                    break
        return {name: metric.eval() for name, metric in self._metrics.items()}


def _update(metrics: dict[str, Any], indexes: list[int] | None, outputs: Any) -> None:
    loss_and_outputs = outputs if isinstance(outputs, tuple | list) else (outputs,)
    for metric in metrics.values():
        metric.update(*_arguments(metric, indexes, loss_and_outputs))


def _arguments(metric: Any, indexes: Sequence[int] | None, outputs: Any) -> tuple:
    """What of (loss, outputs, label) a metric takes."""
    if getattr(metric, "indexes", None) is not None:
        return tuple(outputs)  # the metric picks for itself: Metric.set_indexes
    order = indexes or [0, 1, 2]
    if getattr(metric, "takes_loss", False):
        return (outputs[order[0]],)
    if indexes is None and len(outputs) != 3:
        return tuple(outputs)
    return tuple(outputs[i] for i in order[1:])


class _SunkEvaluation:
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
