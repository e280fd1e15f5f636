"""Networks run on parts of a batch: sums of their outputs and gradients."""

import importlib

import numpy as np
import pytest

from cellnet import Parameter, Tensor, nn, ops
from cellnet.graph import grad

X = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
Y = np.arange(6, dtype=np.float32)


class Net(nn.Cell):
    """A loss that no sum over rows gives: the squared mean of x w - y."""

    def __init__(self):
        super().__init__()
        self.w = Parameter(Tensor(np.array([1.0, 2.0], np.float32)), name="w")
        self.inner = nn.ReLU()

    def construct(self, x, y, scale=1):
        return ops.square(ops.mean((x * self.w).sum(-1) - y)) * scale


CELLS = [nn.PipelineCell, nn.MicroBatchInterleaved, nn.GradAccumulationCell]


@pytest.mark.parametrize("cell", CELLS)
def test_the_sum_over_parts_and_its_gradient(cell):
    net = Net()
    whole = cell(net, 3)
    gaps = (X @ np.array([1.0, 2.0]) - Y).reshape(3, 2).mean(1)
    inputs = (Tensor(X), Tensor(Y))
    np.testing.assert_allclose(float(whole(*inputs)), (gaps**2).sum(), rtol=1e-5)
    np.testing.assert_allclose(float(whole(*inputs, 2)), 2 * (gaps**2).sum(), rtol=1e-5)
    slope = grad(whole, None, net.trainable_params())(*inputs)
    expected = (2 * gaps[:, None] * X.reshape(3, 2, 2).mean(1)).sum(0)
    np.testing.assert_allclose(slope[0].asnumpy(), expected, rtol=1e-4)
    assert [p.name for p in whole.get_parameters()] == ["w"]


@pytest.mark.parametrize("cell", CELLS)
def test_misuse(cell):
    with pytest.raises(TypeError, match="network must be a Cell"):
        cell(3, 2)
    with pytest.raises(TypeError, match="must be int"):
        cell(Net(), "a")
    with pytest.raises(ValueError, match=">= 1"):
        cell(Net(), 0)
    with pytest.raises(ValueError, match="into 4 parts"):
        cell(Net(), 4)(Tensor(X), Tensor(Y))


def test_a_network_that_gives_several_tensors():
    class Two(nn.Cell):
        def construct(self, x):
            return x, x

    with pytest.raises(TypeError, match="one Tensor"):
        nn.PipelineCell(Two(), 2)(Tensor(X))


def test_stages_are_those_of_cells_that_are_there():
    nn.PipelineCell(Net(), 2, {"inner": 1})
    with pytest.raises(KeyError, match="other"):
        nn.PipelineCell(Net(), 2, {"other": 1})


def test_the_spellings():
    module = importlib.import_module("cellnet.parallel.nn")
    assert module.Pipeline is nn.PipelineCell
    assert module.GradAccumulation is nn.GradAccumulationCell
    assert module.MicroBatchInterleaved is nn.MicroBatchInterleaved
