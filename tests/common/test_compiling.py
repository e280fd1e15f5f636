"""jit_class, JitConfig, mutable and small names of the top level."""

import numpy as np
import pytest

import cellnet as ms
from cellnet import COOTensor, JitConfig, RowTensor, Tensor, jit_class, mutable, nn


@jit_class
class Scaled:
    """Holds a factor."""

    def __init__(self, factor):
        self.factor = factor

    def apply(self, x):
        return x * self.factor


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.part = Scaled(10)

    def construct(self, x):
        return self.part.factor + self.part.apply(x)


def test_jit_class_inside_a_compiled_cell():
    net = Net()
    assert float(net(Tensor(2.0))) == 30.0
    net.part.factor = 1
    assert float(net(Tensor(2.0))) == 3.0


def test_mutable_and_is_tensor():
    x = Tensor([1.0])
    assert mutable((x, 2)) == (x, 2)
    assert ms.is_tensor(x)
    assert not ms.is_tensor(1.0)
    assert JitConfig("O1", extra=3).jit_config_dict["extra"] == 3
    assert ms.float is ms.float32
    assert ms.long is ms.int64


def test_manual_seed_is_set_seed():
    ms.manual_seed(3)
    first = ms.ops.standard_normal((3,)).asnumpy()
    ms.set_seed(3)
    np.testing.assert_array_equal(first, ms.ops.standard_normal((3,)).asnumpy())


def test_run_check(capsys):
    ms.run_check()
    assert "correct" in capsys.readouterr().out


def test_runtime():
    ms.runtime.synchronize()
    assert ms.runtime.max_memory_allocated() >= ms.runtime.memory_allocated() >= 0
    ms.runtime.set_memory("10GB")


def test_row_tensor():
    rows = RowTensor(Tensor([2, 0]), Tensor([[1.0, 2.0], [3.0, 4.0]]), (3, 2))
    assert rows.to_dense().asnumpy().tolist() == [[3, 4], [0, 0], [1, 2]]
    assert RowTensor(row_tensor=rows).dense_shape == (3, 2)


def test_coo_tensor():
    sparse = COOTensor(Tensor([[0, 1], [1, 2]]), Tensor([1.0, 2.0]), (3, 4))
    dense = np.zeros((3, 4))
    dense[0, 1], dense[1, 2] = 1, 2
    np.testing.assert_array_equal(sparse.to_dense().asnumpy(), dense)
    assert (sparse.shape, sparse.ndim, sparse.size) == ((3, 4), 2, 2)
    assert str(sparse.astype(ms.float16).dtype) == "Float16"
    assert sparse.to_tuple()[2] == (3, 4)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda: jit_class(3)),
        (TypeError, lambda: jit_class(nn.Dense)),
        (TypeError, lambda: mutable("a")),
        (TypeError, lambda: mutable(3, dynamic_len=True)),
        (ValueError, lambda: JitConfig(jit_level="O9")),
        (TypeError, lambda: COOTensor(3, Tensor([1.0]), (2, 2))),
        (TypeError, lambda: COOTensor(Tensor([[0, 1]]), Tensor([1.0]), [2, 2])),
        (ValueError, lambda: COOTensor(Tensor([[0, 1]]), Tensor([1.0, 2]), (2, 2))),
        (ValueError, lambda: RowTensor(Tensor([0]), Tensor([[1.0]]), (2, 2))),
        (TypeError, lambda: RowTensor(Tensor([0.0]), Tensor([[1.0, 2]]), (2, 2))),
    ],
)
def test_errors(kind, call):
    with pytest.raises(kind):
        call()
