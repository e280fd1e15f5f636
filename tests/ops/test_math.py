"""Arithmetic against NumPy and SciPy, dtypes against MindSpore's promotion table."""

import numpy as np
import pytest
import scipy.special

from cellnet import Tensor, jit, ops
from cellnet import dtype as mstype

X = np.array([[-1.5, 0.25, 2.0], [0.5, 3.0, -0.75]], np.float32)
Y = np.array([2.0, -0.5, 4.0], np.float32)
POSITIVE = np.abs(X)
UNIT = X / 4

BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
    "floor_div": np.floor_divide,
    "floor_mod": np.remainder,
    "fmod": np.fmod,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "squared_difference": lambda x, y: (x - y) ** 2,
    "atan2": np.arctan2,
}
UNARY = {
    "abs": (np.abs, X),
    "neg": (np.negative, X),
    "sign": (np.sign, X),
    "square": (np.square, X),
    "floor": (np.floor, X),
    "ceil": (np.ceil, X),
    "trunc": (np.trunc, X),
    "rint": (np.rint, X),
    "exp": (np.exp, X),
    "expm1": (np.expm1, X),
    "log": (np.log, POSITIVE),
    "log1p": (np.log1p, POSITIVE),
    "log2": (np.log2, POSITIVE),
    "log10": (np.log10, POSITIVE),
    "sqrt": (np.sqrt, POSITIVE),
    "rsqrt": (lambda x: 1 / np.sqrt(x), POSITIVE),
    "reciprocal": (lambda x: 1 / x, X),
    "sin": (np.sin, X),
    "cos": (np.cos, X),
    "tan": (np.tan, UNIT),
    "asin": (np.arcsin, UNIT),
    "acos": (np.arccos, UNIT),
    "atan": (np.arctan, X),
    "sinh": (np.sinh, X),
    "cosh": (np.cosh, X),
    "tanh": (np.tanh, X),
    "asinh": (np.arcsinh, X),
    "acosh": (np.arccosh, POSITIVE + 1),
    "atanh": (np.arctanh, UNIT),
    "erf": (scipy.special.erf, X),
    "erfc": (scipy.special.erfc, X),
    "erfinv": (scipy.special.erfinv, UNIT),
    "lgamma": (scipy.special.gammaln, POSITIVE),
}


@pytest.mark.parametrize("name", BINARY)
def test_binary_operations_follow_numpy(name):
    result = getattr(ops, name)(Tensor(X), Tensor(Y))
    np.testing.assert_allclose(result.asnumpy(), BINARY[name](X, Y), rtol=1e-6)


@pytest.mark.parametrize("name", UNARY)
def test_unary_operations_follow_numpy(name):
    formula, x = UNARY[name]
    result = getattr(ops, name)(Tensor(x))
    np.testing.assert_allclose(result.asnumpy(), formula(x), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (mstype.int32, mstype.float32, mstype.float32),
        (mstype.int32, mstype.float16, mstype.float16),
        (mstype.float16, mstype.bfloat16, mstype.float32),
        (mstype.uint8, mstype.int8, mstype.int16),
        (mstype.bool_, mstype.int32, mstype.int32),
    ],
)
def test_two_tensors_promote_as_in_mindspore(left, right, expected):
    x, y = Tensor([1, 1], left), Tensor([1, 1], right)
    assert (x + y).dtype is expected
    assert (y + x).dtype is expected


@pytest.mark.parametrize(
    ("dtype", "number", "expected"),
    [
        (mstype.int32, 1.5, mstype.float32),
        (mstype.int8, 1.5, mstype.float32),
        (mstype.float16, 1.5, mstype.float16),
        (mstype.int32, 1, mstype.int32),
        (mstype.uint8, 1, mstype.uint8),
        (mstype.int32, True, mstype.int32),
        (mstype.bool_, 1.5, mstype.float32),
    ],
)
def test_python_numbers_bend_to_the_tensor(dtype, number, expected):
    x = Tensor([1, 0], dtype)
    assert (x * number).dtype is expected
    assert (number * x).dtype is expected
    # a result must not go on bending: f16 beside it has to be promoted
    promoted = (x * number + Tensor([1.0, 1.0], mstype.float32)).dtype
    assert promoted is mstype.float32


def test_division_of_ints_is_float32():
    result = Tensor([3, 4]) / Tensor([2, 2])
    assert result.dtype is mstype.float32
    assert result.tolist() == [1.5, 2.0]
    assert (1 / Tensor([2, 4])).tolist() == [0.5, 0.25]
    assert ops.RealDiv()(Tensor([-3, 4]), Tensor([2, 2])).tolist() == [-1, 2]


def test_division_modes():
    x, y = Tensor([-7.0, 7.0]), Tensor([2.0, 2.0])
    assert ops.div(x, y, rounding_mode="floor").tolist() == [-4.0, 3.0]
    assert ops.div(x, y, rounding_mode="trunc").tolist() == [-3.0, 3.0]
    with pytest.raises(ValueError, match="rounding_mode"):
        ops.div(x, y, rounding_mode="up")


def test_mod_and_floor_mod_differ_in_sign():
    x, y = Tensor([-3, 3]), Tensor([2, 2])
    assert ops.Mod()(x, y).tolist() == [-1, 1]
    assert ops.FloorMod()(x, y).tolist() == [1, 1]


def test_powers():
    x = Tensor([1, 2, 3])
    assert (x**2).tolist() == [1, 4, 9]
    assert (x**2).dtype is x.dtype
    assert (2**x).tolist() == [2, 4, 8]
    assert (x**-1).tolist() == [1, 0, 0]
    np.testing.assert_allclose((x**0.5).asnumpy(), np.sqrt([1, 2, 3]), rtol=1e-6)


def test_integer_results_wrap_around():
    assert (Tensor([1], mstype.uint8) + 300).tolist() == [45]


def test_division_by_zero_can_be_zero():
    result = ops.div_no_nan(Tensor([1.0, 2.0]), Tensor([0.0, 4.0]))
    assert result.tolist() == [0.0, 0.5]


def test_addn_adds_all():
    result = ops.AddN()((Tensor(X), Tensor(X), Tensor(X)))
    np.testing.assert_allclose(result.asnumpy(), 3 * X)
    with pytest.raises(ValueError, match="no Tensors"):
        ops.addn(())
    with pytest.raises(TypeError, match="tuple or list"):
        ops.addn(Tensor(X))


def test_rounding_goes_to_even():
    assert ops.round(Tensor([0.5, 1.5, -2.5])).tolist() == [0.0, 2.0, -2.0]
    assert ops.round(Tensor([1.26]), decimals=1).tolist() == [pytest.approx(1.3)]


def test_shapes_that_do_not_broadcast_are_a_value_error():
    with pytest.raises(ValueError, match=r"add: shapes \(2, 3\) and \(2,\)"):
        ops.add(Tensor(X), Tensor([1.0, 2.0]))


@pytest.mark.parametrize("other", [np.ones(3, np.float32), "a", None, {}])
def test_foreign_operands_are_a_type_error(other):
    with pytest.raises(TypeError):
        ops.add(Tensor(Y), other)


def test_numpy_array_message_says_what_to_do():
    with pytest.raises(TypeError, match=r"Tensor\(array\)"):
        Tensor(Y) + np.ones(3, np.float32)


@pytest.mark.parametrize("name", ["Add", "RealDiv", "Maximum", "Exp", "Neg", "Rsqrt"])
def test_primitives_are_the_same_compiled(name):
    primitive = getattr(ops, name)()
    args = [Tensor(POSITIVE)] * (2 if name in ("Add", "RealDiv", "Maximum") else 1)
    compiled = jit(lambda *inputs: primitive(*inputs))
    np.testing.assert_allclose(
        compiled(*args).asnumpy(), primitive(*args).asnumpy(), rtol=1e-6
    )
    assert repr(primitive) == f"Prim[{name}]"


def test_names_of_arguments():
    x = Tensor([2.0, 3.0])
    assert ops.pow(input=x, exponent=2).tolist() == [4, 9]
    assert ops.subtract(x, other=1, alpha=2).tolist() == [0, 1]
