"""Tensors to and from other libraries."""

import jax.numpy as jnp
import numpy as np
import pytest

import cellnet as ms
from cellnet import Tensor
from cellnet.utils import from_dlpack, to_dlpack


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.float16, np.uint8])
def test_there_and_back(dtype):
    values = np.arange(6).reshape(2, 3).astype(dtype)
    capsule = to_dlpack(Tensor(values))
    tensor = from_dlpack(capsule)
    assert tensor.asnumpy().dtype == dtype
    np.testing.assert_array_equal(tensor.asnumpy(), values)
    with pytest.raises(RuntimeError, match="consumed"):
        from_dlpack(capsule)


def test_an_array_of_another_library():
    values = np.arange(4, dtype=np.float32)
    tensor = from_dlpack(values)
    values[:] = 0  # the Tensor has values of its own
    assert tensor.asnumpy().tolist() == [0, 1, 2, 3]
    assert from_dlpack(jnp.ones(2)).asnumpy().tolist() == [1, 1]


def test_refusals():
    with pytest.raises(RuntimeError, match="expected a DLPack capsule"):
        from_dlpack(3)
    with pytest.raises(TypeError):
        ms.utils.to_dlpack(3)
