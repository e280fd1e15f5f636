"""Reductions, sorting and cumulative operations against NumPy."""

import numpy as np
import pytest
import scipy.special

from cellnet import Tensor, ops
from cellnet import dtype as mstype

RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 3, 4)).astype(np.float32)
REDUCTIONS = {
    "ReduceSum": np.sum,
    "ReduceMean": np.mean,
    "ReduceMax": np.max,
    "ReduceMin": np.min,
    "ReduceProd": np.prod,
}


@pytest.mark.parametrize("keep_dims", [False, True])
@pytest.mark.parametrize("axis", [(), 0, -1, (0, 2), (1,), [0, 1]])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduce_primitives(name, axis, keep_dims):
    result = getattr(ops, name)(keep_dims)(Tensor(X), axis)
    all_axes = None if axis == () else tuple(axis) if isinstance(axis, list) else axis
    expected = REDUCTIONS[name](X, axis=all_axes, keepdims=keep_dims)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_reduce_sum_skip_mode_leaves_an_empty_axis_alone():
    result = ops.ReduceSum(skip_mode=True)(Tensor(X), ())
    np.testing.assert_array_equal(result.asnumpy(), X)


@pytest.mark.parametrize("axis", [3, -4])
def test_axis_out_of_range(axis):
    with pytest.raises(ValueError, match=r"axis must be in \[-3, 3\)"):
        ops.ReduceMean()(Tensor(X), axis)


def test_axis_given_twice():
    with pytest.raises(ValueError, match="twice"):
        ops.ReduceSum()(Tensor(X), (0, -3))


def test_wrong_types():
    with pytest.raises(TypeError, match="axis"):
        ops.ReduceMean()(Tensor(X), 1.0)
    with pytest.raises(TypeError, match="keep_dims"):
        ops.ReduceMean(keep_dims=1)


def test_repr_shows_settings():
    assert repr(ops.ReduceMean(keep_dims=True)) == "Prim[ReduceMean]<keep_dims=True>"


def test_a_tensor_can_be_the_axis():
    result = ops.ReduceMean()(Tensor(X), Tensor(1))
    np.testing.assert_allclose(result.asnumpy(), X.mean(1), rtol=1e-6)


def test_integer_dtypes():
    x = Tensor([1, 2, 4], mstype.int8)
    assert ops.ReduceSum()(x).dtype is mstype.int8
    assert ops.mean(x).dtype is mstype.int8
    assert int(ops.mean(x)) == 2  # 7 / 3 cut off
    assert ops.sum(Tensor([True, True])).tolist() == 2
    assert ops.sum(x, dtype=mstype.float16).dtype is mstype.float16


def test_other_spellings():
    x = Tensor(X)
    expected = X.sum(1, keepdims=True)
    for words in ({"axis": 1, "keep_dims": True}, {"dim": 1, "keepdim": True}):
        np.testing.assert_allclose(ops.sum(x, **words).asnumpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("ddof", [0, 1])
def test_variance_and_deviation(ddof):
    x = Tensor(X)
    np.testing.assert_allclose(
        ops.var(x, 1, ddof).asnumpy(), X.var(1, ddof=ddof), rtol=1e-5
    )
    np.testing.assert_allclose(
        ops.std(x, (0, 1), ddof).asnumpy(), X.std((0, 1), ddof=ddof), rtol=1e-5
    )


def test_logsumexp_does_not_overflow():
    x = X * 200
    np.testing.assert_allclose(
        ops.logsumexp(Tensor(x), -1).asnumpy(),
        scipy.special.logsumexp(x.astype(np.float64), -1),
        rtol=1e-5,
    )


def test_all_and_any():
    x = np.array([[True, False], [True, True]])
    np.testing.assert_array_equal(ops.ReduceAll()(Tensor(x), 0).asnumpy(), x.all(0))
    np.testing.assert_array_equal(ops.ReduceAny()(Tensor(x), 1).asnumpy(), x.any(1))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_max_and_min_come_with_positions(axis):
    values, where = ops.max(Tensor(X), axis)
    np.testing.assert_array_equal(values.asnumpy(), X.max(axis))
    np.testing.assert_array_equal(where.asnumpy(), X.argmax(axis))
    where, values = ops.ArgMinWithValue(axis, True)(Tensor(X))
    np.testing.assert_array_equal(values.asnumpy(), X.min(axis, keepdims=True))
    np.testing.assert_array_equal(where.asnumpy(), X.argmin(axis, keepdims=True))


def test_argmax_takes_the_first_of_equals():
    x = Tensor([[1.0, 5.0, 5.0], [2.0, 2.0, 0.0]])
    assert ops.Argmax()(x).tolist() == [1, 0]
    assert ops.Argmax(output_type=mstype.int32)(x).dtype is mstype.int32
    assert int(ops.argmax(x)) == 1
    assert ops.argmax(x, dim=1, keepdim=True).tolist() == [[1], [0]]


def test_median_is_the_lower_one():
    values, where = ops.median(Tensor([4.0, 1.0, 3.0, 2.0]))
    assert (float(values), int(where)) == (2.0, 3)


def test_cumulative_operations():
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)
    np.testing.assert_array_equal(ops.cumsum(Tensor(x), 1).asnumpy(), x.cumsum(1))
    np.testing.assert_array_equal(ops.cumprod(Tensor(x), 0).asnumpy(), x.cumprod(0))
    result = ops.CumSum(exclusive=True, reverse=True)(Tensor(x), 1)
    assert result.tolist() == [[5.0, 3.0, 0.0], [11.0, 6.0, 0.0]]
    result = ops.CumProd(exclusive=True)(Tensor(x), 1)
    assert result.tolist() == [[1.0, 1.0, 2.0], [1.0, 4.0, 20.0]]


@pytest.mark.parametrize("descending", [False, True])
def test_sort_and_argsort(descending):
    values, where = ops.Sort(1, descending)(Tensor(X))
    sign = -1 if descending else 1
    np.testing.assert_array_equal(values.asnumpy(), sign * np.sort(sign * X, 1))
    np.testing.assert_array_equal(
        np.take_along_axis(X, where.asnumpy(), 1), values.asnumpy()
    )
    np.testing.assert_array_equal(
        ops.argsort(Tensor(X), 1, descending).asnumpy(), where.asnumpy()
    )


@pytest.mark.parametrize("largest", [True, False])
def test_topk(largest):
    values, where = ops.topk(Tensor(X), 2, 1, largest)
    ordered = np.sort(X, 1)[:, ::-1] if largest else np.sort(X, 1)
    np.testing.assert_array_equal(values.asnumpy(), ordered[:, :2])
    np.testing.assert_array_equal(
        np.take_along_axis(X, where.asnumpy(), 1), values.asnumpy()
    )
    with pytest.raises(ValueError, match="topk: k"):
        ops.TopK()(Tensor(X), 5)


def test_unique_keeps_the_order_of_appearance():
    values, where = ops.unique(Tensor([3, 1, 3, 2]))
    assert values.tolist() == [3, 1, 2]
    assert where.tolist() == [0, 1, 0, 2]


def test_searchsorted_works_row_by_row():
    rows = np.array([[0, 2, 4], [1, 3, 5]])
    values = np.array([[2, 5], [3, 0]])
    for right, side in ((False, "left"), (True, "right")):
        expected = [
            np.searchsorted(r, v, side) for r, v in zip(rows, values, strict=True)
        ]
        found = ops.searchsorted(Tensor(rows), Tensor(values), right=right)
        np.testing.assert_array_equal(found.asnumpy(), expected)
