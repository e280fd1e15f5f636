"""Functions of each element and of two operands, with torch's arguments.

What ``ops`` has alike is taken from there; this file adds what mint alone has.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cellnet import ops
from cellnet.ops._arrays import array, binary, explained, floating, operands, unary
from cellnet.ops._op import op


def _exact(x: Any) -> bool:
    return isinstance(x, bool | int) or getattr(x, "dtype", np.dtype(float)).kind in (
        "b",
        "i",
        "u",
    )


def _as_floats(fn: Any) -> Any:
    """``fn`` of two operands, two exact ones as Float32."""

    def compute(x: Any, y: Any) -> Any:
        if _exact(x) and _exact(y):
            x, y = jnp.asarray(x, np.float32), jnp.asarray(y, np.float32)
        return fn(x, y)

    return compute


exp2 = unary("exp2", jnp.exp2, "2 ** x", inexact=True)
sinc = unary("sinc", jnp.sinc, "sin(pi x) / (pi x), 1 at 0", inexact=True)
frac = unary("frac", lambda x: x - jnp.trunc(x), "What lies behind the point")
isneginf = unary("isneginf", jnp.isneginf, "True for -inf", inexact=True)
real = unary("real", jnp.real, "Real part")
imag = unary("imag", jnp.imag, "Imaginary part, 0 of real numbers")
clone = unary("clone", lambda x: jnp.array(x, copy=True), "Another Tensor, alike")
sign = unary(
    "sign",
    lambda x: x if x.dtype == np.bool_ else jnp.sign(x),
    "-1, 0 or 1",
)
rint = ops.rint


def _rounding(name: str, fn: Any, summary: str) -> Any:
    return unary(name, lambda x: fn(x) if x.dtype.kind in "fV" else x, summary)


# of ints they are the ints themselves
ceil = _rounding("ceil", jnp.ceil, "Smallest integer >= x")
floor = _rounding("floor", jnp.floor, "Largest integer <= x")
trunc = _rounding("trunc", jnp.trunc, "x cut off towards zero")

arccos, arccosh = ops.acos, ops.acosh
arcsin, arcsinh = ops.asin, ops.asinh
arctan, arctanh = ops.atan, ops.atanh
negative = ops.neg
bitwise_not = ops.invert

atan2 = arctan2 = binary(
    "atan2", _as_floats(jnp.arctan2), "Angle of the point (other, input)"
)
logaddexp = binary("logaddexp", jnp.logaddexp, "log(e**x + e**y)")
logaddexp2 = binary("logaddexp2", jnp.logaddexp2, "log2(2**x + 2**y)")
xlogy = binary("xlogy", _as_floats(jax.scipy.special.xlogy), "x log(y), 0 where x is 0")
gcd = binary("gcd", jnp.gcd, "Greatest common divisor of ints")


def _scaled_sum(name: str, fn: Any, summary: str) -> Any:
    def compute(input: Any, other: Any, *, alpha: Any = 1) -> Any:
        x, y = operands(name, input, other)
        try:
            return fn(x, y if isinstance(alpha, int) and alpha == 1 else alpha * y)
        except (TypeError, ValueError) as error:
            raise explained(name, x, y, error) from error

    compute.__name__ = compute.__qualname__ = name
    compute.__doc__ = f"{summary} (mindspore.mint.{name})"
    return op(compute)


add = _scaled_sum("add", jnp.add, "input + alpha * other")
sub = _scaled_sum("sub", jnp.subtract, "input - alpha * other")


@op
def float_power(input: Any, exponent: Any) -> Any:
    """input ** exponent in Float64 (mindspore.mint.float_power)."""
    x, y = operands("float_power", input, exponent)
    kind = jax.dtypes.canonicalize_dtype(np.float64)
    return jnp.power(jnp.asarray(x, kind), jnp.asarray(y, kind))


@op
def round(input: Any, *, decimals: int = 0) -> Any:
    """Nearest number of so many decimals, halves to even (mindspore.mint.round)."""
    x = array("round", input)
    return x if x.dtype.kind in "iu" and decimals >= 0 else jnp.round(x, decimals)


@op
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value * tensor1 / tensor2 (mindspore.mint.addcdiv)."""
    return ops.addcdiv.on_arrays(input, tensor1, tensor2, value)


@op
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Elements cut to [min, max] (mindspore.mint.clamp).

    Raises:
        ValueError: neither bound is given.
    """
    if min is None and max is None:
        raise ValueError("clamp: at least one of min and max must be given")
    x = array("clamp", input)
    for bound, fn in ((min, jnp.maximum), (max, jnp.minimum)):
        if bound is not None:
            x = fn(*operands("clamp", x, bound))
    return x


@op
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """``input`` where the condition holds, else ``other`` (mindspore.mint.where).

    Of a condition alone: a tuple of Int64 positions for each axis, where it holds.
    """
    if input is None and other is None:
        return ops.nonzero.on_arrays(condition, as_tuple=True)
    return ops.where.on_arrays(condition, input, other)


@op
def allclose(
    input: Any,
    other: Any,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
) -> bool:
    """True if all elements are close; reads the values (mindspore.mint.allclose)."""
    return bool(jnp.all(ops.isclose.on_arrays(input, other, rtol, atol, equal_nan)))


@op
def polar(abs: Any, angle: Any) -> Any:
    """abs * e ** (i * angle), complex (mindspore.mint.polar)."""
    x, y = operands("polar", abs, angle)
    return jax.lax.complex(x * jnp.cos(y), x * jnp.sin(y))


@op
def nan_to_num(
    input: Any,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Any:
    """Numbers in the place of nan and infinities (mindspore.mint.nan_to_num)."""
    return ops.nan_to_num.on_arrays(input, nan, posinf, neginf)


@op
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input) (mindspore.mint.lerp)."""
    return ops.lerp.on_arrays(floating(array("lerp", input)), end, weight)
