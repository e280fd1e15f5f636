"""boost.GradientAccumulation: the update of the mean, every few steps."""

import importlib

import numpy as np
import pytest

from cellnet import Parameter, Tensor, boost, nn, ops
from cellnet.boost.grad_accumulation import gradient_accumulation_op, gradient_clear_op

GRADIENTS = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]


def test_updates_are_those_of_momentum_on_the_means():
    weight = Parameter(Tensor(np.array([1.0, 2.0], np.float32)), name="w")
    gather = boost.GradientAccumulation(2, nn.Momentum([weight], 0.1, 0.9))
    w, moment, found, expected = np.array([1.0, 2.0]), 0.0, [], []
    for step, gradient in enumerate(GRADIENTS):
        loss = gather(Tensor(np.float32(0.5)), (Tensor(np.float32(gradient)),))
        assert float(loss) == 0.5
        found.append(weight.asnumpy())
        if step % 2:
            moment = 0.9 * moment + np.mean(GRADIENTS[step - 1 : step + 1], 0)
            w = w - 0.1 * moment
        expected.append(w)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    names = {p.name for p in gather.get_parameters()}
    assert {"accumulation_step", "grad_accumulation.w", "moments.w"} <= names


def test_its_operations():
    gathered = [Parameter(Tensor([1.0, 2.0]), name="a"), Parameter(Tensor([0.0]))]
    grads = (Tensor([4.0, 8.0]), Tensor([2.0]))
    add = ops.partial(gradient_accumulation_op, 4)
    ops.HyperMap()(add, tuple(gathered), grads)
    assert [p.asnumpy().tolist() for p in gathered] == [[2.0, 4.0], [0.5]]
    ops.HyperMap()(gradient_clear_op, tuple(gathered))
    assert [p.asnumpy().tolist() for p in gathered] == [[0.0, 0.0], [0.0]]


def test_misuse():
    weight = Parameter(Tensor([1.0]), name="w")
    with pytest.raises(ValueError, match="steps"):
        boost.GradientAccumulation(0, nn.SGD([weight], 1.0))
    with pytest.raises(TypeError, match="optimizer"):
        boost.GradientAccumulation(2, weight)


def test_the_spellings():
    module = importlib.import_module("cellnet.boost.grad_accumulation")
    assert module.GradientAccumulation is boost.GradientAccumulation
