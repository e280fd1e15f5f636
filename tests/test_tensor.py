"""Tensor: what it is made of, what it says, what it gives back."""

import copy
import pickle

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1.5, ms.float32, ()),
        (True, ms.bool_, ()),
        ([1.0, 2.0], ms.float32, (2,)),
        ([1, 2.5], ms.float32, (2,)),
        ([[True], [False]], ms.bool_, (2, 1)),
        ((1.0, 2.0, 3.0), ms.float32, (3,)),
        ([], ms.float32, (0,)),
        (np.zeros((2, 3), np.float16), ms.float16, (2, 3)),
        (np.uint8(3), ms.uint8, ()),
        (np.float16(3), ms.float16, ()),
        (jnp.ones(2, jnp.int16), ms.int16, (2,)),
        ([np.float32(1), np.float32(2)], ms.float32, (2,)),
    ],
)
def test_data_and_types(data, dtype, shape):
    tensor = Tensor(data)
    assert tensor.dtype is dtype
    assert tensor.shape == shape
    np.testing.assert_array_equal(tensor.asnumpy(), np.asarray(data))


def test_whole_numbers_are_64_bits_where_jax_holds_them():
    wide = ms.int64 if jax.config.jax_enable_x64 else ms.int32
    assert Tensor(3).dtype is wide
    assert Tensor([1, 2]).dtype is wide
    assert Tensor(np.zeros(2, np.int64)).dtype is wide
    with jax.enable_x64(True):
        assert Tensor(3).dtype is ms.int64
        assert Tensor(np.zeros(2)).dtype is ms.float64
        assert Tensor(np.float64(2)).dtype is ms.float64


def test_dtype_argument_casts():
    assert Tensor([1.7, -1.7], ms.int32).tolist() == [1, -1]
    assert Tensor(np.ones(2, np.float32), ms.float16).dtype is ms.float16
    assert Tensor(Tensor(2.0), ms.int8).dtype is ms.int8


def test_tensors_in_lists_are_stacked():
    stacked = Tensor([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])])
    assert stacked.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    doubled = ms.jit(lambda x: Tensor([x, x]))(Tensor(2.0))
    assert doubled.tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("text", TypeError),
        ({1: 2}, TypeError),
        (None, ValueError),
        ([[1, 2], [3]], ValueError),
        (np.array(["a"]), TypeError),
        (np.array([object()]), TypeError),
    ],
)
def test_refused_data(data, error):
    with pytest.raises(error, match="Tensor"):
        Tensor(data)


def test_a_tensor_owns_its_data():
    array = np.ones(3, np.float32)
    tensor = Tensor(array)
    array[0] = 9
    assert tensor.tolist() == [1, 1, 1]
    given = tensor.asnumpy()
    given[1] = 9
    assert tensor.tolist() == [1, 1, 1]
    twin = Tensor(tensor)
    twin[0] = 5
    assert tensor.tolist() == [1, 1, 1]


def test_facts():
    tensor = Tensor(np.zeros((2, 3, 4), np.float32))
    assert (tensor.ndim, tensor.size, tensor.itemsize, tensor.nbytes) == (3, 24, 4, 96)
    assert tensor.strides == np.zeros((2, 3, 4), np.float32).strides
    assert len(tensor) == 2
    assert [row.shape for row in tensor] == [(3, 4), (3, 4)]


def test_python_numbers():
    assert float(Tensor([2.5])) == 2.5
    assert int(Tensor(7.9)) == 7
    assert bool(Tensor([[1]])) is True
    assert Tensor(2.5).item() == 2.5
    assert [10, 20, 30][Tensor(1)] == 20
    for convert in (float, int, bool):
        with pytest.raises(ValueError, match="ambiguous"):
            convert(Tensor([1.0, 2.0]))
    for use in (len, iter):
        with pytest.raises(TypeError, match="0 axes"):
            use(Tensor(1.0))


def test_text():
    assert str(Tensor([1.0, 2.0])) == "[1. 2.]"
    assert str(Tensor(0.5)) == "0.5"
    assert repr(Tensor([1.0])) == "Tensor(shape=[1], dtype=Float32, value=\n[1.])"
    assert (str(ms.float32), str(ms.bool_)) == ("Float32", "Bool")


def test_values_inside_a_compiled_function_are_refused():
    @ms.jit
    def peek(x):
        return Tensor(x.asnumpy() * 2)

    ms.set_context(jit_syntax_level=ms.STRICT)
    with pytest.raises(RuntimeError, match="being traced"):
        peek(Tensor(2.0))
    ms.set_context(jit_syntax_level=ms.LAX)
    with pytest.warns(RuntimeWarning, match="being traced"):
        assert float(peek(Tensor(2.0))) == 4.0


def test_copies():
    tensor = Tensor([1.0, 2.0])
    for twin in (
        copy.copy(tensor),
        copy.deepcopy(tensor),
        pickle.loads(pickle.dumps(tensor)),
    ):
        twin[0] = 7.0
        assert tensor.tolist() == [1.0, 2.0]


def test_numpy_and_jax_take_it():
    tensor = Tensor([1.0, 4.0])
    np.testing.assert_array_equal(np.sqrt(np.asarray(tensor)), [1, 2])
    np.testing.assert_array_equal(jnp.sqrt(jnp.asarray(tensor)), [1, 2])
    leaves = jax.tree.leaves({"a": tensor})
    assert isinstance(leaves[0], jax.Array)
    assert float(jax.jit(lambda t: t.sum())(tensor)) == 5.0


def test_init_fills_a_shape():
    from cellnet.common.initializer import One

    assert Tensor(shape=(2,), dtype=ms.float32, init=One()).tolist() == [1, 1]
    with pytest.raises(ValueError, match="one of them"):
        Tensor([1.0], init=One())


@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2"])
def test_floats_of_8_bits(name):
    kind, stored = getattr(ms, name), np.dtype(getattr(ml_dtypes, name))
    values = np.array([0.3, -1.7, 100.0, 0.001], np.float32)
    x = Tensor(values).astype(kind)
    assert x.dtype is kind
    assert x.itemsize == 1
    np.testing.assert_array_equal(
        x.astype(ms.float32).asnumpy(), values.astype(stored).astype(np.float32)
    )
    assert Tensor(values, kind).asnumpy().dtype == stored


def test_kinds_of_types():
    assert ms.issubclass_(ms.float32, ms.float_)
    assert ms.issubclass_(ms.int8, ms.int_)
    assert not ms.issubclass_(ms.int8, ms.float_)
    assert Tensor([1]).astype(ms.float_).dtype is ms.float32
