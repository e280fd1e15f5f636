"""MindSpore: programs of its interface, which cellnet_ways.py runs on cellnet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mindspore as ms
import mindspore.dataset as ds
import numpy as np
from mindspore import Tensor, nn
from nets import BETA1, BETA2, EPSILON, MOMENTUM, Net, check_order

from ways import Run
from ways.mindspore_cells import NETWORKS


class Sinks(ms.train.Callback):
    """Keeps what each sink of cellnet gave; nothing is read while training."""

    def __init__(self) -> None:
        self.results: list[Any] = []

    def on_train_step_end(self, run_context: Any) -> None:
        """The losses stay on the device."""
        self.results.append(run_context.original_args().sink_result)


class Session:
    """One network in training.

    Args:
        net: which, and how it is trained.
        how: "sunk", "unsunk" (Model.train with and without sinking) or "loop" (a loop
            over TrainOneStepCell, written by hand).
    """

    def __init__(self, net: Net, how: str) -> None:
        self.net = net
        network = NETWORKS[net.name]()
        parameters = network.trainable_params()
        weights = net.first_weights()
        check_order(weights, [p.shape for p in parameters])
        for parameter, weight in zip(parameters, weights, strict=True):
            parameter.set_data(Tensor(weight))
        if net.adam:
            optimizer = nn.Adam(parameters, net.rate, BETA1, BETA2, EPSILON)
        else:
            optimizer = nn.Momentum(parameters, net.rate, MOMENTUM)
        loss = nn.SoftmaxCrossEntropyWithLogits(sparse=True, reduction="mean")
        if how == "loop":
            step = nn.TrainOneStepCell(nn.WithLossCell(network, loss), optimizer)
            self.step = step.set_train()
        else:
            self._model = ms.Model(network, loss, optimizer)
        self._how = how

    def prepare(self, x: np.ndarray, y: np.ndarray) -> Run:
        """The data as steps to make."""
        if self._how == "loop":
            return self._by_loop(x, y)
        return self._by_model(x, y, sink=self._how == "sunk")

    def batches(self, x: np.ndarray, y: np.ndarray) -> list[tuple[Tensor, Tensor]]:
        """The data in batches, on the device."""
        size = self.net.batch
        return [
            (Tensor(x[i : i + size]), Tensor(y[i : i + size]))
            for i in range(0, len(x), size)
        ]

    def _by_loop(self, x: np.ndarray, y: np.ndarray) -> Run:
        batches, step = self.batches(x, y), self.step

        def run() -> Callable[[], np.ndarray]:
            losses = [step(*batch) for batch in batches]
            losses[-1].asnumpy()  # waits
            return lambda: np.array([loss.asnumpy() for loss in losses])

        return run

    def _by_model(self, x: np.ndarray, y: np.ndarray, *, sink: bool) -> Run:
        dataset = ds.NumpySlicesDataset((x, y), ["x", "y"], shuffle=False)
        dataset = dataset.batch(self.net.batch)

        def run() -> Callable[[], np.ndarray]:
            sinks = Sinks()
            self._model.train(1, dataset, callbacks=sinks, dataset_sink_mode=sink)
            sinks.results[-1].losses()  # waits
            return lambda: np.concatenate([r.losses() for r in sinks.results])

        return run


def start(net: Net, how: str, device: str) -> Session:
    """A session in graph mode.

    Args:
        device: "cpu" or "gpu".
    """
    ms.set_context(mode=ms.GRAPH_MODE, device_target=device.upper())
    return Session(net, how)
