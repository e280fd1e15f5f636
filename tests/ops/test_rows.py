"""Rows added in place, sequences reversed, dropped channels, old spellings."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import Parameter, Tensor, ops

X = np.arange(6, dtype=np.float32).reshape(3, 2)
ROWS = np.array([[10, 20], [30, 40]], np.float32)


def test_rows_added_to_a_parameter():
    p = Parameter(Tensor(X), name="p")
    index = Tensor(np.array([2, 2], np.int32))
    result = ops.IndexAdd(0)(p, index, Tensor(ROWS))
    expected = X.copy()
    np.add.at(expected, [2, 2], ROWS)
    np.testing.assert_array_equal(p.asnumpy(), expected)
    np.testing.assert_array_equal(result.asnumpy(), expected)


def test_rows_of_a_new_tensor():
    x = Tensor(X)
    for name, expected in (("add", X[:2] + ROWS), ("sub", X[:2] - ROWS)):
        y = getattr(ops, f"inplace_{name}")(x, Tensor(ROWS), (0, 1)).asnumpy()
        np.testing.assert_array_equal(y[:2], expected)
        np.testing.assert_array_equal(y[2], X[2])
    y = ops.InplaceUpdate((2, 0))(x, Tensor(ROWS)).asnumpy()
    np.testing.assert_array_equal(y, [ROWS[1], X[1], ROWS[0]])
    np.testing.assert_array_equal(x.asnumpy(), X)
    index = Tensor(np.array([0, 2], np.int32))
    y = x.index_add(0, index, Tensor(ROWS), alpha=2).asnumpy()
    np.testing.assert_array_equal(y[[0, 2]], X[[0, 2]] + 2 * ROWS)


def test_row_errors():
    with pytest.raises(ValueError, match=r"indices must be in \[0, 3\)"):
        ops.inplace_add(Tensor(X), Tensor(ROWS), (0, 9))
    with pytest.raises(ValueError, match="expect rows of shape"):
        ops.index_add(Tensor(X), Tensor(np.array([0], np.int32)), Tensor(ROWS), 0)


def test_reversed_sequences():
    lengths = Tensor(np.array([1, 2, 2]))
    y = ops.ReverseSequence(1)(Tensor(X), lengths).asnumpy()
    np.testing.assert_array_equal(y, [X[0], X[1, ::-1], X[2, ::-1]])
    y = ops.reverse_sequence(Tensor(X), Tensor(np.array([3, 2])), 0, 1).asnumpy()
    np.testing.assert_array_equal(y, [[4, 3], [2, 1], [0, 5]])


def test_diagonals():
    y = ops.diag(Tensor(X))
    assert y.shape == (3, 2, 3, 2)
    assert float(y.sum()) == X.sum()
    np.testing.assert_array_equal(ops.DiagPart()(y).asnumpy(), X)
    with pytest.raises(ValueError, match="DiagPart"):
        ops.DiagPart()(Tensor(X))


def test_whole_channels_are_dropped():
    ms.set_seed(0)
    x = Tensor(np.ones((8, 16, 3, 3), np.float32))
    y = ops.dropout2d(x, 0.25).asnumpy()
    flat = y.reshape(8, 16, 9)
    np.testing.assert_array_equal(flat, flat[..., :1].repeat(9, -1))
    assert set(np.unique(np.round(y, 4))) == {0.0, np.float32(1.3333)}
    y, mask = ops.Dropout3D(0.5)(Tensor(np.ones((2, 4, 2, 2, 2), np.float32)))
    np.testing.assert_array_equal(y.asnumpy(), 2.0 * mask.asnumpy())


def test_masks_of_bits():
    ms.set_seed(0)
    bits = ops.DropoutGenMask()((20, 30), Tensor(0.75))
    assert bits.shape == (80,)  # 600 bits in blocks of 128
    y = ops.DropoutDoMask()(Tensor(np.ones((20, 30), np.float32)), bits, Tensor(0.75))
    values = y.asnumpy()
    assert set(np.unique(np.round(values, 4))) == {0.0, np.float32(1.3333)}
    assert (values > 0).mean() == pytest.approx(0.75, abs=0.08)


def test_draws():
    ms.set_seed(0)
    logits = Tensor(np.log([[0.2, 0.8]] * 2).astype(np.float32))
    drawn = ops.random_categorical(logits, 2000).asnumpy()
    assert drawn.shape == (2, 2000)
    assert drawn.mean() == pytest.approx(0.8, abs=0.03)
    order = ops.Randperm(6, pad=-1)(Tensor(np.array([4]))).tolist()
    assert sorted(order[:4]) == [0, 1, 2, 3]
    assert order[4:] == [-1, -1]
    hard = ops.gumbel_softmax(logits, hard=True)
    np.testing.assert_allclose(np.sort(hard.asnumpy()), [[0, 1]] * 2, atol=1e-6)


def test_in_place_operators_make_new_tensors():
    x = Tensor(X)
    y = x
    y += 1.5
    assert x.tolist() == X.tolist()
    np.testing.assert_array_equal(y.asnumpy(), X + 1.5)
    with pytest.raises(TypeError, match="wrap it"):
        y += [1.0, 2.0]
    p = Parameter(Tensor(X), name="p")
    q = p
    q *= 2
    assert p.tolist() == X.tolist()
    np.testing.assert_array_equal(q.asnumpy(), 2 * X)


def test_methods_that_changed_their_meaning():
    x = Tensor(X)
    assert x.select(0, 1).tolist() == [2.0, 3.0]
    assert x.select(x > 2, Tensor(-X)).tolist() == [[0, -1], [-2, 3], [4, 5]]
    assert x.itemset((0, 1), 9.0).tolist() == [[0, 9], [2, 3], [4, 5]]
    assert x.itemset(5, 9.0).tolist() == [[0, 1], [2, 3], [4, 9]]
    assert x.tolist() == X.tolist()
    x.set_dtype(ms.float16)
    assert x.dtype == ms.float16
    with pytest.raises(ValueError, match="needs an index"):
        x.itemset(1.0)


def test_nested_lists_and_bools_as_indices():
    v = np.arange(24).reshape(2, 3, 4)
    x = Tensor(v)
    np.testing.assert_array_equal(x[[[0, 1], [1, 0]]].asnumpy(), v[[0, 1], [1, 0]])
    np.testing.assert_array_equal(x[None, True].asnumpy(), v[None, None])
    with pytest.raises(IndexError, match="False"):
        x[False]
    with pytest.raises(TypeError, match="ints or bools"):
        x[[0.5]]
