"""Random operations: their distribution, and that set_seed repeats them."""

import numpy as np
import pytest

from cellnet import Tensor, jit, ops
from cellnet import dtype as mstype
from cellnet.random import set_seed

N = 20_000
DRAWS = {
    "standard_normal": lambda: ops.StandardNormal()((4,)),
    "uniform": lambda: ops.UniformReal(seed=3)((4,)),
    "ints": lambda: ops.uniform((8,), 0, 100, dtype=mstype.int32),
    "rand": lambda: ops.rand(2, 2),
    "randn": lambda: ops.randn((2, 2)),
    "randperm": lambda: ops.randperm(20),
    "multinomial": lambda: ops.multinomial(Tensor(np.ones(50, np.float32)), 8),
    "dropout": lambda: ops.dropout(Tensor(np.ones(50, np.float32))),
    "bernoulli": lambda: ops.bernoulli(Tensor(np.ones(50, np.float32))),
}


@pytest.fixture(autouse=True)
def _seeded():
    set_seed(1)


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_repeats_and_the_sequence_moves_on(name):
    first, second = DRAWS[name]().asnumpy(), DRAWS[name]().asnumpy()
    set_seed(1)
    np.testing.assert_array_equal(DRAWS[name]().asnumpy(), first)
    assert not np.array_equal(first, second)


def test_the_key_moves_on_in_a_compiled_function():
    draw = jit(lambda: ops.StandardNormal()((4,)))
    assert not np.array_equal(draw().asnumpy(), draw().asnumpy())


def test_moments():
    x = ops.normal((N,), 2.0, 3.0).asnumpy()
    assert abs(x.mean() - 2) < 0.1
    assert abs(x.std() - 3) < 0.1
    x = ops.uniform((N,), -1.0, 3.0).asnumpy()
    assert x.min() >= -1
    assert x.max() < 3
    assert abs(x.mean() - 1) < 0.05
    x = ops.UniformInt()((N,), 2, 5).asnumpy()
    assert set(np.unique(x)) == {2, 3, 4}


def test_parameters_broadcast():
    x = ops.normal((N, 2), Tensor([0.0, 10.0]), Tensor([1.0, 0.0])).asnumpy()
    assert abs(x[:, 0].mean()) < 0.05
    np.testing.assert_array_equal(x[:, 1], 10)


def test_permutations():
    assert sorted(ops.randperm(10).tolist()) == list(range(10))
    rows = np.arange(12).reshape(6, 2)
    shuffled = ops.RandomShuffle()(Tensor(rows)).asnumpy()
    np.testing.assert_array_equal(shuffled[shuffled[:, 0].argsort()], rows)


def test_multinomial_follows_the_weights():
    weights = Tensor([[0.0, 1.0, 3.0], [1.0, 0.0, 0.0]])
    drawn = ops.multinomial(weights, N).asnumpy()
    assert drawn.shape == (2, N)
    assert abs((drawn[0] == 2).mean() - 0.75) < 0.02
    assert (drawn[1] == 0).all()
    without = ops.multinomial(Tensor([1.0, 1.0, 1.0]), 3, replacement=False)
    assert sorted(without.tolist()) == [0, 1, 2]
    with pytest.raises(ValueError, match="num_samples"):
        ops.multinomial(Tensor([1.0, 1.0]), 3, replacement=False)
    assert ops.Multinomial()(weights, 2).dtype is mstype.int32


@pytest.mark.parametrize("p", [0.25, 0.5])
def test_dropout_keeps_the_mean(p):
    x = Tensor(np.full(N, 2.0, np.float32))
    y = ops.dropout(x, p).asnumpy()
    np.testing.assert_allclose(np.unique(y), [0, 2 / (1 - p)], rtol=1e-6)
    assert abs((y == 0).mean() - p) < 0.02


def test_dropout_primitive_gives_its_mask():
    y, mask = ops.Dropout(keep_prob=0.8)(Tensor(np.ones(N, np.float32)))
    np.testing.assert_allclose(y.asnumpy(), mask.asnumpy() / 0.8, rtol=1e-6)
    assert abs(float(mask.mean()) - 0.8) < 0.02


def test_dropout_at_the_ends():
    x = Tensor([1.0, 2.0])
    assert ops.dropout(x, 0.9, training=False).tolist() == [1.0, 2.0]
    assert ops.dropout(x, 1.0).tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="p must be <= 1"):
        ops.dropout(x, 1.5)
    with pytest.raises(ValueError, match="keep_prob"):
        ops.Dropout(-0.1)


def test_random_choice_takes_true_elements_only():
    mask = np.array([[True, False, True], [False, True, False]])
    where, found = ops.RandomChoiceWithMask(count=5)(Tensor(mask))
    assert found.tolist() == [True, True, True, False, False]
    chosen = {tuple(row) for row in where.asnumpy()[:3]}
    assert chosen == {(0, 0), (0, 2), (1, 1)}
    where, found = ops.RandomChoiceWithMask(count=2)(Tensor(mask))
    assert found.all()
    assert mask[tuple(where.asnumpy().T)].all()
