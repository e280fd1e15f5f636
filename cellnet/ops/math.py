"""Arithmetic and elementary functions, element by element."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet.ops._arrays import (
    array,
    array_only,
    binary,
    explained,
    floating,
    operands,
    unary,
)
from cellnet.ops._op import op
from cellnet.ops.primitive import primitive


def _is_exact(x: Any) -> bool:
    dtype = getattr(x, "dtype", None)
    return isinstance(x, int) if dtype is None else dtype.kind in "biu"


def _true_divide(x: Any, y: Any) -> Any:
    if _is_exact(x) and _is_exact(y):  # Float32, of whatever width they are
        x, y = jnp.asarray(x, np.float32), jnp.asarray(y, np.float32)
    return jnp.true_divide(x, y)


def _exact_divide(x: Any, y: Any) -> Any:
    """RealDiv: as true division, but ints stay ints, cut off towards zero."""
    kind = jnp.result_type(x, y)
    if kind.kind in "iu":
        x, y = jnp.broadcast_arrays(jnp.asarray(x, kind), jnp.asarray(y, kind))
        return jax.lax.div(x, y)
    return _true_divide(x, y)


def _power(x: Any, y: Any) -> Any:
    if isinstance(x, jax.Array) and isinstance(y, int):
        if y < 0 and x.dtype.kind in "iu":
            return jax.lax.div(jnp.ones_like(x), jax.lax.integer_pow(x, -y))
        return jax.lax.integer_pow(x, y)
    if jnp.result_type(x) == np.bool_:
        x = jnp.asarray(x, jnp.result_type(y))
    if jnp.result_type(x).kind == "i" and jnp.result_type(y).kind == "i":
        # 1 / x ** -y, cut off: what jax.numpy leaves undefined for ints
        whole = jnp.power(x, jnp.abs(y))
        return jnp.where(y < 0, jax.lax.div(jnp.ones_like(whole), whole), whole)
    return jnp.power(x, y)


add = binary("add", jnp.add, "x + y")
sub = binary("sub", jnp.subtract, "x - y")
mul = binary("mul", jnp.multiply, "x * y")
true_divide = binary("true_divide", _true_divide, "x / y; ints give Float32")
_real_div = binary("real_div", _exact_divide, "x / y, of ints an int")
floor_divide = binary("floor_divide", jnp.floor_divide, "floor(x / y)")
floor_mod = binary("floor_mod", jnp.remainder, "x - y * floor(x / y)")
fmod = binary("fmod", jnp.fmod, "x - y * trunc(x / y)")
_pow = binary("pow", _power, "x ** y")
maximum = binary("maximum", jnp.maximum, "The larger of x and y; nan if either is")
minimum = binary("minimum", jnp.minimum, "The smaller of x and y; nan if either is")
squared_difference = binary(
    "squared_difference", lambda x, y: jnp.square(jnp.subtract(x, y)), "(x - y) ** 2"
)
atan2 = binary("atan2", jnp.arctan2, "Angle of the point (y, x), in [-pi, pi]")
bitwise_and = binary("bitwise_and", jnp.bitwise_and, "x & y, bit by bit")
bitwise_or = binary("bitwise_or", jnp.bitwise_or, "x | y, bit by bit")
bitwise_xor = binary("bitwise_xor", jnp.bitwise_xor, "x ^ y, bit by bit")
div_no_nan = binary(
    "div_no_nan",
    lambda x, y: jnp.where(
        jnp.equal(y, 0), 0, _true_divide(x, jnp.where(jnp.equal(y, 0), 1, y))
    ).astype(jnp.result_type(_true_divide(x, y))),
    "x / y, and 0 where y is 0",
)


@op
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """x / y (mindspore.ops.div).

    Args:
        input, other: Tensors or numbers, broadcast against each other.
        rounding_mode: None for true division (ints give Float32); "floor"; "trunc"
            towards zero.

    Raises:
        ValueError: another rounding_mode; shapes that do not broadcast.
    """
    x, y = operands("div", input, other)
    try:
        if rounding_mode is None:
            return _true_divide(x, y)
        if rounding_mode == "floor":
            return jnp.floor_divide(x, y)
        if rounding_mode == "trunc":
            kind = jnp.result_type(x, y)
            return jnp.trunc(_true_divide(x, y)).astype(kind)
    except (TypeError, ValueError) as error:
        raise explained("div", x, y, error) from error
    raise ValueError(
        f"div: rounding_mode must be None, 'floor' or 'trunc', got {rounding_mode!r}"
    )


@op
def addn(x: Any) -> Any:
    """Sum of the Tensors of a tuple or list, of one shape (mindspore.ops.addn).

    Raises:
        TypeError: no tuple or list of Tensors.
        ValueError: it is empty, or shapes differ.
    """
    if not isinstance(x, tuple | list):
        raise TypeError(f"addn: expected a tuple or list of Tensors, got {type(x)}")
    if not x:
        raise ValueError("addn: got no Tensors, expected at least one")
    items = [array_only("addn", item) for item in x]
    if len({item.shape for item in items}) > 1:
        shapes = [item.shape for item in items]
        raise ValueError(f"addn: shapes must be equal, got {shapes}")
    total = items[0]
    for item in items[1:]:
        total = total + item
    return total


@op
def round(input: Any, *, decimals: int = 0) -> Any:
    """Nearest number of so many decimals, halves to even (mindspore.ops.round)."""
    return jnp.round(array("round", input), decimals)


@op
def nan_to_num(
    input: Any,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Any:
    """Numbers in the place of nan and infinities (mindspore.ops.nan_to_num)."""
    x = array("nan_to_num", input)
    return jnp.nan_to_num(x, nan=nan or 0.0, posinf=posinf, neginf=neginf)


abs = unary("abs", jnp.abs, "\\|x\\|")
neg = unary("neg", jnp.negative, "-x")
sign = unary("sign", jnp.sign, "-1, 0 or 1")
square = unary("square", jnp.square, "x ** 2")
floor = unary("floor", jnp.floor, "Largest integer <= x", inexact=True)
ceil = unary("ceil", jnp.ceil, "Smallest integer >= x", inexact=True)
trunc = unary("trunc", jnp.trunc, "x cut off towards zero", inexact=True)
rint = unary("rint", jnp.rint, "Nearest integer, halves to even", inexact=True)
exp = unary("exp", jnp.exp, "e ** x", inexact=True)
expm1 = unary("expm1", jnp.expm1, "e ** x - 1, exact near 0", inexact=True)
log = unary("log", jnp.log, "Natural logarithm", inexact=True)
log1p = unary("log1p", jnp.log1p, "log(1 + x), exact near 0", inexact=True)
log2 = unary("log2", jnp.log2, "Logarithm to base 2", inexact=True)
log10 = unary("log10", jnp.log10, "Logarithm to base 10", inexact=True)
sqrt = unary("sqrt", jnp.sqrt, "Square root", inexact=True)
rsqrt = unary("rsqrt", jax.lax.rsqrt, "1 / sqrt(x)", inexact=True)
reciprocal = unary("reciprocal", jnp.reciprocal, "1 / x", inexact=True)
sin = unary("sin", jnp.sin, "Sine of an angle in radians", inexact=True)
cos = unary("cos", jnp.cos, "Cosine of an angle in radians", inexact=True)
tan = unary("tan", jnp.tan, "Tangent of an angle in radians", inexact=True)
asin = unary("asin", jnp.arcsin, "Inverse sine, radians", inexact=True)
acos = unary("acos", jnp.arccos, "Inverse cosine, radians", inexact=True)
atan = unary("atan", jnp.arctan, "Inverse tangent, radians", inexact=True)
sinh = unary("sinh", jnp.sinh, "Hyperbolic sine", inexact=True)
cosh = unary("cosh", jnp.cosh, "Hyperbolic cosine", inexact=True)
tanh = unary("tanh", jnp.tanh, "Hyperbolic tangent", inexact=True)
asinh = unary("asinh", jnp.arcsinh, "Inverse hyperbolic sine", inexact=True)
acosh = unary("acosh", jnp.arccosh, "Inverse hyperbolic cosine", inexact=True)
atanh = unary("atanh", jnp.arctanh, "Inverse hyperbolic tangent", inexact=True)
erf = unary("erf", jax.scipy.special.erf, "Error function", inexact=True)
erfc = unary("erfc", jax.scipy.special.erfc, "1 - erf(x)", inexact=True)
erfinv = unary("erfinv", jax.scipy.special.erfinv, "Inverse of erf", inexact=True)
lgamma = unary("lgamma", jax.scipy.special.gammaln, "log |gamma(x)|", inexact=True)
invert = unary("invert", jnp.invert, "All bits flipped; not x for bools")

absolute = abs
negative = neg


@op
def pow(input: Any, exponent: Any) -> Any:
    """input ** exponent (mindspore.ops.pow)."""
    return _pow.on_arrays(input, exponent)


@op
def subtract(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input - alpha * other (mindspore.ops.subtract)."""
    if alpha == 1:
        return sub.on_arrays(input, other)
    return sub.on_arrays(input, mul.on_arrays(other, alpha))


multiply = mul
tensor_add = add
tensor_sub = sub
tensor_mul = mul
tensor_div = div
tensor_pow = pows = pow
tensor_floordiv = floor_div = floordiv = floor_divide
tensor_mod = floor_mod
inv = reciprocal


@op
def remainder(input: Any, other: Any) -> Any:
    """x - y * floor(x / y) (mindspore.ops.remainder)."""
    return floor_mod.on_arrays(input, other)


@op
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input) (mindspore.ops.lerp)."""
    start, end = operands("lerp", input, end)
    return start + weight * (end - start)


@op
def addcmul(input: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    """input + value * tensor1 * tensor2 (mindspore.ops.addcmul)."""
    return array("addcmul", input) + value * (tensor1 * tensor2)


@op
def addcdiv(input: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    """input + value * tensor1 / tensor2 (mindspore.ops.addcdiv)."""
    return floating(array("addcdiv", input)) + value * _true_divide(tensor1, tensor2)


Add = primitive("Add", add)
TensorAdd = primitive("TensorAdd", add)
Sub = primitive("Sub", sub)
Mul = primitive("Mul", mul)
Div = primitive("Div", true_divide)
RealDiv = primitive("RealDiv", _real_div)
DivNoNan = primitive("DivNoNan", div_no_nan)
FloorDiv = primitive("FloorDiv", floor_divide)
FloorMod = primitive("FloorMod", floor_mod)
Mod = primitive("Mod", fmod)
Pow = primitive("Pow", pow)
Maximum = primitive("Maximum", maximum)
Minimum = primitive("Minimum", minimum)
SquaredDifference = primitive("SquaredDifference", squared_difference)
Atan2 = primitive("Atan2", atan2)
BitwiseAnd = primitive("BitwiseAnd", bitwise_and)
BitwiseOr = primitive("BitwiseOr", bitwise_or)
BitwiseXor = primitive("BitwiseXor", bitwise_xor)
AddN = primitive("AddN", addn)
Abs = primitive("Abs", abs)
Neg = primitive("Neg", neg)
Sign = primitive("Sign", sign)
Square = primitive("Square", square)
Floor = primitive("Floor", floor)
Ceil = primitive("Ceil", ceil)
Trunc = primitive("Trunc", trunc)
Rint = primitive("Rint", rint)
Round = primitive("Round", round)
Exp = primitive("Exp", exp)
Expm1 = primitive("Expm1", expm1)
Log = primitive("Log", log)
Log1p = primitive("Log1p", log1p)
Sqrt = primitive("Sqrt", sqrt)
Rsqrt = primitive("Rsqrt", rsqrt)
Reciprocal = primitive("Reciprocal", reciprocal)
Inv = primitive("Inv", reciprocal)
Sin = primitive("Sin", sin)
Cos = primitive("Cos", cos)
Tan = primitive("Tan", tan)
Asin = primitive("Asin", asin)
ACos = primitive("ACos", acos)
Atan = primitive("Atan", atan)
Sinh = primitive("Sinh", sinh)
Cosh = primitive("Cosh", cosh)
Tanh = primitive("Tanh", tanh)
Erf = primitive("Erf", erf)
Erfc = primitive("Erfc", erfc)
Erfinv = primitive("Erfinv", erfinv)
Invert = primitive("Invert", invert)
Lerp = primitive("Lerp", lerp)
