"""Two Parameters, fixed gradients, and a context that every test leaves as it was."""

import numpy as np
import pytest

from cellnet import context
from cellnet.parameter import Parameter
from cellnet.tensor import Tensor

WEIGHT = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -4.0]], np.float32)
BIAS = np.array([0.1, -0.3], np.float32)


@pytest.fixture(params=["graph", "pynative"])
def mode(request):
    """Run the test in both modes."""
    modes = {"graph": context.GRAPH_MODE, "pynative": context.PYNATIVE_MODE}
    before = context.get_context("mode")
    context.set_context(mode=modes[request.param])
    yield request.param
    context.set_context(mode=before)


@pytest.fixture
def params():
    """A weight and a bias, as of a layer called fc."""
    return [
        Parameter(Tensor(WEIGHT), name="fc.weight"),
        Parameter(Tensor(BIAS), name="fc.bias"),
    ]


@pytest.fixture
def gradients():
    """Gradients of ``params`` for four steps, as NumPy arrays."""
    rng = np.random.default_rng(0)
    return [
        [rng.standard_normal(v.shape).astype(np.float32) for v in (WEIGHT, BIAS)]
        for _ in range(4)
    ]


@pytest.fixture
def run(gradients):
    """Give an optimizer the four steps; the Parameters' values after each."""

    def run(optimizer, scale=1.0):
        history = []
        for step in gradients:
            done = optimizer(tuple(Tensor(scale * g) for g in step))
            assert done == (True,) * len(step)
            history.append([p.asnumpy() for p in optimizer.parameters])
        return history

    return run
