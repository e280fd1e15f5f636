"""Evaluating metrics: batch by batch on the host, or in one loop on the device."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import Any

from cellnet.nn.cell import Cell
from cellnet.sink import Executor
from cellnet.train.callback import CallbackList, RunContext
from cellnet.train.gathering import GatheredState, arguments

logger = logging.getLogger("cellnet")


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
        self._told = False

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
        if sink and self._gathers_on_device():
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

    def _gathers_on_device(self) -> bool:
        """Whether all metrics can be gathered there; says once which cannot."""
        on_host = [
            f"{name!r} ({type(metric).__name__})"
            for name, metric in self._metrics.items()
            if not metric.gathers_on_device
        ]
        if on_host and not self._told:
            self._told = True
            logger.info(
                "evaluation goes batch by batch, not sunk: %s cannot be gathered on "
                "the device",
                ", ".join(on_host),
            )
        return not on_host

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
        metric.update(*arguments(metric, indexes, loss_and_outputs))


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
        self._metrics = tuple(metrics.values())
        self._indexes = None if indexes is None else tuple(indexes)
        self._names = tuple(metrics)
        self._states = tuple(GatheredState(name) for name in metrics)

    def construct(self, *inputs: Any) -> Any:
        outputs = self._network(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        for metric, state in zip(self._metrics, self._states, strict=True):
            state.take(metric, self._indexes, outputs)
        return outputs[0]

    def clear(self) -> None:
        """Begin again."""
        for state in self._states:
            state.clear()

    def results(self) -> dict[str, Any]:
        """Metric name -> value; waits for the device."""
        rows = zip(self._names, self._metrics, self._states, strict=True)
        return {name: state.result(metric) for name, metric, state in rows}
