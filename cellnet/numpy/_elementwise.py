"""Functions of each element, and of two operands element by element.

All are made from tables: what differs is the formula and the dtype it is computed in.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet._checks import check_int
from cellnet.numpy._shared import (
    angular,
    as_numbers,
    axis_in,
    binary,
    broadcasting,
    cast,
    inexact,
    pair,
    tensor,
    unary,
)
from cellnet.ops import math as formulas
from cellnet.ops._arrays import promoted
from cellnet.ops._op import op

_PI = 3.141592653589793


def _as_float32(x: Any) -> Any:
    return x.astype(np.float32)


def _half_or_float32(x: Any) -> Any:
    return x if x.dtype == np.float16 else x.astype(np.float32)


def _reciprocal(x: Any) -> Any:
    if x.dtype.kind in "iu":
        return jax.lax.div(jnp.ones_like(x), x)
    return 1 / inexact(x)


def _angle(x: Any, y: Any) -> Any:
    return jnp.arctan2(*promoted([angular(x), angular(y)]))


def _ints(name: str, fn: Any) -> Any:
    def compute(x: Any, y: Any) -> Any:
        if x.dtype.kind not in "iu":
            raise TypeError(f"{name}: expected ints, got {x.dtype}")
        return fn(x, y)

    return compute


absolute = unary("absolute", jnp.abs, "\\|x\\|")
negative = unary("negative", jnp.negative, "-x", of=as_numbers, argument="a")
positive = unary("positive", jnp.positive, "x itself", of=as_numbers, argument="a")
sign = unary("sign", jnp.sign, "-1, 0 or 1; of ints as Float32", of=inexact)
square = unary("square", jnp.square, "x ** 2", of=as_numbers)
reciprocal = unary("reciprocal", _reciprocal, "1 / x; of ints an int, cut off")
sqrt = unary("sqrt", jnp.sqrt, "Square root", of=inexact)
cbrt = unary(
    "cbrt",
    jnp.cbrt,
    "Cube root",
    of=lambda x: x if x.dtype == np.float64 else x.astype(np.float32),
)
exp = unary("exp", jnp.exp, "e ** x", of=inexact)
exp2 = unary(
    "exp2", lambda x: jnp.power(jnp.asarray(2, x.dtype), x), "2 ** x", of=as_numbers
)
expm1 = unary("expm1", jnp.expm1, "e ** x - 1, exact near 0", of=inexact)
log = unary("log", jnp.log, "Natural logarithm", of=inexact)
log1p = unary("log1p", jnp.log1p, "log(1 + x), exact near 0", of=inexact)
log2 = unary("log2", jnp.log2, "Logarithm to base 2", of=inexact)
log10 = unary("log10", jnp.log10, "Logarithm to base 10", of=inexact)
floor = unary("floor", jnp.floor, "Largest integer <= x", of=inexact)
ceil = unary("ceil", jnp.ceil, "Smallest integer >= x, as Float32", of=_as_float32)
trunc = unary("trunc", jnp.trunc, "x cut off towards zero", of=_half_or_float32)
rint = unary("rint", jnp.rint, "Nearest integer, halves to even", of=inexact)
deg2rad = unary("deg2rad", lambda x: x * (_PI / 180), "Degrees to radians", of=inexact)
rad2deg = unary("rad2deg", lambda x: x * (180 / _PI), "Radians to degrees", of=inexact)
radians = deg2rad

sin = unary("sin", jnp.sin, "Sine of an angle in radians", of=angular)
cos = unary("cos", jnp.cos, "Cosine of an angle in radians", of=angular)
tan = unary("tan", jnp.tan, "Tangent of an angle in radians", of=angular)
arcsin = unary("arcsin", jnp.arcsin, "Inverse sine, radians", of=angular)
arccos = unary(
    "arccos", jnp.arccos, "Inverse cosine, radians", of=angular, argument="input"
)
arctan = unary("arctan", jnp.arctan, "Inverse tangent, radians", of=angular)
sinh = unary("sinh", jnp.sinh, "Hyperbolic sine", of=angular)
cosh = unary("cosh", jnp.cosh, "Hyperbolic cosine", of=angular)
tanh = unary("tanh", jnp.tanh, "Hyperbolic tangent", of=angular)
arcsinh = unary("arcsinh", jnp.arcsinh, "Inverse hyperbolic sine", of=angular)
arccosh = unary("arccosh", jnp.arccosh, "Inverse hyperbolic cosine", of=angular)
arctanh = unary("arctanh", jnp.arctanh, "Inverse hyperbolic tangent", of=angular)

invert = unary("invert", jnp.invert, "All bits flipped; not x for bools")
isfinite = unary("isfinite", jnp.isfinite, "True for numbers but inf and nan")
isnan = unary("isnan", jnp.isnan, "True for nan")
isinf = unary("isinf", jnp.isinf, "True for inf and -inf")
signbit = unary("signbit", lambda x: jnp.signbit(inexact(x)), "True for numbers < 0")
logical_not = unary(
    "logical_not", jnp.logical_not, "True where x is 0 or False", argument="a"
)

add = binary("add", jnp.add, "x1 + x2")
subtract = binary("subtract", jnp.subtract, "x1 - x2", of=as_numbers)
multiply = binary("multiply", jnp.multiply, "x1 * x2")
divide = binary("divide", formulas.true_divide.on_arrays, "x1 / x2; of ints as Float32")
floor_divide = binary("floor_divide", jnp.floor_divide, "Largest integer <= x1 / x2")
remainder = binary("remainder", jnp.remainder, "x1 - x2 * floor(x1 / x2)")
fmod = binary("fmod", jnp.fmod, "Remainder with the sign of x1")
power = binary("power", formulas.pow.on_arrays, "x1 ** x2", of=as_numbers)
float_power = binary("float_power", jnp.power, "x1 ** x2 as Float32", of=_as_float32)
arctan2 = binary(
    "arctan2", _angle, "Angle of the point (x2, x1), radians", promote=False
)
hypot = binary("hypot", jnp.hypot, "sqrt(x1 ** 2 + x2 ** 2)", of=inexact)
logaddexp = binary("logaddexp", jnp.logaddexp, "log(e**x1 + e**x2)", of=inexact)
logaddexp2 = binary("logaddexp2", jnp.logaddexp2, "log2(2**x1 + 2**x2)", of=inexact)
heaviside = binary(
    "heaviside",
    lambda x, y: jnp.where(x < 0, 0, jnp.where(x == 0, y, 1)).astype(x.dtype),
    "0 for x1 < 0, x2 for x1 = 0, else 1",
)
bitwise_and = binary("bitwise_and", jnp.bitwise_and, "x1 & x2, bit by bit")
bitwise_or = binary("bitwise_or", jnp.bitwise_or, "x1 | x2, bit by bit")
bitwise_xor = binary("bitwise_xor", jnp.bitwise_xor, "x1 ^ x2, bit by bit")
gcd = binary("gcd", _ints("gcd", jnp.gcd), "Greatest common divisor of ints")
lcm = binary("lcm", _ints("lcm", jnp.lcm), "Least common multiple of ints")
equal = binary("equal", jnp.equal, "x1 == x2")
not_equal = binary("not_equal", jnp.not_equal, "x1 != x2")
less = binary("less", jnp.less, "x1 < x2")
less_equal = binary("less_equal", jnp.less_equal, "x1 <= x2")
greater = binary("greater", jnp.greater, "x1 > x2")
greater_equal = binary("greater_equal", jnp.greater_equal, "x1 >= x2")
logical_and = binary("logical_and", jnp.logical_and, "True where both are")
logical_or = binary("logical_or", jnp.logical_or, "True where one is")
logical_xor = binary("logical_xor", jnp.logical_xor, "True where just one is")

abs = fabs = absolute
mod = remainder
true_divide = divide
bitwise_not = invert


def _bounded(name: str, x: Any, bound: Any) -> tuple[Any, Any]:
    """A number beside a Tensor takes the Tensor's dtype, cut off if need be."""
    x, bound = tensor(name, x), tensor(name, bound)
    if x.ndim and not bound.ndim:
        bound = bound.astype(x.dtype)
    elif bound.ndim and not x.ndim:
        x = x.astype(bound.dtype)
    else:
        x, bound = pair(name, x, bound)
    return x, bound


def _extreme(name: str, fn: Any, summary: str) -> Any:
    def compute(x1: Any, x2: Any, dtype: Any = None) -> Any:
        return cast(broadcasting(name, fn, *_bounded(name, x1, x2)), dtype)

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} (mindspore.numpy.{name})"
    return op(compute)


maximum = _extreme("maximum", jnp.maximum, "The larger of x1 and x2, nan if one is")
minimum = _extreme("minimum", jnp.minimum, "The smaller of x1 and x2, nan if one is")


@op
def clip(x: Any, xmin: Any, xmax: Any, dtype: Any = None) -> Any:
    """Elements cut to [xmin, xmax], in the dtype of x (mindspore.numpy.clip).

    Raises:
        ValueError: neither bound is given.
    """
    if xmin is None and xmax is None:
        raise ValueError("clip: at least one of xmin and xmax must be given")
    x = tensor("clip", x)
    for bound, fn in ((xmin, jnp.maximum), (xmax, jnp.minimum)):
        if bound is not None:
            x = broadcasting("clip", fn, *_bounded("clip", x, bound))
    return cast(x, dtype)


@op
def copysign(x1: Any, x2: Any, dtype: Any = None) -> Any:
    """\\|x1\\| with the sign of x2, in x1's dtype (mindspore.numpy.copysign)."""
    x, y = tensor("copysign", x1), tensor("copysign", x2)
    size = jnp.abs(x)
    return cast(jnp.where(jnp.signbit(inexact(y)), -size, size), dtype)


@op
def divmod(x1: Any, x2: Any, dtype: Any = None) -> Any:
    """(floor_divide(x1, x2), remainder(x1, x2)) (mindspore.numpy.divmod)."""
    x, y = pair("divmod", x1, x2)
    quotient = broadcasting("divmod", jnp.floor_divide, x, y)
    return cast(quotient, dtype), cast(jnp.remainder(x, y), dtype)


@op
def fix(x: Any) -> Any:
    """x cut off towards zero, of ints as Float32 (mindspore.numpy.fix)."""
    return trunc.on_arrays(x)


@op
def isposinf(x: Any) -> Any:
    """True for inf (mindspore.numpy.isposinf)."""
    return jnp.isposinf(inexact(tensor("isposinf", x)))


@op
def isneginf(x: Any) -> Any:
    """True for -inf (mindspore.numpy.isneginf)."""
    return jnp.isneginf(inexact(tensor("isneginf", x)))


@op
def around(a: Any, decimals: int = 0) -> Any:
    """Nearest number of so many decimals, halves to even (mindspore.numpy.around).

    Raises:
        TypeError: decimals that are no int.
        ValueError: decimals < 0.
    """
    decimals = check_int("around", "decimals", decimals, minimum=0)
    return jnp.round(tensor("around", a), decimals)


round = around


@op
def unwrap(p: Any, discont: float = _PI, axis: int = -1) -> Any:
    """Angles with jumps over ``discont`` taken out, in steps of 2 pi (mindspore.numpy).

    Args:
        p: angles in radians.
        discont: largest jump that stays; pi at least.
        axis: along which the angles follow each other.
    """
    x = inexact(tensor("unwrap", p))
    return jnp.unwrap(x, discont, axis_in("unwrap", axis, x.ndim))
