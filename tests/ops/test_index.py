"""Gather, scatter and slices against NumPy indexing."""

import numpy as np
import pytest

from cellnet import Parameter, Tensor, jit, ops

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
M = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gather(axis):
    index = np.array([[1, 0], [-1, 1]])
    result = ops.Gather()(Tensor(X), Tensor(index), axis)
    np.testing.assert_array_equal(result.asnumpy(), X.take(index, axis))
    with pytest.raises(TypeError, match="ints"):
        ops.gather(Tensor(X), Tensor([0.5]), axis)


def test_gather_with_batch_dims():
    index = np.array([[2, 0], [1, 1]])
    result = ops.gather(Tensor(X), Tensor(index), 1, batch_dims=1)
    expected = np.stack([X[b].take(index[b], 0) for b in range(2)])
    np.testing.assert_array_equal(result.asnumpy(), expected)


def test_gather_elements_and_nd():
    index = np.array([[2, 0]])
    result = ops.GatherD()(Tensor(M), 1, Tensor(index))
    np.testing.assert_array_equal(result.asnumpy(), np.take_along_axis(M[:1], index, 1))
    where = np.array([[0, 1], [1, 2]])
    np.testing.assert_array_equal(
        ops.GatherNd()(Tensor(X), Tensor(where)).asnumpy(), X[where[:, 0], where[:, 1]]
    )


def test_slices():
    result = ops.Slice()(Tensor(X), (0, 1, 2), (2, -1, 1))
    np.testing.assert_array_equal(result.asnumpy(), X[:, 1:, 2:3])
    with pytest.raises(ValueError, match="beyond"):
        ops.slice(Tensor(X), (0, 0, 0), (2, 4, 4))
    result = ops.StridedSlice()(Tensor(X), (0, 2, 3), (2, 0, 0), (1, -1, -2))
    np.testing.assert_array_equal(result.asnumpy(), X[0:2, 2:0:-1, 3:0:-2])


def test_strided_slice_masks():
    x = Tensor(X)
    begin, end, strides = (1, 1, 1), (2, 3, 3), (1, 1, 1)
    result = ops.StridedSlice(begin_mask=2, end_mask=4)(x, begin, end, strides)
    np.testing.assert_array_equal(result.asnumpy(), X[1:2, :3, 1:])
    result = ops.StridedSlice(shrink_axis_mask=1)(x, begin, end, strides)
    np.testing.assert_array_equal(result.asnumpy(), X[1, 1:3, 1:3])
    result = ops.StridedSlice(new_axis_mask=1, ellipsis_mask=2)(x, begin, end, strides)
    np.testing.assert_array_equal(result.asnumpy(), X[None, ..., 1:3])


def test_scatter_nd_adds_up():
    result = ops.ScatterNd()(Tensor([[0], [2], [0]]), Tensor([1.0, 2.0, 4.0]), (4,))
    assert result.tolist() == [5.0, 0.0, 2.0, 0.0]


def test_tensor_scatter():
    where, updates = np.array([[0, 1], [1, 2]]), np.array([7.0, 8.0], np.float32)
    expected = M.copy()
    expected[where[:, 0], where[:, 1]] = updates
    x = Tensor(M)
    result = ops.TensorScatterUpdate()(x, Tensor(where), Tensor(updates))
    np.testing.assert_array_equal(result.asnumpy(), expected)
    np.testing.assert_array_equal(x.asnumpy(), M)


def test_element_wise_scatter():
    index, source = np.array([[0, 2], [1, 1]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = M.copy()
    expected[0, [0, 2]] = [1.0, 2.0]
    result = ops.scatter(Tensor(M), 1, Tensor(index[:1]), Tensor(source[:1]))
    np.testing.assert_array_equal(result.asnumpy(), expected)
    added = M.copy()
    for row in range(2):
        np.add.at(added[row], index[row], source[row])
    result = Tensor(M).scatter_add(1, Tensor(index), Tensor(source))
    np.testing.assert_array_equal(result.asnumpy(), added)


def test_segment_sums_drop_negative_numbers():
    x, ids = np.ones((4, 2), np.float32), np.array([0, 2, 0, -1])
    result = ops.UnsortedSegmentSum()(Tensor(x), Tensor(ids), 3)
    assert result.tolist() == [[2.0, 2.0], [0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("name", "indices", "expected"),
    [
        ("ScatterUpdate", [0, 2], [8.0, 1.0, 9.0]),
        ("ScatterAdd", [0, 2], [8.0, 1.0, 11.0]),
        ("ScatterNdUpdate", [[0], [2]], [8.0, 1.0, 9.0]),
        ("ScatterNdAdd", [[0], [2]], [8.0, 1.0, 11.0]),
    ],
)
def test_scatter_writes_into_parameters(name, indices, expected, compiled):
    p = Parameter(np.arange(3, dtype=np.float32), name="p")
    primitive = getattr(ops, name)()

    def write(where, updates):
        return primitive(p, where, updates)

    write = jit(write) if compiled else write
    result = write(Tensor(indices), Tensor([8.0, 9.0]))
    assert p.asnumpy().tolist() == expected
    assert result.asnumpy().tolist() == expected
