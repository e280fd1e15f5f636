import numpy as np
import pytest

import cellnet.dataset.transforms as T
from cellnet.dataset.transforms import c_transforms, py_transforms, transforms


class FakeDtype:
    np_dtype = np.dtype(np.float16)


def test_spellings_are_one_class():
    assert c_transforms.TypeCast is T.TypeCast is transforms.TypeCast
    assert c_transforms.OneHot is T.OneHot is py_transforms.OneHotOp
    assert c_transforms.Compose is T.Compose


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        (np.int32, "int32"),
        ("int8", "int8"),
        (np.dtype("uint16"), "uint16"),
        (int, "int64"),
        (float, "float64"),
        (bool, "bool"),
        (FakeDtype(), "float16"),
        (FakeDtype, "float16"),
    ],
)
def test_type_cast(data_type, expected):
    value = np.array([1.7, -1.7, 2.5])
    result = T.TypeCast(data_type)(value)
    assert result.dtype == expected
    np.testing.assert_array_equal(result, value.astype(expected))
    assert T.TypeCast(data_type)(np.uint8(4)).shape == ()


@pytest.mark.parametrize("data_type", [None, 3, "nothing", [1]])
def test_type_cast_refuses(data_type):
    with pytest.raises(TypeError, match="expected a dtype"):
        T.TypeCast(data_type)


# Values, shapes and dtypes of MindSpore 2.10.
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array(2, np.uint32), np.array([0, 0, 1, 0], np.uint32)),
        (np.array([2], np.int64), np.array([0, 0, 1, 0], np.int64)),
        (np.array([0, 3], np.uint8), np.array([[1, 0, 0, 0], [0, 0, 0, 1]], np.uint8)),
        (np.array([[1], [2]]), np.array([[0, 1, 0, 0], [0, 0, 1, 0]])),
    ],
)
def test_one_hot(value, expected):
    result = T.OneHot(4)(value)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


def test_one_hot_smoothing():
    result = T.OneHot(5, 0.1)(np.array(2))
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, [0.02, 0.02, 0.92, 0.02, 0.02], rtol=1e-12)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (np.array(4), ValueError, r"class number 4 is outside \[0, 4\)"),
        (np.array([0, -1]), ValueError, "class number -1"),
        (np.array(1.0), TypeError, "expected integer class numbers"),
        (np.zeros((2, 2), int), ValueError, r"got \(2, 2\)"),
    ],
)
def test_one_hot_refuses_input(value, error, message):
    with pytest.raises(error, match=message):
        T.OneHot(4)(value)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((0,), ValueError),
        (("x",), TypeError),
        ((True,), TypeError),
        ((5, 2.0), ValueError),
        ((5, -0.1), ValueError),
        ((5, "x"), TypeError),
    ],
)
def test_one_hot_refuses_settings(arguments, error):
    with pytest.raises(error):
        T.OneHot(*arguments)


def test_one_hot_batch_is_each_alone():
    for values in (np.array([1, 3, 0]), np.array([[1], [3]])):
        one_by_one = np.stack([T.OneHot(4, 0.5)(value) for value in values])
        np.testing.assert_array_equal(T.OneHot(4, 0.5).batch(values), one_by_one)


def test_compose():
    compose = T.Compose([lambda x: (x, x + 1), lambda a, b: a * b])
    assert compose(3) == 12
    assert T.Compose([lambda x: (x, x)])(1) == (1, 1)


@pytest.mark.parametrize(
    ("operations", "error"), [([], ValueError), ([3], TypeError), (abs, TypeError)]
)
def test_compose_refuses(operations, error):
    with pytest.raises(error):
        T.Compose(operations)
