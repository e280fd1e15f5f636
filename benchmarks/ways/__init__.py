"""The ways to train a network: a module each that knows one framework.

A module has ``start(net, how, device)``, which makes a session with the network's first
weights; ``session.prepare(x, y)`` puts data into memory and gives a Run.  Only the
module imports its framework.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# Makes a training step for each batch, in order, and waits for the last. What it gives
# reads the loss of each step, or the mean of them; that is not part of what is timed.
Run = Callable[[], Callable[[], np.ndarray]]


class Way(NamedTuple):
    """A row of the table.

    Attributes:
        title: the row's head.
        python: whose interpreter runs it: cellnet, torch, keras or mindspore.
        module: in this package.
        how: which of the module's ways.
        device: "cpu" or "gpu": where it runs; None for both.
        packages: distributions whose versions are reported.
    """

    title: str
    python: str
    module: str
    how: str
    packages: tuple[str, ...]
    device: str | None = None


_JAX = ("jax", "jaxlib", "numpy")
BASE = "cellnet-sunk"
REFERENCE = "jax-step"  # its losses are those that all others must have
WAYS = {
    BASE: Way("cellnet, sunk", "cellnet", "cellnet_ways", "sunk", _JAX),
    "cellnet-unsunk": Way(
        "cellnet, not sunk",
        "cellnet",
        "cellnet_ways",
        "unsunk",
        _JAX,
    ),
    "cellnet-loop": Way(
        "cellnet, loop over TrainOneStepCell",
        "cellnet",
        "cellnet_ways",
        "loop",
        _JAX,
    ),
    REFERENCE: Way("JAX, step by step", "cellnet", "jax_ways", "stepwise", _JAX),
    "jax-scan": Way("JAX, naive scan", "cellnet", "jax_ways", "scan", _JAX),
    "expert-step": Way(
        "JAX, expert, step by step", "cellnet", "jax_ways", "expert-stepwise", _JAX
    ),
    "expert-scan": Way("JAX, expert, scan", "cellnet", "jax_ways", "expert-scan", _JAX),
    "torch": Way("PyTorch, eager", "torch", "torch_ways", "eager", ("torch",)),
    "torch-compile": Way(
        "PyTorch, torch.compile", "torch", "torch_ways", "compile", ("torch",)
    ),
    "torch-graph": Way(
        "PyTorch, CUDA graph",
        "torch",
        "torch_ways",
        "graph",
        ("torch",),
        device="gpu",
    ),
    "mindspore": Way(
        "MindSpore, graph mode",
        "mindspore",
        "mindspore_ways",
        "loop",
        ("mindspore",),
    ),
    "keras": Way(
        "Keras on JAX, steps_per_execution",
        "keras",
        "keras_ways",
        "fit",
        ("keras", "jax"),
    ),
}


def ways_for(device: str) -> list[str]:
    """The ways that there are on a device."""
    return [name for name, way in WAYS.items() if way.device in (None, device)]
