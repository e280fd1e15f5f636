"""DLPack between cellnet, NumPy and JAX."""

import jax.numpy as jnp
import numpy as np
import pytest

from cellnet import Parameter, Tensor, from_dlpack, nn, to_dlpack


class Capsule:
    """What NumPy takes a capsule from."""

    def __init__(self, capsule):
        self._capsule = capsule

    def __dlpack__(self, **kwargs):
        return self._capsule

    def __dlpack_device__(self):
        return (1, 0)  # the CPU


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int32, np.uint8, bool])
def test_there_and_back(dtype):
    x = Tensor(np.arange(6).reshape(2, 3).astype(dtype))
    np.testing.assert_array_equal(from_dlpack(to_dlpack(x)).asnumpy(), x.asnumpy())
    seen = np.from_dlpack(Capsule(to_dlpack(x)))
    np.testing.assert_array_equal(seen, x.asnumpy())
    assert seen.dtype == dtype


def test_the_buffer_is_shared():
    x = Tensor(jnp.arange(1000.0))
    seen = np.from_dlpack(Capsule(to_dlpack(x)))
    assert seen.ctypes.data == x._value.unsafe_buffer_pointer()
    back = from_dlpack(to_dlpack(x))
    assert back._value.unsafe_buffer_pointer() == x._value.unsafe_buffer_pointer()


def test_objects_that_export_themselves():
    for source in (np.arange(3.0, dtype=np.float32), jnp.arange(3.0)):
        assert from_dlpack(source).tolist() == [0.0, 1.0, 2.0]


def test_a_parameter_made_of_one_has_its_own_memory():
    x = Tensor(jnp.ones(3))
    weight = Parameter(from_dlpack(to_dlpack(x)), name="w")
    nn.SGD([weight], 1.0)((Tensor(np.ones(3, np.float32)),))
    assert (weight.asnumpy().tolist(), x.tolist()) == ([0.0] * 3, [1.0] * 3)


def test_misuse():
    capsule = to_dlpack(Tensor([1.0]))
    from_dlpack(capsule)
    with pytest.raises(ValueError, match="used once"):
        from_dlpack(capsule)
    with pytest.raises(TypeError, match="expected a DLPack capsule"):
        from_dlpack(3)
    with pytest.raises(TypeError, match="expected a Tensor"):
        to_dlpack(np.ones(3))
