"""Shapes, joining, splitting and creation against NumPy."""

import numpy as np
import pytest

from cellnet import Tensor, jit, ops
from cellnet import dtype as mstype

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
M = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize(
    "shape", [(4, 6), (-1,), (2, -1, 2), [24], 24, (Tensor(4), -1), Tensor([6, 4])]
)
def test_reshape(shape):
    if isinstance(shape, Tensor):
        plain = tuple(shape.tolist())
    elif isinstance(shape, int):
        plain = (shape,)
    else:
        plain = tuple(int(n) for n in shape)
    result = ops.Reshape()(Tensor(X), shape)
    np.testing.assert_array_equal(result.asnumpy(), X.reshape(plain))


@pytest.mark.parametrize("shape", [(5, 5), (-1, -1), (7, -1)])
def test_reshape_refuses_other_sizes(shape):
    with pytest.raises(ValueError, match="reshape"):
        ops.reshape(Tensor(X), shape)


def test_reshape_refuses_floats():
    with pytest.raises(TypeError, match="shape must be int"):
        ops.reshape(Tensor(X), (4.0, 6))


def test_reshape_by_the_shape_of_a_traced_tensor():
    flat = jit(lambda x: ops.Reshape()(x, (ops.Shape()(x)[0], -1)))
    assert flat(Tensor(X)).shape == (2, 12)


def test_shape_dtype_rank_size():
    x = Tensor(X)
    assert ops.Shape()(x) == (2, 3, 4)
    assert ops.DType()(x) is mstype.float32
    assert ops.Rank()(x) == 3
    assert ops.Size()(x) == 24
    with pytest.raises(TypeError, match="expected a Tensor"):
        ops.shape([1, 2])


def test_transpose():
    result = ops.Transpose()(Tensor(X), (2, 0, 1))
    np.testing.assert_array_equal(result.asnumpy(), X.transpose(2, 0, 1))
    with pytest.raises(ValueError, match="twice"):
        ops.Transpose()(Tensor(X), (0, 0, 1))
    with pytest.raises(ValueError, match="each of 3 axes"):
        ops.Transpose()(Tensor(X), (0, 1))


def test_axes_of_length_one():
    x = Tensor(np.ones((1, 2, 1)))
    assert ops.squeeze(x).shape == (2,)
    assert ops.Squeeze(0)(x).shape == (2, 1)
    assert ops.Squeeze(1)(x).shape == (1, 2, 1)
    assert ops.ExpandDims()(x, -1).shape == (1, 2, 1, 1)
    with pytest.raises(ValueError, match="axis"):
        ops.expand_dims(x, 4)


def test_flatten():
    assert ops.Flatten()(Tensor(X)).shape == (2, 12)
    assert ops.flatten(Tensor(X), start_dim=0, end_dim=1).shape == (6, 4)
    by_columns = ops.flatten(Tensor(M), order="F", start_dim=0)
    np.testing.assert_array_equal(by_columns.asnumpy(), M.flatten("F"))


def test_concat_and_stack():
    x = Tensor(M)
    np.testing.assert_array_equal(
        ops.Concat(1)((x, x)).asnumpy(), np.concatenate([M, M], 1)
    )
    np.testing.assert_array_equal(
        ops.stack([x, x], axis=-1).asnumpy(), np.stack([M, M], -1)
    )
    assert ops.cat((Tensor([1]), Tensor([1.5]))).dtype is mstype.float32
    with pytest.raises(ValueError, match="axis 0 only"):
        ops.concat((x, Tensor(np.ones((2, 4), np.float32))))
    with pytest.raises(TypeError, match="tuple or list"):
        ops.concat(x)


def test_split_unstack_chunk():
    parts = ops.split(Tensor(M), 2, 1)
    assert [p.shape for p in parts] == [(2, 2), (2, 1)]
    parts = ops.split(Tensor(M), [1, 2], 1)
    np.testing.assert_array_equal(parts[1].asnumpy(), M[:, 1:])
    with pytest.raises(ValueError, match="add up to 3"):
        ops.split(Tensor(M), [1, 1], 1)
    with pytest.raises(ValueError, match="does not divide"):
        ops.Split(1, 2)(Tensor(M))
    columns = ops.Unstack(1)(Tensor(M))
    np.testing.assert_array_equal(columns[2].asnumpy(), M[:, 2])
    assert [c.shape for c in ops.chunk(Tensor(M), 2, 1)] == [(2, 2), (2, 1)]


def test_repetition():
    x = Tensor(M)
    np.testing.assert_array_equal(
        ops.Tile()(x, (2, 1, 2)).asnumpy(), np.tile(M, (2, 1, 2))
    )
    np.testing.assert_array_equal(
        ops.repeat_elements(x, 2, 1).asnumpy(), M.repeat(2, 1)
    )
    counts = ops.repeat_interleave(x, Tensor([1, 2]), 0)
    np.testing.assert_array_equal(counts.asnumpy(), M.repeat([1, 2], 0))
    assert ops.broadcast_to(x, (4, -1, 3)).shape == (4, 2, 3)
    with pytest.raises(ValueError, match="cannot become"):
        ops.BroadcastTo((2, 4))(x)


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_pad(mode):
    numpy_mode = {"replicate": "edge", "circular": "wrap"}.get(mode, mode)
    result = ops.pad(Tensor(M), (2, 1, 1, 0), mode)
    np.testing.assert_array_equal(
        result.asnumpy(), np.pad(M, ((1, 0), (2, 1)), numpy_mode)
    )


def test_pad_values_and_cuts():
    assert ops.pad(Tensor(M), (-1, 1), value=9).tolist() == [[1, 2, 9], [4, 5, 9]]
    result = ops.Pad(((1, 0), (0, 2)))(Tensor(M))
    np.testing.assert_array_equal(result.asnumpy(), np.pad(M, ((1, 0), (0, 2))))


def test_triangles_flips_and_diagonals():
    x = Tensor(M)
    np.testing.assert_array_equal(ops.tril(x, -1).asnumpy(), np.tril(M, -1))
    np.testing.assert_array_equal(ops.triu(x, 1).asnumpy(), np.triu(M, 1))
    np.testing.assert_array_equal(ops.ReverseV2([1])(x).asnumpy(), M[:, ::-1])
    np.testing.assert_array_equal(ops.roll(x, 1, 1).asnumpy(), np.roll(M, 1, 1))
    np.testing.assert_array_equal(x.diagonal().asnumpy(), np.diagonal(M))


# -- creation -------------------------------------------------------------------------
def test_fill_takes_numbers_and_tensors():
    assert ops.Fill()(mstype.int32, (2,), 1.7).tolist() == [1, 1]
    assert ops.fill(mstype.float16, 2, Tensor(3.0)).dtype is mstype.float16
    assert ops.FillV2()((2,), Tensor(4)).tolist() == [4, 4]
    with pytest.raises(ValueError, match="one number"):
        ops.fill(mstype.float32, (2,), Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match="shape"):
        ops.zeros((-1,))


def test_dtypes_of_creation():
    assert ops.full((2,), 3.5).tolist() == [3.5, 3.5]
    assert ops.ones((2, 2)).dtype is mstype.float32
    assert ops.zeros(3, mstype.int8).dtype is mstype.int8
    assert ops.ones_like(Tensor([1], mstype.uint8)).dtype is mstype.uint8
    assert ops.arange(0, 1, 0.25).dtype is mstype.float32
    assert ops.arange(5, 1, -2).tolist() == [5, 3]
    assert ops.range(0, 6, 2).tolist() == [0, 2, 4]
    assert ops.linspace(0, 1, 3).tolist() == [0.0, 0.5, 1.0]
    np.testing.assert_array_equal(ops.eye(2, 3).asnumpy(), np.eye(2, 3))


def test_64_bit_types_follow_jax_without_warning():
    wanted = mstype.from_numpy(mstype.to_numpy(np.int64))
    assert ops.zeros(2, mstype.int64).dtype is wanted
    assert ops.Cast()(Tensor([1.5]), mstype.int64).dtype is wanted
    assert ops.arange(3).dtype is wanted


def test_one_hot():
    labels = np.array([[0, 2], [1, 5]])
    expected = np.eye(3)[labels.clip(0, 2)] * (labels < 3)[..., None]
    result = ops.one_hot(Tensor(labels), 3)
    np.testing.assert_array_equal(result.asnumpy(), expected)
    on, off = Tensor(2.0, mstype.float16), Tensor(-1.0, mstype.float16)
    result = ops.OneHot(axis=0)(Tensor(labels), 3, on, off)
    assert result.dtype is mstype.float16
    np.testing.assert_array_equal(
        result.asnumpy(), np.moveaxis(expected * 3 - 1, -1, 0)
    )
    with pytest.raises(TypeError, match="ints"):
        ops.one_hot(Tensor([1.0]), 3)


def test_tuples_and_scalars_become_tensors():
    assert ops.TupleToArray()((1, 2)).dtype is mstype.int32
    assert ops.ScalarToTensor()(2, mstype.float16).dtype is mstype.float16
    with pytest.raises(ValueError, match="empty"):
        ops.tuple_to_array(())


def test_meshgrid():
    a, b = np.array([1, 2, 3]), np.array([4, 5])
    for indexing in ("xy", "ij"):
        found = ops.meshgrid(Tensor(a), Tensor(b), indexing=indexing)
        for grid, expected in zip(
            found, np.meshgrid(a, b, indexing=indexing), strict=True
        ):
            np.testing.assert_array_equal(grid.asnumpy(), expected)


def test_sequence_mask():
    result = ops.sequence_mask(Tensor([1, 3]), 4)
    assert result.tolist() == [[True, False, False, False], [True, True, True, False]]
