"""Generators, and the state of the random numbers."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Generator, Tensor, mint, nn, ops

DRAWS = {
    "rand": lambda g: mint.rand(8, generator=g),
    "randn": lambda g: mint.randn(8, generator=g),
    "randint": lambda g: mint.randint(0, 1000, (8,), generator=g),
    "randperm": lambda g: mint.randperm(50, generator=g),
    "normal": lambda g: mint.normal(0.0, 1.0, (8,), generator=g),
    "bernoulli": lambda g: mint.bernoulli(ops.full((64,), 0.5), generator=g),
    "multinomial": lambda g: mint.multinomial(ops.ones(50), 20, generator=g),
    "uniform_": lambda g: ops.zeros(8).uniform_(generator=g),
    "normal_": lambda g: ops.zeros(8).normal_(generator=g),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_generator_has_a_sequence_of_its_own(name):
    draw = DRAWS[name]
    before = ms.get_rng_state().asnumpy()
    first, second, other = Generator(), Generator(), Generator().manual_seed(1)
    a, b, c = (draw(g).asnumpy() for g in (first, second, other))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)
    assert not np.array_equal(a, draw(first).asnumpy())  # it moves on
    np.testing.assert_array_equal(ms.get_rng_state().asnumpy(), before)


def test_state_of_a_generator():
    generator = Generator().manual_seed(-5)
    mint.rand(3, generator=generator)
    state = generator.get_state()
    first = mint.rand(3, generator=generator).asnumpy()
    assert generator.seed() == generator.initial_seed() != -5
    generator.set_state(state)
    assert generator.initial_seed() == -5
    np.testing.assert_array_equal(mint.rand(3, generator=generator).asnumpy(), first)


@pytest.mark.parametrize("mode", [ms.GRAPH_MODE, ms.PYNATIVE_MODE])
def test_state_of_the_default_generator(mode):
    ms.set_context(mode=mode)
    dropout, x = nn.Dropout(p=0.5).set_train(), Tensor(np.ones(64, np.float32))
    state = ms.get_rng_state()
    first = dropout(x).asnumpy()
    assert not np.array_equal(dropout(x).asnumpy(), first)
    ms.set_rng_state(state)
    np.testing.assert_array_equal(dropout(x).asnumpy(), first)


def test_seeds_of_the_default_generator():
    ms.set_seed(7)
    assert ms.initial_seed() == 7
    first, second = ms.seed(), ms.seed()
    assert first != second == ms.initial_seed()
    assert ms.get_seed() == 7  # of weights and data


def test_a_generator_in_a_compiled_function():
    generator = Generator().manual_seed(3)
    draw = ms.jit(lambda x: x + mint.rand(4, generator=generator))
    zeros = ops.zeros(4)
    first, second = draw(zeros).asnumpy(), draw(zeros).asnumpy()
    assert not np.array_equal(first, second)
    twin = Generator().manual_seed(3)
    np.testing.assert_array_equal(first, mint.rand(4, generator=twin).asnumpy())
    np.testing.assert_array_equal(second, mint.rand(4, generator=twin).asnumpy())


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: Generator().manual_seed("a"), TypeError),
        (lambda: Generator().manual_seed(2**63), ValueError),
        (lambda: ms.set_rng_state(3), RuntimeError),
        (lambda: ms.set_rng_state(Tensor([1, 2])), RuntimeError),
        (lambda: mint.rand(2, generator=3), TypeError),
    ],
)
def test_refusals(act, error):
    with pytest.raises(error):
        act()
