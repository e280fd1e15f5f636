"""PyTorch: eager, compiled, and as a CUDA graph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from nets import BETA1, BETA2, EPSILON, MOMENTUM, Net, check_order
from torch import Tensor

from ways import Run
from ways.torch_nets import NETWORKS

WARMUP_STEPS = 3  # before a capture, as PyTorch's notes on CUDA graphs ask for


class Session:
    """One network in training.

    Args:
        net: which, and how it is trained.
        how: "eager", "compile" or "graph".
        device: "cpu" or "gpu".
    """

    def __init__(self, net: Net, how: str, device: str) -> None:
        self.net = net
        self.device = {"cpu": "cpu", "gpu": "cuda"}[device]
        network = NETWORKS[net.name]()
        parameters = list(network.parameters())
        weights = net.first_weights()
        check_order(weights, [p.shape for p in parameters])
        with torch.no_grad():
            for parameter, weight in zip(parameters, weights, strict=True):
                parameter.copy_(torch.from_numpy(weight))
        network.to(self.device).train()
        if net.adam:
            self.optimizer: torch.optim.Optimizer = torch.optim.Adam(
                parameters, net.rate, (BETA1, BETA2), EPSILON, capturable=how == "graph"
            )
        else:
            self.optimizer = torch.optim.SGD(parameters, net.rate, MOMENTUM)
        loss_fn = torch.nn.CrossEntropyLoss()

        def forward(x: Tensor, y: Tensor) -> Tensor:
            return loss_fn(network(x), y)

        self.forward = torch.compile(forward) if how == "compile" else forward
        self.how = how

    def step(self, x: Tensor, y: Tensor) -> Tensor:
        """One training step; the loss, still attached to nothing."""
        self.optimizer.zero_grad()
        loss = self.forward(x, y)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def prepare(self, x: np.ndarray, y: np.ndarray) -> Run:
        """The data as steps to make."""
        size = self.net.batch
        inputs = torch.from_numpy(x).to(self.device).split(size)
        labels = torch.from_numpy(y).long().to(self.device).split(size)
        step = self.step
        if self.how == "graph":
            step = self._captured(inputs[0], labels[0])

        def run() -> Callable[[], np.ndarray]:
            losses = [step(*batch) for batch in zip(inputs, labels, strict=True)]
            losses[-1].item()  # waits
            return lambda: torch.stack(losses).cpu().numpy()

        return run

    def _captured(self, x: Tensor, y: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
        """The step as a CUDA graph over fixed inputs, into which batches are copied.

        The steps that warming up makes are undone, so that the losses stay comparable.
        """
        tensors = [
            p.data for group in self.optimizer.param_groups for p in group["params"]
        ]
        kept = [t.clone() for t in tensors]
        x, y = x.clone(), y.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARMUP_STEPS):
                self.step(x, y)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad()
        with torch.cuda.graph(graph):
            loss = self.step(x, y)
        self._restore(tensors, kept)

        def replay(new_x: Tensor, new_y: Tensor) -> Tensor:
            x.copy_(new_x)
            y.copy_(new_y)
            graph.replay()
            return loss.clone()

        return replay

    def _restore(self, tensors: list[Tensor], kept: list[Tensor]) -> None:
        for tensor, value in zip(tensors, kept, strict=True):
            tensor.copy_(value)
        for state in self.optimizer.state.values():
            for value in state.values():
                if isinstance(value, Tensor):
                    value.zero_()


def start(net: Net, how: str, device: str) -> Session:
    """PyTorch: "eager", "compile" or "graph"."""
    torch.backends.cudnn.benchmark = True  # sizes stay as they are
    torch.set_float32_matmul_precision("high")  # TF32 on a GPU, as XLA's default is
    return Session(net, how, device)
