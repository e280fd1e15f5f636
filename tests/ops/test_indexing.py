"""x[index] and x[index] = value against NumPy."""

import numpy as np
import pytest

from cellnet import Parameter, Tensor, jit

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
INDICES = {
    "int": 1,
    "negative": -1,
    "tuple": (1, 2),
    "slice": slice(0, 1),
    "steps": (slice(None), slice(None, None, -1), slice(0, 4, 2)),
    "ellipsis": (..., 1),
    "none": (None, 0, slice(None), None),
    "list": [1, 0],
    "bools": [True, False],
    "tensor": Tensor([[1, 0], [0, 0]]),
    "two tensors": (Tensor([0, 1]), slice(None), Tensor([1, 3])),
    "numpy": np.array([1]),
    "mask": Tensor(X > 7),
    "row mask": Tensor(np.array([False, True])),
    "true": True,
    "tensor bounds": slice(Tensor(0), Tensor(1)),
    "zero axes": Tensor(1),
}


def as_numpy(index):
    if isinstance(index, tuple):
        return tuple(as_numpy(i) for i in index)
    if isinstance(index, slice):
        bounds = (index.start, index.stop, index.step)
        return slice(*(int(b) if isinstance(b, Tensor) else b for b in bounds))
    return index.asnumpy() if isinstance(index, Tensor) else index


@pytest.mark.parametrize("name", INDICES)
def test_reading(name):
    result = Tensor(X)[INDICES[name]]
    expected = X[as_numpy(INDICES[name])]
    assert isinstance(result, Tensor)
    np.testing.assert_array_equal(result.asnumpy(), expected)


@pytest.mark.parametrize("name", INDICES)
def test_writing_a_number(name):
    x, expected = Tensor(X), X.copy()
    alias = x
    x[INDICES[name]] = -1
    expected[as_numpy(INDICES[name])] = -1
    np.testing.assert_array_equal(alias.asnumpy(), expected)


def test_writing_tensors_lists_and_arrays():
    for value in (Tensor([1.0, 2.0, 3.0, 4.0]), [1, 2, 3, 4], np.arange(1, 5)):
        x = Tensor(X)
        x[0, 1] = value
        assert x[0, 1].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_part_taken_before_stays():
    x = Tensor(X)
    part = x[0]
    x[0] = 0
    np.testing.assert_array_equal(part.asnumpy(), X[0])


def test_written_values_take_the_tensors_dtype():
    x = Tensor([1, 2])
    x[0] = 7.9
    assert x.tolist() == [7, 2]


@pytest.mark.parametrize(
    "index",
    [2, -3, (0, 3), [5], Tensor([5]), (0, 0, 0, 0), 1.0, "a", range(2), Tensor([0.5])],
)
def test_wrong_indices(index):
    x = Tensor(X)
    with pytest.raises(IndexError):
        x[index]
    with pytest.raises(IndexError):
        x[index] = 1


def test_wrong_values():
    x = Tensor(X)
    with pytest.raises(ValueError, match="does not fit"):
        x[0] = Tensor([1.0, 2.0])
    with pytest.raises(TypeError):
        x[0] = None
    with pytest.raises(TypeError, match="0 axes"):
        Tensor(1.0)[0]


def test_traced_masks_and_indices():
    @jit
    def masked(x, mask, index):
        x = x * 1
        x[mask] = 0
        return x, x[index]

    mask, index = X > 7, np.array([1, 1])
    whole, part = masked(Tensor(X), Tensor(mask), Tensor(index))
    expected = np.where(mask, 0, X)
    np.testing.assert_array_equal(whole.asnumpy(), expected)
    np.testing.assert_array_equal(part.asnumpy(), expected[index])


def test_a_parameter_is_written_in_a_compiled_function():
    p = Parameter(np.zeros(3, np.float32), name="p")

    @jit
    def step(x):
        p[1] = x
        return p.sum()

    assert float(step(Tensor(5.0))) == 5.0
    assert p.asnumpy().tolist() == [0.0, 5.0, 0.0]


def test_a_part_of_a_parameter_is_a_copy():
    p = Parameter(np.zeros(3, np.float32), name="p")
    part = p[:]
    assert not isinstance(part, Parameter)
    p[0] = 1
    assert part.tolist() == [0.0, 0.0, 0.0]
